"""keyreach's own sync against the endpoint: everything is collected, with as few calls as there can be."""

from __future__ import annotations

from collections import Counter

import duckdb

from bench.endpoint import READER, Estate, expected_calls
from collector.config import parse
from collector.sync import sync
from tests.bench.callers import ESTATE

CONFIG = f"""
[accounts]
organization = true
[role]
name = "{READER}"
"""


def test_a_sync_is_complete_and_makes_no_call_too_many(endpoint, tmp_path):
    path = tmp_path / "inventory.duckdb"
    with endpoint.as_caller():
        report = sync(parse(CONFIG), path)
    assert report.complete
    assert Counter(endpoint.stats()["by_operation"]) == expected_calls(ESTATE)
    with duckdb.connect(str(path), read_only=True) as connection:
        counts = {
            table: connection.execute(f"select count(*) from {table}").fetchall()[0][0]
            for table in ("aws_kms_keys", "aws_kms_key_grants", "aws_s3_buckets", "aws_s3_access_points",
                          "aws_iam_roles", "aws_iam_policies", "aws_organizations_accounts")
        }  # fmt: skip
    assert counts == {
        "aws_kms_keys": 5 * (9 + 4) + 45 + 4,
        "aws_kms_key_grants": 5 * 9 * 2 + 44 * 2 + 120,
        "aws_s3_buckets": 3 * 12,
        "aws_s3_access_points": 3 * 2 * 5,
        "aws_iam_roles": 3 * 11,
        "aws_iam_policies": 3 * (7 + 3),
        "aws_organizations_accounts": 4,
    }


def test_the_calls_are_counted_for_the_standard_estate():
    """10 accounts of 2 regions: worked out by hand from what one account and one region take."""
    standard = Estate()
    keys = 2 + 3 + 3 * 204 + 200 + 170 + 150
    assert sum(count for name, count in expected_calls(standard).items() if name.startswith("kms:")) == (
        10 * 2 * keys
    )
