"""Planned is recorded, whatever happens."""

import pytest
from botocore.config import Config

from tests.sync.estate import CONFIG, DATA, MANAGEMENT, SPARE, reader
from tests.sync.expected import EVERYWHERE, of_account, of_organization, recorded

WITHOUT_RETRIES = Config(retries={"mode": "standard", "total_max_attempts": 1})
EVERYTHING = of_organization(MANAGEMENT) | of_account(MANAGEMENT) | of_account(DATA) | of_account(SPARE)


@pytest.fixture
def estate(lasting):
    return lasting


def test_of_a_good_run_every_operation_is_recorded_and_complete(estate):
    estate.faults.clear()
    report = estate.sync()
    assert recorded(estate) == EVERYTHING
    assert report.complete and estate.ask("from sync_coverage") == []
    assert estate.column("select outcome from sync_runs") == ["complete"]
    assert set(estate.column("select outcome from sync_scopes where region = 'ap-east-1'")) == {"disabled"}
    assert report.run["calls"] == sum(estate.faults.calls.values()) - assumed(estate)


def assumed(estate):
    """Calls to STS, which are not part of the collection."""
    return estate.faults.count("AssumeRole") + estate.faults.count("GetCallerIdentity")


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        ({"error": "AccessDeniedException"}, "denied"),
        ({"error": "InternalException", "status": 500}, "error"),
        ({"error": "ThrottlingException"}, "throttled"),
        ({"reset": True}, "error"),
    ],
)
@pytest.mark.parametrize("operation", ["ListKeys", "GetKeyPolicy"])
def test_failures_of_every_kind_are_recorded_and_the_rest_goes_on(
    estate, monkeypatch, operation, fault, outcome
):
    monkeypatch.setattr("collector.collect.transport.boto3._CONFIG", WITHOUT_RETRIES)
    estate.faults.add(service="kms", operation=operation, account=DATA, **fault)
    report = estate.sync()
    assert recorded(estate) == EVERYTHING
    assert not report.complete
    sql = "select distinct outcome from sync_coverage where operation = $1"
    assert estate.column(sql, operation) == [outcome]
    assert estate.column("select count(*) from aws_s3_buckets") == [2]


def test_calls_that_follow_a_failed_listing_are_not_attempted(estate):
    estate.deny("ListKeys", DATA)
    estate.sync()
    sql = "select distinct outcome from sync_coverage where operation in ('DescribeKey', 'ListGrants')"
    assert estate.column(sql) == ["not_attempted"]


def test_an_account_without_the_role_is_recorded_and_the_rest_goes_on(estate):
    estate.aws.client("iam", SPARE).delete_role(RoleName="reader")
    report = estate.sync()
    reader(estate.aws, SPARE)
    assert recorded(estate) == EVERYTHING - of_account(SPARE) | of_account(SPARE, EVERYWHERE)
    assert report.run["accounts"] == 3
    ((message,),) = estate.ask("select distinct message from sync_coverage where account_id = $1", SPARE)
    assert f"cannot assume arn:aws:iam::{SPARE}:role/audit/reader" in message
    assert estate.column("select distinct account_id from sync_coverage") == [SPARE]


def test_a_wrong_external_id_reaches_nobody_but_the_caller(estate):
    report = estate.sync(
        'accounts.organization = true\nrole = {name = "audit/reader", external_id = "wrong"}'
    )
    assert not report.complete
    assert estate.column("select distinct account_id from sync_coverage order by 1") == [DATA, SPARE]
    assert estate.column("select distinct account_id from aws_iam_roles order by 1") in ([MANAGEMENT], [])


def test_while_regions_cannot_be_listed_global_tables_are_collected_all_the_same(estate):
    estate.deny("DescribeRegions", DATA, error="UnauthorizedOperation")
    estate.sync()
    assert recorded(estate) == EVERYTHING - of_account(DATA) | of_account(DATA, EVERYWHERE)
    assert estate.column("select name from aws_s3_buckets order by 1") == ["here", "there"]
    estate.faults.clear()
    assert estate.sync().complete and estate.ask("from sync_coverage") == []


def test_regions_that_are_named_are_asked_even_then(estate):
    estate.deny("DescribeRegions", error="UnauthorizedOperation")
    named = "\n[regions]\ninclude = ['eu-west-1']\n"
    estate.sync(CONFIG + named)
    assert estate.column("select arn from aws_kms_keys") == [estate.keys["eu"]]
