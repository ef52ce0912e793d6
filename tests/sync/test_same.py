"""The same answers, whichever comes first, give the same inventory."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.sync.estate import DATA, only


@pytest.fixture(scope="module")
def inventories(built, tmp_path_factory):
    """Two of the same organization: in each another operation is the slow one."""
    found = []
    for slow in ("GetBucketEncryption", "GetBucketTagging"):
        built.faults.clear()
        built.faults.add(operation=slow, account=DATA, delay=0.3)
        found.append(replace(built, db=tmp_path_factory.mktemp(slow) / "inventory.duckdb"))
        assert found[-1].sync(only("aws_s3_buckets", "aws_kms_key_grants")).complete
    return found


def rows(estate):
    """Those of every collected table, their order apart."""
    names = estate.column("select table_name from duckdb_tables() where table_name like 'aws_%'")
    facts = "select * exclude (run_id, collected_at, raw) from {}"
    return {name: sorted(estate.ask(facts.format(name)), key=repr) for name in sorted(names)}


def test_rows_do_not_depend_on_which_call_is_answered_first(inventories):
    first, second = map(rows, inventories)
    assert [name for name in first if first[name] != second[name]] == []
    assert len(first["aws_s3_buckets"]) == 2 and len(first["aws_kms_key_grants"]) == 1


def test_nor_does_the_text_of_what_was_received(inventories):
    raw = "select raw::varchar from aws_s3_buckets"
    assert len({tuple(json.loads(text)) for estate in inventories for text in estate.column(raw)}) == 1
