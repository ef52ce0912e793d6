"""What a stopped run left: used by the next run if it is of the same kind and fresh, and then only once."""

from __future__ import annotations

import json
import shutil
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from collector.demo.faithful import account_settings
from collector.errors import KeyreachError
from tests.sync.estate import DATA, MANAGEMENT, SPARE, only

DETAIL = "GetBucketEncryption"
"""An operation of the data account only."""
TABLES = only("aws_kms_keys", "aws_s3_buckets", "aws_s3_accounts", "aws_iam_roles", "aws_iam_users")


@pytest.fixture(scope="module")
def left(built, tmp_path_factory):
    """What a run leaves that ends without publishing: everything is staged but the spare account's roles."""
    estate = replace(built, db=tmp_path_factory.mktemp("left") / "inventory.duckdb")
    stop(estate)
    return estate.staging


@pytest.fixture
def stopped(lasting, left):
    """The organization, with that before a next sync."""
    shutil.copytree(left, lasting.staging)
    return lasting


def stop(estate):
    estate.deny("ListRoles", SPARE)
    with pytest.raises(KeyreachError, match="nothing was published"):
        estate.sync(TABLES, strict=True)
    assert {path.name[:12] for path in estate.staged()} == {MANAGEMENT, DATA, SPARE}
    assert estate.staging.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in estate.staging.iterdir()} == {0o600}
    estate.faults.clear()


def started(estate, hours_ago):
    """Make the stopped run look older."""
    path = estate.staging / "run.json"
    run = json.loads(path.read_text())
    run["started_at"] = (datetime.now(UTC) - timedelta(hours=hours_ago)).isoformat()
    path.write_text(json.dumps(run))


def whole(estate):
    """Whether everything is there, once."""
    places = "table_name, account_id, region, operation"
    assert estate.column(f"select count(*) - count(distinct ({places})) from sync_scopes") == [0]
    complete = "select count(*) from sync_scopes where operation = 'DescribeKey' and outcome = 'ok'"
    assert estate.column(complete) == [3 * 2]
    assert estate.ask("from sync_coverage") == []
    assert estate.column("select arn from aws_kms_keys order by 1") == sorted(estate.keys.values())
    assert estate.column("select name from aws_s3_buckets order by 1") == ["here", "there"]
    assert estate.column("select run_id from sync_runs") == estate.column(
        "select distinct run_id from aws_kms_keys"
    )
    return not estate.staging.exists()


def test_only_what_is_missing_is_asked_again(stopped):
    started(stopped, hours_ago=23)
    run = stopped.sync(TABLES).run
    assert run["resumed"] and run["outcome"] == "complete"
    assert stopped.faults.count(DETAIL) == stopped.faults.count("ListKeys") == 0
    assert stopped.faults.count("ListRoles", SPARE) == 1
    assert whole(stopped)


@pytest.mark.parametrize(
    ("hours_ago", "more"), [(25, ""), (0, "\n[trusted_accounts]\n'999999999999' = 'a partner'\n")]
)
def test_what_is_too_old_or_of_another_configuration_is_asked_again(stopped, hours_ago, more):
    started(stopped, hours_ago)
    assert not stopped.sync(TABLES + more).run["resumed"]
    assert stopped.faults.count(DETAIL, DATA) == 2
    assert whole(stopped)


def test_a_file_that_a_kill_cut_short_is_good_up_to_there(stopped):
    path = stopped.staging / f"{DATA}.jsonl.gz"
    path.write_bytes(path.read_bytes()[:-20])
    assert stopped.sync(TABLES).run["resumed"]
    assert stopped.faults.count(DETAIL, DATA) == 2
    assert stopped.faults.count("GetAccountAuthorizationDetails", MANAGEMENT) == 0
    assert whole(stopped)


def test_staging_that_does_not_say_whose_it_is_is_not_used(stopped):
    (stopped.staging / "run.json").write_bytes(b"{")
    assert not stopped.sync(TABLES).run["resumed"]
    assert whole(stopped)


def test_a_region_that_was_switched_off_in_between_is_not_published(stopped, monkeypatch):
    monkeypatch.setitem(account_settings.REGIONS, "eu-west-1", "not-opted-in")
    stopped.sync(TABLES)
    assert stopped.keys["eu"] not in stopped.column("select arn from aws_kms_keys")


def test_an_account_that_left_in_between_is_dropped(estate):
    estate.sync(TABLES)
    stop(estate)
    estate.aws.client("organizations", MANAGEMENT).close_account(AccountId=SPARE)
    assert SPARE in estate.sync(TABLES).retired
    assert SPARE not in estate.column("select account_id from aws_s3_accounts")


def test_a_run_that_is_killed_while_it_builds_the_file_asks_nothing_again(lasting):
    lasting.settled(TABLES)
    before = lasting.db.read_bytes()
    aside = lasting.db.with_name(lasting.db.name + ".new")
    process = lasting.start("sync", lasting.configure(TABLES))
    end = time.monotonic() + 30
    while not aside.exists():
        assert time.monotonic() < end and process.poll() is None
        time.sleep(0.002)
    process.kill()
    process.communicate()
    assert aside.exists() and lasting.db.read_bytes() == before
    lasting.faults.clear()
    assert lasting.sync(TABLES).run["resumed"]
    assert lasting.faults.count("ListKeys") == lasting.faults.count("ListRoles") == 0
    left = {path.name for path in lasting.db.parent.iterdir()}
    assert left == {lasting.db.name, f"{lasting.db.name}.lock", "keyreach.toml"}
    assert lasting.column("select count(*) from sync_runs") == [2]
