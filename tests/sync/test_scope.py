"""Which organization, accounts and regions a run is about, and what becomes of the others."""

from __future__ import annotations

import duckdb
import pytest

import collector.sync
from collector.sync.collection import Filters
from tests.sync.estate import CONFIG, DATA, MANAGEMENT, SPARE, only
from tests.sync.expected import EVERYWHERE, of_account, of_organization, recorded

KEYS = only("aws_kms_keys", "aws_kms_key_grants", "aws_kms_aliases", "aws_iam_roles")
REGIONAL = "\n[sync]\ntables = ['aws_kms_aliases']\n[regions]\ninclude = ['us-east-1', 'eu-west-1']\n"
"""Little to collect, in two regions that are named."""
ASKED = "select distinct region from sync_scopes where table_name = 'aws_kms_aliases' and region <> 'global'"


def test_no_organization_is_wrong_usage(lasting):
    lasting.caller = lambda: lasting.aws.as_caller("999999999999")
    result = lasting.command("sync", lasting.configure())
    assert (result.exit_code, result.stdout) == (2, "")
    assert "accounts.organization is true, but account 999999999999 is in no organization" in result.stderr
    assert not lasting.db.exists() and lasting.faults.count("AssumeRole") == 0


def test_to_be_refused_by_organizations_is_not_to_have_none(lasting):
    lasting.deny("", MANAGEMENT, service="organizations")
    result = lasting.command("sync", lasting.configure())
    assert (result.exit_code, result.stdout) == (1, "")
    assert "cannot be listed" in result.stderr and "no organization" not in result.stderr
    lasting.faults.clear()
    lasting.settled()
    lasting.deny("", MANAGEMENT, service="organizations")
    before = lasting.ask("select id, name, state from aws_organizations_accounts order by 1")
    result = lasting.command("sync", lasting.configure())
    assert result.exit_code == 4
    everybody = of_account(MANAGEMENT) | of_account(DATA) | of_account(SPARE)
    assert recorded(lasting) == of_organization(MANAGEMENT) | everybody
    assert lasting.ask("select id, name, state from aws_organizations_accounts order by 1") == before
    denied = "select count(*) from sync_coverage where operation = 'ListAccounts' and outcome = 'denied'"
    assert lasting.column(denied) == [1]


@pytest.mark.parametrize("operation", ["ListRoots", "ListOrganizationalUnitsForParent"])
def test_accounts_are_known_without_the_units_that_nothing_depends_on(lasting, operation):
    lasting.deny(operation, MANAGEMENT)
    assert lasting.command("sync", lasting.configure(CONFIG + REGIONAL)).exit_code == 4
    assert lasting.column("select distinct account_id from aws_regions order by 1") == [
        MANAGEMENT,
        DATA,
        SPARE,
    ]


def test_what_another_account_could_not_tell_of_the_organization_is_no_gap_for_ever(lasting):
    lasting.deny("ListPolicies", MANAGEMENT)
    config = only("aws_organizations*")
    assert not lasting.sync(config).complete
    with duckdb.connect(str(lasting.db)) as connection:
        asked = "account_id = '999999999999' where table_name like 'aws_organizations%'"
        connection.execute(f"update sync_scopes set {asked}")
    lasting.faults.clear()
    assert lasting.sync(config).complete
    assert lasting.ask("from sync_coverage") == []


@pytest.fixture
def ids(monkeypatch):
    """Sets the ids of the runs to come; by default they sort by time."""
    begin = collector.sync._begin
    given = [f"20261125T0900{number:02}Z-0000" for number in range(60)]

    def begun(*arguments):
        run, kept = begin(*arguments)
        return {**run, "run_id": given.pop(0)}, kept

    monkeypatch.setattr(collector.sync, "_begin", begun)
    return given


def test_an_account_that_is_shut_later_keeps_its_rows_and_is_told(lasting, ids):
    first = lasting.sync(KEYS).run["run_id"]
    lasting.deny("AssumeRole", SPARE)
    report = lasting.sync(KEYS)
    assert report.retired == {} and not report.complete
    assert lasting.column("select distinct run_id from aws_iam_roles where account_id = $1", SPARE) == [first]
    latest = "select region from sync_scopes where account_id = $1 and run_id = $2 group by 1 order by 1"
    assert lasting.column(latest, SPARE, report.run["run_id"]) == ["*", "global"]
    assert lasting.column("select distinct region from sync_coverage order by 1") == ["*", "global"]


def test_so_it_is_where_two_runs_begin_within_a_second(lasting, ids):
    ids[:] = ["20261125T090000Z-ffff", "20261125T090000Z-0000"]
    lasting.sync(KEYS)
    lasting.deny("AssumeRole", SPARE)
    lasting.sync(KEYS)
    assert lasting.column("select distinct region from sync_coverage order by 1") == ["*", "global"]


def test_what_was_recorded_for_all_regions_gives_way_to_what_is_known_of_each(lasting, ids):
    lasting.deny("AssumeRole", SPARE)
    lasting.sync(KEYS)
    assert set(lasting.column("select region from sync_coverage")) == {"*", "global"}
    lasting.faults.clear()
    lasting.deny("ListAliases", SPARE, region="eu-west-1")
    lasting.sync(KEYS)
    sql = "select account_id, region, operation, outcome from sync_coverage"
    assert lasting.ask(sql) == [(SPARE, "eu-west-1", "ListAliases", "denied")]


def test_a_key_that_goes_while_it_is_asked_about_is_gone_and_no_gap(lasting):
    lasting.settled(KEYS)
    key = lasting.keys["one"].rpartition("/")[2]
    lasting.faults.add(operation="DescribeKey", resource=key, error="NotFoundException")
    assert lasting.sync(KEYS).complete
    assert lasting.ask("from aws_kms_keys where key_id = $1", key) == []
    assert lasting.ask("from aws_kms_key_grants") == lasting.ask("from sync_coverage") == []


def test_credentials_that_end_midway_leave_what_was_there(lasting):
    first = lasting.settled()
    lasting.faults.add(service="kms", account=DATA, error="ExpiredTokenException")
    lasting.faults.add(service="s3", account=DATA, error="ExpiredToken")
    lasting.faults.add(operation="AssumeRole", account=SPARE, error="ExpiredToken", status=403)
    report = lasting.sync()
    assert not report.complete and report.retired == {}
    everybody = of_account(MANAGEMENT) | of_account(DATA) | of_account(SPARE, EVERYWHERE)
    assert recorded(lasting) == of_organization(MANAGEMENT) | everybody
    for table in ("aws_kms_keys", "aws_kms_key_grants", "aws_s3_buckets"):
        assert lasting.column(f"select distinct run_id from {table}") == [first]
    assert lasting.column("select distinct error_code from sync_coverage order by 1") == [
        "ExpiredToken",
        "ExpiredTokenException",
    ]


@pytest.mark.parametrize(
    ("more", "filters"),
    [("skip = ['eu-*']\n", Filters()), ("", Filters(regions=("us-*",)))],
    ids=["skip", "filter"],
)
def test_regions_that_are_left_out_are_not_asked(lasting, more, filters):
    lasting.sync(CONFIG + REGIONAL + more, filters)
    assert lasting.column(ASKED) == ["us-east-1"]


@pytest.mark.parametrize(
    ("more", "filters"),
    [("skip = ['eu-*']\n", Filters()), ("", Filters(regions=("us-*",)))],
    ids=["skip", "filter"],
)
def test_nor_where_the_regions_cannot_be_listed(lasting, more, filters):
    lasting.deny("DescribeRegions", error="UnauthorizedOperation")
    lasting.sync(CONFIG + REGIONAL + more, filters)
    assert lasting.column(ASKED) == ["us-east-1"]
