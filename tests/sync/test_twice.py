"""What a second sync does to the rows of the first."""

import pytest
from moto.kms.models import kms_backends

from collector.demo.faithful import account_settings
from collector.sync.collection import Filters
from tests.sync.estate import DATA, MANAGEMENT, SPARE, only

CONFIG = only("aws_kms_keys", "aws_kms_key_grants", "aws_s3_buckets", "aws_iam_roles")

KEYS = f"select arn from aws_kms_keys where account_id = '{DATA}' and key_manager = 'CUSTOMER' order by arn"


@pytest.fixture
def estate(estate):
    estate.config = CONFIG
    return estate


@pytest.fixture
def lasting(lasting):
    lasting.config = CONFIG
    return lasting


def test_what_is_gone_is_gone_and_everything_else_is_new(estate):
    first = estate.sync().run["run_id"]
    assert set(estate.column(KEYS)) == set(estate.keys.values())
    assert estate.db.stat().st_mode & 0o777 == 0o600
    assert {path.name for path in estate.db.parent.iterdir()} == {estate.db.name, f"{estate.db.name}.lock"}
    kms = estate.aws.client("kms", DATA)
    (grant,) = kms.list_grants(KeyId=estate.keys["one"])["Grants"]
    kms.revoke_grant(KeyId=estate.keys["one"], GrantId=grant["GrantId"])
    remove(estate, "two")
    second = estate.sync().run["run_id"]
    assert set(estate.column(KEYS)) == {estate.keys["one"], estate.keys["eu"]}
    assert estate.ask("from aws_kms_key_grants") == []
    assert estate.column("select distinct run_id from aws_kms_keys") == [second]
    assert estate.column("select run_id from sync_runs order by started_at") == [first, second]


def remove(estate, name):
    """Deleting takes a week; the fake AWS is made to forget the key."""
    backend = kms_backends[DATA]["us-east-1"]
    del backend.keys[estate.keys[name].rpartition("/")[2]]


def test_a_denied_listing_keeps_rows_as_they_were(estate):
    first = estate.sync().run
    (before,) = estate.ask("select max(collected_at) from aws_kms_keys")
    remove(estate, "two")
    estate.deny("ListKeys", DATA, region="us-east-1")
    report = estate.sync()
    assert not report.complete
    rows = estate.ask(KEYS.replace("select arn", "select arn, run_id, collected_at"))
    old = {arn for arn, run_id, at in rows if run_id == first["run_id"] and at <= before[0]}
    assert old == {estate.keys["one"], estate.keys["two"]}
    assert len(rows) == 3
    assert estate.column("select count(*) from aws_kms_key_grants") == [1]


def test_a_denied_detail_keeps_its_last_value_and_is_never_false(lasting):
    lasting.settled()
    lasting.deny("GetKeyRotationStatus", DATA)
    lasting.sync()
    rotation = "select rotation_enabled from aws_kms_keys where arn = $1"
    assert lasting.column(rotation, lasting.keys["one"]) == [True]
    assert lasting.column("select count(distinct run_id) from aws_kms_keys") == [1]
    failed = "select resource_arn from sync_failures where operation = 'GetKeyRotationStatus'"
    assert set(lasting.column(failed)) == set(lasting.keys.values())


def test_a_detail_that_was_always_denied_is_null(lasting):
    lasting.deny("GetKeyRotationStatus", DATA)
    lasting.sync()
    assert lasting.column("select distinct rotation_enabled from aws_kms_keys") == [None]


def test_denied_grants_of_one_key_keep_the_last_ones_of_that_key(lasting):
    lasting.settled()
    lasting.deny("ListGrants", DATA, resource=lasting.keys["one"].rpartition("/")[2])
    lasting.sync()
    assert lasting.column("select key_arn from aws_kms_key_grants") == [lasting.keys["one"]]
    failed = "select resource_arn from sync_failures where table_name = 'aws_kms_key_grants'"
    assert lasting.column(failed) == [lasting.keys["one"]]
    lasting.faults.clear()
    assert lasting.sync().complete
    assert lasting.ask("from sync_failures") == []


def test_an_account_that_left_is_dropped_and_the_ledger_says_so(estate):
    estate.sync()
    client = estate.aws.client("organizations", MANAGEMENT)
    client.close_account(AccountId=SPARE)
    report = estate.sync()
    assert report.retired == {SPARE: "the account's state is SUSPENDED"}
    assert estate.ask("from aws_iam_roles where account_id = $1", SPARE) == []
    retired = (
        "select distinct outcome, message from sync_scopes where account_id = $1 and operation = 'Retire'"
    )
    assert estate.ask(retired, SPARE) == [("gone", "the account's state is SUSPENDED")]
    client.remove_account_from_organization(AccountId=DATA)
    report = estate.sync()
    assert report.retired == {DATA: "the account is no longer listed"}
    assert estate.ask("from aws_s3_buckets") == []


def test_filters_and_failed_listings_drop_nothing(lasting):
    lasting.settled()
    buckets, keys = "select name from aws_s3_buckets order by 1", KEYS
    before = (lasting.column(buckets), lasting.column(keys))
    for filters in (
        Filters(accounts=(SPARE,)),
        Filters(regions=("us-west-*",)),
        Filters(tables=("aws_iam_roles",)),
    ):
        report = lasting.sync(filters=filters)
        assert report.retired == {}
        assert (lasting.column(buckets), lasting.column(keys)) == before
    lasting.deny("ListAccounts")
    report = lasting.sync()
    assert report.retired == {} and report.run["accounts"] == 3
    assert (lasting.column(buckets), lasting.column(keys)) == before


def test_an_account_that_the_configuration_leaves_out_is_dropped(lasting):
    lasting.settled()
    skipping = CONFIG.replace("organization = true", f'organization = true\nskip = ["{SPARE}"]')
    assert lasting.sync(skipping).retired == {SPARE: "the configuration no longer selects the account"}


def test_without_a_configuration_nothing_of_other_accounts_is_dropped(lasting):
    lasting.settled()
    report = lasting.sync("")
    assert report.run["accounts"] == 1 and report.retired == {}
    assert lasting.column("select count(*) from aws_s3_buckets") == [2]


def test_a_region_that_was_switched_off_loses_its_rows(lasting, monkeypatch):
    lasting.settled()
    monkeypatch.setitem(account_settings.REGIONS, "eu-west-1", "not-opted-in")
    lasting.sync()
    assert set(lasting.column(KEYS)) == {lasting.keys["one"], lasting.keys["two"]}
    latest = "select outcome from sync_scopes where region = 'eu-west-1' order by started_at desc"
    assert lasting.column(latest)[0] == "disabled"


def test_regions_limit_regional_calls_and_a_bucket_elsewhere_is_not_collected(lasting):
    report = lasting.sync(CONFIG + '\n[regions]\nskip = ["eu-*"]\n')
    assert set(lasting.column(KEYS)) == {lasting.keys["one"], lasting.keys["two"]}
    assert lasting.ask("select name, region, sse_algorithm from aws_s3_buckets order by 1") == [
        ("here", "us-east-1", "AES256"),
        ("there", "eu-west-1", None),
    ]
    failed = "select distinct outcome, error_code, resource_arn from sync_failures"
    assert lasting.ask(failed) == [("not_attempted", "RegionNotSelected", "arn:aws:s3:::there")]
    assert not report.complete


def test_accepted_gaps_are_listed_but_no_reason_to_call_a_run_incomplete(lasting):
    lasting.deny("GetKeyRotationStatus", DATA)
    gap = "\n[[coverage.accepted]]\noperations = ['GetKeyRotation*']\nreason = 'not ours'\nexpires = {}\n"
    assert lasting.sync(CONFIG + gap.format("2999-01-01")).complete
    assert lasting.ask("select distinct accepted, reason from sync_coverage") == [(True, "not ours")]
    assert not lasting.sync(CONFIG + gap.format("2001-01-01")).complete
    assert lasting.ask("select distinct accepted, reason from sync_coverage") == [(False, None)]
