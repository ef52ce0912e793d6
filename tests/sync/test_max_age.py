"""`--max-age`: what is young and whole is not asked again, and nothing else is affected by that."""

from __future__ import annotations

import json
from datetime import timedelta

import duckdb
import pytest

from collector.demo.faithful import account_settings
from collector.errors import KeyreachError
from collector.sync.collection import Filters
from collector.sync.mode import Mode
from tests.sync.estate import DATA, MANAGEMENT, SPARE, only

TABLES = only("aws_kms_keys", "aws_kms_key_grants", "aws_s3_buckets", "aws_iam_roles", "aws_organizations*")
YOUNG = Mode(max_age=timedelta(hours=6))
ONCE = ("ListAccounts", "DescribeRegions", "ListKeys", "ListBuckets", "GetAccountAuthorizationDetails")
"""Operations with which each scope begins."""
ROWS = ("aws_kms_keys", "aws_kms_key_grants", "aws_s3_buckets", "aws_iam_roles", "aws_regions", "key_access")


@pytest.fixture
def estate(lasting):
    lasting.config = TABLES
    lasting.settled()
    lasting.faults.clear()
    return lasting


def calls(estate):
    """How often each kind of scope was asked in the last run."""
    return {name: estate.faults.count(name) for name in ONCE if estate.faults.count(name)}


def change(estate, sql):
    with duckdb.connect(str(estate.db)) as connection:
        connection.execute(sql)


def age(estate, hours, where="true"):
    """Make attempts look older."""
    past = ", ".join(f"{name} = {name} - to_hours({hours})" for name in ("started_at", "finished_at"))
    change(estate, f"update sync_scopes set {past} where {where}")


def again(estate, config=None, **rest):
    """A sync that asks only for what is not fresh."""
    estate.faults.clear()
    return estate.sync(config, mode=YOUNG, **rest)


def test_where_all_is_young_nothing_is_asked_and_all_stays(estate):
    ledger = "from sync_scopes order by all"
    before = {name: estate.ask(f"from {name} order by all") for name in ROWS}
    attempts = estate.ask(ledger)
    report = again(estate)
    assert report.complete and report.retired == {}
    assert set(estate.faults.calls) == {("sts", "GetCallerIdentity", MANAGEMENT)}
    assert {name: estate.ask(f"from {name} order by all") for name in ROWS} == before
    assert all(before.values())
    assert estate.ask(ledger) == attempts
    runs = "select accounts, scopes, calls, rows, failures, outcome from sync_runs order by started_at"
    assert estate.ask(runs)[1] == (0, 0, 0, 0, 0, "complete")


def test_what_failed_is_asked_again_and_so_is_an_account_that_could_not_be_reached(estate):
    estate.deny("DescribeKey", DATA, region="us-east-1")
    estate.deny("AssumeRole", SPARE)
    assert not estate.sync().complete
    report = again(estate)
    assert calls(estate) == {"ListKeys": 3, "ListBuckets": 1, "GetAccountAuthorizationDetails": 1}
    assert estate.faults.count("ListKeys", SPARE) == 2
    assert report.complete and estate.ask("from sync_coverage") == []


def test_status_tells_how_old_the_oldest_is(estate):
    age(estate, 5, f"account_id = '{SPARE}'")
    (told,) = json.loads(estate.command("status", "--format", "json").stdout)
    ((oldest,),) = estate.ask(f"select min(finished_at)::text from sync_scopes where account_id = '{SPARE}'")
    assert told["age_seconds"] < 3600
    assert told["oldest"][:19].replace("T", " ") == oldest[:19]


def test_what_is_too_old_is_asked_and_only_that(estate):
    age(estate, 7, f"account_id = '{DATA}' and region = 'eu-west-1'")
    report = again(estate)
    assert calls(estate) == {"ListKeys": 1}
    assert estate.faults.count("AssumeRole") == estate.faults.count("AssumeRole", DATA) == 1
    assert report.run["accounts"] == 1
    newest = "select distinct region from aws_kms_keys where run_id = $1"
    assert estate.column(newest, report.run["run_id"]) == ["eu-west-1"]
    assert len(estate.column("select arn from aws_kms_keys")) == 3


def test_a_scope_without_a_table_that_is_wanted_now_is_asked_as_a_whole(estate):
    again(estate, only("aws_kms_keys", "aws_kms_aliases", "aws_s3_buckets"))
    assert calls(estate) == {"ListKeys": 6}
    assert estate.faults.count("ListAliases") == 6


def test_an_account_that_cannot_be_reached_is_told_of_what_would_have_been_asked(estate):
    age(estate, 7, f"account_id = '{DATA}' and region = 'eu-west-1'")
    estate.faults.clear()
    estate.deny("AssumeRole", DATA)
    report = estate.sync(mode=YOUNG)
    assert not report.complete
    gaps = "select distinct account_id, region, outcome from sync_coverage"
    assert estate.ask(gaps) == [(DATA, "eu-west-1", "not_attempted")]
    assert len(estate.column("select arn from aws_kms_keys")) == 3


def test_regions_that_are_selected_newly_are_asked_and_buckets_there(lasting):
    lasting.config = only("aws_kms_keys", "aws_s3_buckets")
    lasting.sync(f"{lasting.config}[regions]\nskip = ['eu-*']\n")
    again(lasting)
    assert calls(lasting) == {"ListKeys": 3, "ListBuckets": 1}
    assert lasting.faults.count("GetBucketEncryption", DATA) == 2
    assert lasting.keys["eu"] in lasting.column("select arn from aws_kms_keys")


def test_a_region_switched_on_is_asked_and_one_switched_off_is_not_kept(estate, monkeypatch):
    monkeypatch.setitem(account_settings.REGIONS, "ap-east-1", "opted-in")
    monkeypatch.setitem(account_settings.REGIONS, "eu-west-1", "not-opted-in")
    age(estate, 7, f"table_name = 'aws_regions' and account_id = '{DATA}'")
    again(estate)
    assert calls(estate) == {"DescribeRegions": 1, "ListKeys": 1}
    assert estate.keys["eu"] not in estate.column("select arn from aws_kms_keys")
    latest = "select distinct arg_max(outcome, started_at) from sync_scopes where region = $1 "
    latest += f"and account_id = '{DATA}' group by table_name"
    assert estate.column(latest, "eu-west-1") == ["disabled"]
    assert estate.column(latest, "ap-east-1") == ["ok"]


def test_the_accounts_are_those_of_the_file_and_none_of_them_left(estate, monkeypatch):
    estate.deny("ListAccounts")
    config = TABLES.replace("organization = true", f"organization = true\nskip = ['{SPARE}']")
    assert again(estate, config).retired == {}
    assert estate.faults.count("ListAccounts") == 0
    assert SPARE in estate.column("select account_id from aws_iam_roles")
    estate.faults.clear()
    age(estate, 7, "table_name like 'aws_organizations%'")
    assert list(again(estate, config).retired) == [SPARE]
    assert calls(estate) == {"ListAccounts": 1}


def test_filters_apply_too(estate):
    age(estate, 7)
    again(estate, filters=Filters(accounts=(DATA,), regions=("us-*",), tables=("aws_kms_keys",)))
    assert calls(estate) == {"ListAccounts": 1, "DescribeRegions": 1, "ListKeys": 1}


def test_what_a_stopped_run_staged_is_used_too(estate):
    age(estate, 7, "table_name = 'aws_kms_keys' or table_name = 'aws_iam_roles'")
    estate.deny("ListRoles", SPARE)
    with pytest.raises(KeyreachError, match="nothing was published"):
        estate.sync(mode=YOUNG, strict=True)
    report = again(estate)
    assert report.run["resumed"] and report.complete
    assert calls(estate) == {
        "ListAccounts": 1,
        "DescribeRegions": 3,
        "GetAccountAuthorizationDetails": 1,
    }
    assert not estate.staging.exists()
    again(estate)
    assert calls(estate) == {}


@pytest.mark.parametrize("text", ["6", "6 hours", "-1h", ""])
def test_an_age_that_is_no_duration_is_wrong_usage(estate, text):
    result = estate.command("sync", estate.configure(), f"--max-age={text}")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--max-age" in result.stderr and "6h" in result.stderr
    assert not estate.faults.calls


def test_the_command_line_takes_the_age(estate):
    result = estate.command("sync", estate.configure(), "--max-age", "999999d")
    assert result.exit_code == 0 and calls(estate) == {}
