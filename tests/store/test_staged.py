import gzip
import json
from datetime import UTC, datetime

import duckdb
import pytest

from collector.store.staged import Staged
from collector.store.staging import Staging

DAY = datetime(2026, 1, 1, tzinfo=UTC)
TYPES = {"arn": "varchar", "raw": "json"}


@pytest.fixture
def staged(tmp_path):
    """The rows of a table as they are read: part by part, each with its columns."""

    def run(staging, table="aws_kms_keys"):
        staging.flush()
        connection = duckdb.connect()
        found = Staged(connection, tmp_path, staging.paths())
        return [connection.execute(f"from {rows}").fetchall() for rows in found.rows(table, TYPES)]

    return run


@pytest.fixture
def staging(tmp_path):
    return Staging(tmp_path / "staging")


def keys(*arns, **columns):
    return [("aws_kms_keys", {"arn": arn, **columns}) for arn in arns]


def test_rows_are_those_of_one_table_from_every_account(staging, staged):
    staging.append("1", "kms/1/r", [*keys("a"), ("aws_kms_aliases", {"arn": "x"})], True, DAY)
    staging.append("2", "kms/2/r", keys("b"), True, DAY)
    assert staged(staging) == [[("a", None, DAY), ("b", None, DAY)]]
    assert staged(staging, "aws_kms_aliases") == [[("x", None, DAY)]]
    assert staged(staging, "aws_kms_key_grants") == []


def test_rows_of_a_scope_that_was_not_closed_count_for_nothing(staging, staged):
    staging.append("1", "kms/1/r", keys("a"), True, DAY)
    staging.add("1", "kms/1/q", keys("b"))
    assert staged(staging) == [[("a", None, DAY)]]


def test_many_rows_are_read_in_parts_and_none_is_lost(staging, staged, monkeypatch):
    monkeypatch.setattr("collector.store.staged._PART_BYTES", 100)
    arns = [f"key-{number}" for number in range(50)]
    staging.append("1", "kms/1/r", keys(*arns), True, DAY)
    parts = staged(staging)
    assert len(parts) > 10
    assert [row[0] for part in parts for row in part] == arns


def test_a_line_may_be_as_long_as_it_wants(staging, staged):
    policy = "x" * 40_000_000
    staging.append("1", "kms/1/r", keys("a", raw={"Policy": policy}), True, DAY)
    ((key,),) = staged(staging)
    assert json.loads(key[1])["Policy"] == policy


def test_tables_that_nobody_knows_are_left_aside(staging, staged, tmp_path):
    line = {"scope": "kms/1/r", "table": "../elsewhere", "row": {"arn": "a"}}
    staging.append("1", "kms/1/r", keys("a"), True, DAY)
    staging.flush()
    with gzip.open(staging.folder / "9.jsonl.gz", "wt") as file:
        file.write(json.dumps(line) + "\n")
    assert staged(staging) == [[("a", None, DAY)]]
    assert not (tmp_path.parent / "elsewhere.0.jsonl").exists()
