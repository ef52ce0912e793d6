"""Both transports collect one organization, faults included: what they leave is the same."""

from __future__ import annotations

from dataclasses import replace

import duckdb
import pytest

from collector.collect.transport.choice import TRANSPORTS
from collector.sync.mode import Mode
from tests.sync.estate import DATA, MANAGEMENT, SPARE

FAULTS = (
    {"operation": "GetKeyPolicy", "error": "AccessDeniedException", "account": DATA},
    {"operation": "GetBucketLogging", "error": "AccessDenied", "resource": "here"},
    {"operation": "ListGrants", "error": "ThrottlingException", "account": DATA, "times": 3},
    {"operation": "ListResourceTags", "error": "ThrottlingException", "region": "us-east-1"},
    {"operation": "GetBucketTagging", "error": "SlowDown", "resource": "there"},
    {"operation": "DescribeKey", "error": "KMSInternalException", "status": 500, "account": DATA, "times": 1},
    {"operation": "GetKeyRotationStatus", "error": "NotFoundException", "region": "eu-west-1"},
    {"operation": "GetBucketAcl", "reset": True, "resource": "here", "times": 2},
    {"operation": "GetBucketVersioning", "reset": True, "resource": "there"},
    {"operation": "GetAccountAuthorizationDetails", "error": "InternalError", "account": MANAGEMENT},
    {"operation": "ListAccessPoints", "error": "NoIdeaWhatThisIs", "region": "eu-west-1"},
    {"operation": "AssumeRole", "service": "sts", "error": "AccessDenied", "account": SPARE},
)
TIMES = ("run_id", "collected_at", "started_at", "finished_at")
LAST_USED = ("raw", "role_last_used", "last_used_date")
"""Of a role: the sync itself uses it."""


@pytest.fixture(scope="module")
def inventories(built, tmp_path_factory):
    """The inventory of each transport."""
    found = {}
    for transport in TRANSPORTS:
        built.faults.clear()
        for fault in FAULTS:
            built.faults.add(**fault)
        estate = replace(built, db=tmp_path_factory.mktemp(transport) / "inventory.duckdb")
        assert not estate.sync(mode=Mode(transport=transport)).complete
        found[transport] = estate
        assert [rule for rule in built.faults.rules if not rule.hits] == []
    built.faults.clear()
    return found


def told(estate):
    """Every table's rows, without what names the run and its times."""
    found = {}
    with duckdb.connect(str(estate.db), read_only=True) as connection:
        for (table,) in connection.execute("select table_name from duckdb_tables()").fetchall():
            left = TIMES + (LAST_USED if table == "aws_iam_roles" else ())
            chosen = f"select columns(name -> name not in {left}) from {table}"
            found[table] = sorted(map(repr, connection.execute(chosen).fetchall()))
    return found


def test_every_table_has_the_same_rows(inventories):
    fast, reference = told(inventories["http"]), told(inventories["boto3"])
    for table, rows in fast.items():
        assert rows == reference[table], table
    assert len(fast["aws_kms_keys"]) == len(fast["aws_s3_buckets"]) == 2
    assert len(fast["sync_runs"]) == 1


def test_the_ledger_tells_what_each_fault_came_to(inventories):
    found = inventories["http"].ask(
        "select operation, account_id, region, outcome, error_code, planned, failed from sync_scopes "
        "where operation in ('GetKeyPolicy', 'ListGrants', 'ListResourceTags', 'GetKeyRotationStatus', "
        "'GetBucketVersioning', 'GetBucketTagging', 'GetBucketAcl') and table_name <> 'aws_s3_bucket_grants' "
        "and planned > 0 order by all"
    )
    assert found == [
        ("GetBucketAcl", DATA, "global", "ok", None, 2, 0),
        ("GetBucketTagging", DATA, "global", "throttled", "SlowDown", 2, 1),
        ("GetBucketVersioning", DATA, "global", "error", "ConnectionClosedError", 2, 1),
        ("GetKeyPolicy", DATA, "us-east-1", "denied", "AccessDeniedException", 2, 2),
        ("GetKeyRotationStatus", DATA, "eu-west-1", "ok", None, 1, 0),
        ("GetKeyRotationStatus", DATA, "us-east-1", "ok", None, 2, 0),
        ("ListGrants", DATA, "us-east-1", "ok", None, 2, 0),
        ("ListResourceTags", DATA, "eu-west-1", "ok", None, 1, 0),
        ("ListResourceTags", DATA, "us-east-1", "throttled", "ThrottlingException", 2, 2),
    ]
    assert inventories["http"].column(
        "select distinct outcome from sync_scopes where account_id = ? "
        "and operation = 'GetAccountAuthorizationDetails' and planned > 0",
        MANAGEMENT,
    ) == ["error"]
