import pytest

from collector.collect import plan
from collector.collect.outcome import Failure, Outcome
from collector.collect.plan import RegionSet
from collector.collect.table import Scope
from collector.errors import UsageError

ACCOUNT = Scope("", "111122223333", "global", "aws", "us-east-1")
EVERYTHING = plan.services(["*"], [], ("sync.tables", "sync.skip_tables"))
ROWS = [
    {"region": "us-east-1", "enabled": True},
    {"region": "eu-west-1", "enabled": True},
    {"region": "ap-east-1", "enabled": False},
]
DENIED = Failure(Outcome.NOT_ATTEMPTED, "AccessDenied", "no")


def scopes(tasks):
    return sorted((task.scope.service, task.scope.region) for task in tasks)


def test_tables_bring_the_parents_that_their_rows_hang_on():
    chosen = plan.services(["aws_kms_key_grants"], [], ("", ""))
    assert {table.name for table in chosen["kms"]} == {"aws_kms_key_grants", "aws_kms_keys"}
    assert list(chosen) == ["kms"]


def test_a_glob_for_tables_that_matches_nothing_is_an_error():
    with pytest.raises(UsageError, match=r"sync.skip_tables: 'aws_kms_keyz'"):
        plan.services(["*"], ["aws_kms_keyz"], ("sync.tables", "sync.skip_tables"))


def test_regions_are_asked_if_enabled_and_selected():
    assert plan.regions(ROWS, ["*"], []) == RegionSet(("eu-west-1", "us-east-1"), ("ap-east-1",))
    assert plan.regions(ROWS, ["us-*"], []) == RegionSet(("us-east-1",), ())
    assert plan.regions(ROWS, ["*"], ["us-*", "ap-*"]) == RegionSet(("eu-west-1",), ())


def test_an_account_is_asked_once_for_global_tables_and_in_every_region_for_the_others():
    tasks = plan.tasks(ACCOUNT, EVERYTHING, RegionSet(("eu-west-1", "us-east-1")))
    assert scopes(tasks) == [
        ("iam", "global"),
        ("kms", "eu-west-1"),
        ("kms", "us-east-1"),
        ("s3", "eu-west-1"),
        ("s3", "global"),
        ("s3", "us-east-1"),
    ]
    (buckets,) = [task for task in tasks if (task.scope.service, task.scope.region) == ("s3", "global")]
    assert buckets.scope.regions == ("eu-west-1", "us-east-1")
    assert {table.name for table in buckets.tables} >= {"aws_s3_buckets", "aws_s3_accounts"}
    assert "aws_s3_access_points" not in {table.name for table in buckets.tables}


def test_while_regions_are_not_known_only_global_tables_are_asked():
    tasks = plan.tasks(ACCOUNT, EVERYTHING, RegionSet(None))
    assert scopes(tasks) == [("iam", "global"), ("s3", "global")]
    assert all(task.scope.regions is None for task in tasks)


def test_regions_that_are_named_without_a_wildcard_need_no_listing():
    assert plan.named(["us-east-1", "eu-west-1"]).selected == ("eu-west-1", "us-east-1")
    assert plan.named(["us-*"]).selected is None


def test_a_region_that_is_off_is_recorded_as_disabled_and_lacks_nothing():
    results = plan.switched_off(ACCOUNT, EVERYTHING, RegionSet((), ("ap-east-1",)), frozenset())
    assert {(r.scope.service, r.scope.region) for r in results} == {("kms", "ap-east-1"), ("s3", "ap-east-1")}
    assert all(result.complete for result in results)
    recorded = {(o.table, o.operation) for result in results for o in result.operations}
    assert ("aws_kms_keys", "ListKeys") in recorded
    assert ("aws_kms_key_grants", "ListGrants") in recorded


def test_an_account_that_cannot_be_asked_is_recorded_for_every_table_but_the_organizations():
    results = plan.unreached(ACCOUNT, EVERYTHING, frozenset(), DENIED)
    recorded = {o.table for result in results for o in result.operations}
    declared = {table.name for tables in EVERYTHING.values() for table in tables}
    assert recorded == {name for name in declared if not name.startswith("aws_organizations")}
    assert {result.scope.region for result in results} == {"global", plan.ALL_REGIONS}
    assert not any(operation.outcome.complete for result in results for operation in result.operations)


def test_a_listing_fills_no_columns_of_its_own_and_a_detail_call_names_its():
    results = plan.unreached(ACCOUNT, EVERYTHING, frozenset(), DENIED)
    columns = {(o.table, o.operation): o.columns for result in results for o in result.operations}
    assert columns["aws_kms_keys", "ListKeys"] is None
    assert columns["aws_kms_key_grants", "ListGrants"] is None
    assert "rotation_enabled" in columns["aws_kms_keys", "GetKeyRotationStatus"]


def test_what_is_asked_only_on_demand_is_recorded_only_on_demand():
    for options, expected in ((frozenset(), False), (frozenset({"key_last_usage"}), True)):
        results = plan.unreached(ACCOUNT, EVERYTHING, options, DENIED)
        recorded = {operation.operation for result in results for operation in result.operations}
        assert ("GetKeyLastUsage" in recorded) is expected
