"""What a dry run says: by hand, and held against what a sync then really calls."""

from __future__ import annotations

from collections import Counter

import pytest

from collector.config import parse
from collector.errors import KeyreachError, UsageError
from collector.sync import selected
from collector.sync.collection import Filters
from collector.sync.estimate import Bound, estimate
from tests.inventory import KEY, inventory
from tests.sync.estate import CONFIG, DATA, MANAGEMENT, SPARE

OURS, OTHER = "111122223333", "444455556666"


def made(table, operation, planned, rows=0, account=OURS, region="eu-west-1", **changes):
    """A row of sync_scopes."""
    row = {"run_id": "r1", "table_name": table, "operation": operation, "account_id": account}
    return {**row, "region": region, "outcome": "ok", "planned": planned, "rows": rows, **changes}


def file(path, attempts, **tables):
    run = {"run_id": "r1", "outcome": "complete", "account_id": OURS}
    return inventory(path / "inventory.duckdb", {"sync_runs": [run], "sync_scopes": attempts, **tables})


def told(db, config="", **filters):
    found = parse(config)
    return estimate(found, Filters(**filters), selected(found, Filters(**filters)), db)


def calls(found):
    """Operation -> calls, of all services."""
    total = Counter()
    for _, operation, number in found.totals():
        total[operation] += number
    return total


KMS = [
    made("aws_kms_keys", "ListKeys", 1, 2500),
    made("aws_kms_keys", "DescribeKey", 2500),
    made("aws_kms_key_policies", "GetKeyPolicy", 2500, 2500),
    made("aws_kms_key_grants", "ListGrants", 2500, 302),
    made("aws_kms_aliases", "ListAliases", 1, 100),
    made("aws_kms_custom_key_stores", "DescribeCustomKeyStores", 1),
    made("aws_regions", "DescribeRegions", 1, 17, region="global"),
]
GRANTS = [
    {"key_arn": KEY + key, "grant_id": f"{key}{n}", "account_id": OURS, "region": "eu-west-1"}
    for key, count in (("busy", 201), ("full", 100), ("idle", 1))
    for n in range(count)
]
FEW = "sync.tables = ['aws_kms_keys', 'aws_kms_key_policies', 'aws_kms_key_grants', 'aws_kms_aliases']"


def test_calls_are_those_planned_last_time_and_the_further_pages_that_the_rows_fill(tmp_path):
    found = told(file(tmp_path, KMS, aws_kms_key_grants=GRANTS), FEW)
    assert calls(found) == {
        "ListGrants": 2500 + 2,  # 201 grants at 100 a page; 100 fill one
        "DescribeKey": 2500,
        "GetKeyPolicy": 2500,
        "ListKeys": 3,  # 2,500 keys at 1,000 a page
        "ListAliases": 1,  # 100 fill a page
        "DescribeRegions": 1,
    }
    assert found.accounts == 1 and found.new_accounts == ()
    assert found.new_operations == ("GetKeyRotationStatus", "ListResourceTags")


def test_the_least_time_is_that_of_the_operation_that_takes_longest_at_its_share(tmp_path):
    more = [*KMS, made("aws_kms_keys", "DescribeKey", 60000, region="us-east-1")]
    db = file(tmp_path, more)
    bound = told(db, FEW).bound()
    assert bound == Bound(OURS, "us-east-1", "DescribeKey", 60000, 1000.0)
    assert bound.seconds == 60
    slower = told(db, FEW + "\nsync.quota_share = 0.25", regions=("eu-*",)).bound()
    assert slower == Bound(OURS, "eu-west-1", "ListGrants", 2500, 25.0)
    assert slower.seconds == 100
    assert told(db, "sync.tables = ['aws_s3_*']").bound() is None


def test_quotas_of_ones_own_count(tmp_path):
    (tmp_path / "own.toml").write_text("[kms]\nListGrants = 500")
    config = parse(FEW + "\nsync.quota_file = 'own.toml'", str(tmp_path / "keyreach.toml"))
    found = estimate(config, Filters(), selected(config, Filters()), file(tmp_path, KMS))
    assert found.bound() == Bound(OURS, "eu-west-1", "ListGrants", 2500, 250.0)


def test_only_the_latest_attempt_counts(tmp_path):
    later = "2026-07-02T00:00:00Z"
    again = made("aws_kms_keys", "DescribeKey", 7, run_id="r2", started_at=later)
    assert calls(told(file(tmp_path, [*KMS, again]), FEW))["DescribeKey"] == 7


def test_one_call_that_fills_several_tables_counts_once_with_the_entries_of_all(tmp_path):
    details = "GetAccountAuthorizationDetails"
    attempts = [
        made(f"aws_iam_{name}", details, 1, rows, region="global")
        for name, rows in (("roles", 900), ("users", 90), ("groups", 5), ("policies", 1100))
    ]
    found = told(file(tmp_path, attempts), "sync.tables = ['aws_iam_*']")
    assert calls(found) == {details: 3}


def test_calls_about_resources_elsewhere_are_made_in_their_regions_and_only_in_those_asked_for(tmp_path):
    attempts = [
        made("aws_s3_buckets", "ListBuckets", 1, 10, region="global"),
        made("aws_s3_accounts", "ListBuckets", 1, region="global", columns=["canonical_user_id"]),
        made("aws_s3_buckets", "GetBucketAcl", 10, region="global", columns=["owner_id"]),
    ]
    buckets = [
        {"arn": f"b{n}", "name": f"b{n}", "account_id": OURS, "region": "eu-west-1" if n < 6 else "us-east-1"}
        for n in range(10)
    ]
    db = file(tmp_path, attempts, aws_s3_buckets=buckets)
    found = told(db, "sync.tables = ['aws_s3_*']")
    acl = {place[1]: number for place, number in found.calls.items() if place[3] == "GetBucketAcl"}
    assert acl == {"eu-west-1": 6, "us-east-1": 4}
    assert calls(found)["ListBuckets"] == 1
    narrowed = calls(told(db, "sync.tables = ['aws_s3_*']", regions=("us-*",)))
    assert (narrowed["ListBuckets"], narrowed["GetBucketAcl"]) == (1, 4)


def test_what_was_not_collected_is_said_and_not_counted(tmp_path):
    regions = [
        {"account_id": OURS, "region": region, "enabled": on}
        for region, on in (("eu-west-1", True), ("us-east-1", True), ("ap-east-1", False))
    ]
    unreached = made("aws_kms_keys", "ListKeys", 0, account=OTHER, region="*", outcome="not_attempted")
    config = f"{FEW}\nsync.key_last_usage = true\naccounts.ids = ['{OURS}', '{OTHER}', '777788889999']"
    found = told(file(tmp_path, [*KMS, unreached], aws_regions=regions), config)
    assert found.new_accounts == (OTHER, "777788889999")
    assert found.new_regions == ((OURS, "us-east-1"),)
    assert "GetKeyLastUsage" in found.new_operations
    assert told(file(tmp_path, KMS, aws_regions=regions), FEW, regions=("eu-*",)).new_regions == ()
    assert told(file(tmp_path, KMS), FEW, accounts=("777788889999",)).new_accounts == ("777788889999",)


def test_without_an_inventory_there_are_no_numbers_and_a_foreign_file_is_an_error(tmp_path):
    assert told(tmp_path / "absent.duckdb") is None
    (tmp_path / "foreign.duckdb").write_bytes(b"no database" * 1000)
    with pytest.raises((UsageError, KeyreachError)):
        told(tmp_path / "foreign.duckdb")


@pytest.mark.parametrize(
    ("more", "filters"),
    [
        ("", Filters()),
        ("", Filters((DATA,), ("us-east-1", "ap-*"), ("aws_s3_*", "aws_iam_roles", "aws_kms_key_grants"))),
        ("[sync]\nskip_tables = ['aws_organizations*']\n[accounts]", Filters()),
    ],
    ids=["everything", "narrowed", "list"],
)
def test_a_sync_makes_the_calls_that_the_dry_run_before_it_counted(lasting, more, filters):
    lasting.settled()
    config = CONFIG
    if more:
        ids = f"ids = ['{MANAGEMENT}', '{DATA}', '{SPARE}']"
        config = CONFIG.replace("[accounts]\norganization = true", f"{more}\n{ids}")
    found = told(lasting.db, config, **vars(filters))
    assert (found.new_accounts, found.new_regions, found.new_operations) == ((), (), ())
    lasting.faults.clear()
    report = lasting.sync(config, filters)
    counted = calls(found)
    assert counted == Counter({name: lasting.faults.count(name) for name in counted})
    assert sum(counted.values()) == report.run["calls"]
