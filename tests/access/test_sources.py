from __future__ import annotations

import pytest

from collector.access.identities import TABLES
from collector.access.sources import sources
from collector.store import catalog


@pytest.mark.parametrize("table", ["key_access", "cross_account_paths", "policy_statements"])
def test_the_tables_behind_a_derived_one_exist(table):
    found = sources(table, ())
    assert found and found <= set(catalog.tables())
    assert all(name.startswith("aws_") for name in found)


def test_paths_rest_on_more_than_access_to_keys():
    assert sources("key_access", ()) < sources("cross_account_paths", ())
    assert set(TABLES) <= sources("key_access", ())
    assert {"aws_s3_buckets", "aws_kms_aliases"} <= sources("cross_account_paths", ())


def test_of_statements_only_the_kinds_that_are_named():
    assert sources("policy_statements", ["key_policy", "Deny"]) == {"aws_kms_key_policies"}
    both = sources("policy_statements", ["trust_policy", "bucket_policy"])
    assert both == {"aws_iam_roles", "aws_s3_bucket_policies"}
    assert both < sources("policy_statements", ["Allow"])


def test_a_collected_table_has_none():
    assert sources("aws_kms_keys", ["key_policy"]) == frozenset()


def test_default_encryption_is_behind_paths():
    assert "aws_s3_bucket_encryption_rules" in sources("cross_account_paths", ())
