"""A sync in shards: the accounts collected by several machines, published by one as if it had been alone."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from collector import config as configuration
from collector.collect.accounts import Account
from collector.collect.transport.session import new_session
from collector.errors import UsageError
from collector.store.handover import ORGANIZATION
from collector.sync import shards
from collector.sync.collection import Filters
from collector.sync.delivery import handover
from collector.sync.mode import Mode, Shard
from tests.sync.estate import CONFIG, DATA, EXTERNAL_ID, MANAGEMENT, SPARE, only
from tests.sync.expected import contents

pytestmark = pytest.mark.long

ROLES = only("aws_iam_roles")
FEW = only("aws_kms_keys", "aws_s3_buckets", "aws_iam_roles")
OF = {MANAGEMENT: 2, DATA: 1, SPARE: 1}
"""Account -> its shard of two: the SHA-256 of its id, as `sha256sum` tells it, modulo two, plus one."""


@pytest.fixture
def url(lasting):
    return str(lasting.db.parent / "shared")


def shard(estate, url, number, of=2, config=FEW, filters=None):
    """Collect one shard, on another machine."""
    mode = Mode(shard=Shard(number, of), staging=url)
    elsewhere = estate.db.parent / f"machine-{number}" / "inventory.duckdb"
    with estate.caller():
        return shards.collect(configuration.parse(config), elsewhere, filters or Filters(), mode)


def publish(estate, url, config=FEW, filters=None, **rest):
    return estate.sync(config, filters, mode=Mode(from_staging=url), **rest)


def shared(estate, url):
    with estate.caller():
        return handover(url, new_session())


def left(estate, url):
    """Names of what is in staging."""
    with estate.caller():
        return set(shared(estate, url).place.names())


def change(estate, url, name, **facts):
    """Change a note that a shard has left."""
    with estate.caller():
        place = shared(estate, url)
        place.note(name, {**place.notes()[name], **facts})


def test_every_account_has_one_shard_and_keeps_it():
    accounts = [f"{number:012}" for number in range(1000)]
    counts = [sum(Shard(number, 4).has(account) for account in accounts) for number in (1, 2, 3, 4)]
    assert sum(counts) == 1000 and min(counts) > 200
    assert {account: Shard(1, 2).has(account) for account in OF} == {a: n == 1 for a, n in OF.items()}


@pytest.mark.parametrize("kind", ["folder", "s3"])
def test_two_shards_give_what_one_machine_gives(lasting, url, kind):
    alone, config = replace(lasting, db=lasting.db.with_name("alone.duckdb")), CONFIG
    alone.settled(config)
    if kind == "s3":
        url = "s3://handover/keyreach"
        s3 = lasting.aws.client("s3", "999999999999")
        s3.create_bucket(Bucket="handover")
        s3.put_object(Bucket="handover", Key="keyreach/mine.json", Body=b"{}")
    lasting.faults.clear()
    assert shard(lasting, url, 2, config=config).complete
    assert lasting.faults.count("ListKeys", MANAGEMENT) and not lasting.faults.count("ListKeys", DATA)
    assert shard(lasting, url, 1, config=config).complete
    asked = lasting.faults.count("ListKeys")
    report = publish(lasting, url, config)
    assert report.complete and report.run["accounts"] == 3
    assert lasting.faults.count("ListKeys") == asked
    assert contents(lasting.db) == contents(alone.db)
    assert lasting.column("select distinct run_id from sync_scopes") == [report.run["run_id"]]
    assert left(lasting, url) == ({"mine.json"} if kind == "s3" else set())
    assert not lasting.staging.exists()


def test_a_shard_that_is_started_again_asks_only_for_what_is_missing(lasting, url):
    lasting.deny("ListRoles", DATA)
    assert not shard(lasting, url, 1).complete
    lasting.faults.clear()
    found = shard(lasting, url, 1)
    assert found.complete and found.summary["resumed"] and found.summary["accounts"] == 2
    assert lasting.faults.count("ListRoles", DATA) == 1
    assert lasting.faults.count("ListRoles", SPARE) == 0
    assert left(lasting, url) == {
        "shard-1-of-2.json",
        *(f"{name}.delivery" for name in (DATA, SPARE, ORGANIZATION)),
    }


def test_nothing_that_is_left_tells_the_external_id(lasting, url):
    shard(lasting, url, 1, config=only("aws_kms_keys"))
    folder = lasting.db.parent / "shared"
    texts = [path.read_bytes() for path in folder.iterdir()]
    assert len(texts) == 4
    assert not any(EXTERNAL_ID.encode() in text for text in texts)
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


def test_what_is_incomplete_is_published_but_not_if_strict(lasting, url):
    lasting.deny("ListRoles", SPARE)
    shard(lasting, url, 2, config=ROLES)
    assert not shard(lasting, url, 1, config=ROLES).complete
    config = lasting.configure(ROLES)
    told = lasting.command("sync", config, "--from-staging", url, "--strict")
    assert told.exit_code == 1 and "nothing was published" in told.stderr
    assert not lasting.db.exists() and "shard-2-of-2.json" in left(lasting, url)
    assert lasting.command("sync", config, "--from-staging", url).exit_code == 4
    assert lasting.ask(
        "select account_id, operation, outcome from sync_scopes where outcome <> 'ok' and region = 'global'"
    ) == [(SPARE, "ListRoles", "denied")]
    assert left(lasting, url) == set()


def refused(estate, url, *words, config=FEW):
    with pytest.raises(UsageError) as told:
        publish(estate, url, config)
    for word in words:
        assert word in str(told.value)
    assert not estate.db.exists() and not estate.staging.exists()


def test_what_is_no_whole_sync_is_not_published(lasting, url):
    refused(lasting, url, "cannot read", "shared: No such file or directory")
    with lasting.caller():
        shared(lasting, url).place.make()
    refused(lasting, url, "holds no shards", f"keyreach sync --shard 1/N --staging {url}")
    shard(lasting, url, 1, of=3)
    refused(lasting, url, "missing: 2/3, 3/3", f"`keyreach sync --shard 2/3 --staging {url}`")
    shard(lasting, url, 1)
    refused(lasting, url, "shards of 2 and of 3", "shard-*-of-N.json")
    with lasting.caller():
        shared(lasting, url).place.remove(["shard-1-of-3.json"])
    shard(lasting, url, 2, config=only("aws_kms_keys"))
    refused(lasting, url, "another configuration, other filters or the credentials of another account: 2/2")
    shard(lasting, url, 2)
    whole = shared(lasting, url).notes()["shard-2-of-2"]
    change(lasting, url, "shard-2-of-2", run={**whole["run"], "version": "0.0.1"})
    refused(lasting, url, "collected by keyreach 0.0.1, and this is", "2/2")
    change(lasting, url, "shard-2-of-2", **{**whole, "outcome": "running"})
    refused(lasting, url, "not finished: 2/2")
    old = (datetime.now(UTC) - timedelta(hours=25)).isoformat()
    change(lasting, url, "shard-2-of-2", **{**whole, "oldest": old})
    refused(lasting, url, "collected more than 24 hours ago: 2/2", "--shard 2/2")
    change(lasting, url, "shard-2-of-2", **whole)
    refused(lasting, url, "another configuration", "1/2, 2/2", config=only("aws_kms_keys"))
    assert publish(lasting, url).complete


def test_shards_that_are_narrowed_down_are_published_with_the_same_filters_and_drop_nothing(lasting, url):
    narrow = Filters(accounts=(SPARE,))
    for number in (1, 2):
        shard(lasting, url, number, config=ROLES, filters=narrow)
    notes = shared(lasting, url).notes()
    assert [set(note["accounts"]) for note in notes.values()] == [{SPARE}, {SPARE}]
    assert [note["authoritative"] for note in notes.values()] == [False, False]
    refused(lasting, url, "other filters", "1/2, 2/2", config=ROLES)
    assert publish(lasting, url, ROLES, filters=narrow).run["accounts"] == 1


def test_an_account_is_dropped_once_no_shard_lists_it(estate):
    url, config = str(estate.db.parent / "shared"), ROLES
    estate.sync(config)
    roles = of_spare(estate)
    assert roles

    shard(estate, url, 2, config=config)
    estate.aws.client("organizations", MANAGEMENT).close_account(AccountId=SPARE)
    shard(estate, url, 1, config=config)
    between = publish(estate, url, config)
    assert between.retired == {} and not between.complete
    assert of_spare(estate) == roles
    assert estate.ask(
        "select distinct outcome, error_code from sync_scopes where account_id = ? and run_id = ?",
        SPARE,
        between.run["run_id"],
    ) == [("not_attempted", "NotListed")]

    for number in (1, 2):
        shard(estate, url, number, config=config)
    assert publish(estate, url, config).retired == {SPARE: "the account's state is SUSPENDED"}
    assert of_spare(estate) == []


def test_what_one_shard_listed_in_vain_or_not_at_all_is_dropped_by_none():
    def note(started_at, accounts, authoritative=True):
        states = dict.fromkeys(accounts, "ACTIVE")
        run = {"started_at": started_at}
        return {"run": run, "accounts": accounts, "states": states, "authoritative": authoritative}

    first, later = (
        note("2026-01-01T00:00", {DATA: "data", SPARE: "old"}),
        note("2026-01-01T01:00", {SPARE: "new"}),
    )
    merged = shards._merged([later, first])
    assert merged.accounts == [Account(DATA, "data"), Account(SPARE, "new")]
    assert merged.authoritative
    assert not shards._merged([first, note("2026-01-01T01:00", {}, authoritative=False)]).authoritative


def of_spare(estate):
    return estate.column("select arn from aws_iam_roles where account_id = ?", SPARE)


def test_the_command_tells_what_it_left_and_where(lasting, url, monkeypatch):
    lasting.configure(FEW)
    monkeypatch.chdir(lasting.db.parent)
    summary = lasting.db.parent / "runs.jsonl"
    done = lasting.command(
        "sync", "keyreach.toml", "--shard", "2/2", "--staging", "shared", f"--summary={summary}"
    )
    assert (done.exit_code, done.stdout) == (0, "")
    assert "left shard 2/2 in shared: 1 accounts, " in done.stderr
    (line,) = map(json.loads, summary.read_text().splitlines())
    assert (line["shard"], line["outcome"], line["accounts"]) == ("2/2", "complete", 1)
    assert left(lasting, url) == {"shard-2-of-2.json", f"{MANAGEMENT}.delivery"}
    assert not lasting.db.exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--shard", "0/4", "--staging", "x"), "--shard 0/4: give it as number/count, such as 1/4"),
        (("--shard", "5/4", "--staging", "x"), "--shard 5/4"),
        (("--shard", "1", "--staging", "x"), "--shard 1"),
        (("--shard", "", "--staging", "x"), "--shard : give it as number/count"),
        (("--shard", "1/2"), "--shard needs --staging"),
        (("--scheduler", "tcp://127.0.0.1:1"), "--scheduler needs --staging"),
        (
            ("--scheduler", "x:8786", "--staging", "x"),
            "--scheduler x:8786: give its address as tcp://host:port",
        ),
        (("--scheduler", "http://x:1", "--staging", "x"), "--scheduler http://x:1: give its address"),
        (("--staging", "x"), "--staging goes with --shard or --scheduler"),
        (("--from-staging", "x", "--staging", "x"), "leave --staging out"),
        (("--from-staging", "x", "--shard", "1/2"), "--shard and --from-staging exclude one another"),
        (("--scheduler", "tcp://x:1", "--shard", "1/2"), "--shard and --scheduler exclude one another"),
        (("--shard", "1/2", "--staging", "gs://a/b"), "--staging gs://a/b: give a folder, or s3://bucket"),
        (("--from-staging", "s3://"), "--from-staging s3://: give a folder, or s3://bucket"),
        (("--shard", "1/2", "--staging", "x", "--strict"), "give it with --from-staging"),
    ],
)
def test_options_that_contradict_each_other_call_nothing(lasting, arguments, words):
    lasting.faults.clear()
    result = lasting.command("sync", lasting.configure(FEW), *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in result.stderr
    assert sum(lasting.faults.calls.values()) == 0


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("s3://nosuch/keyreach", "--staging: cannot write to s3://nosuch/keyreach: "),
        ("/proc/keyreach", "--staging: cannot make /proc/keyreach: "),
    ],
)
def test_staging_that_cannot_be_used_calls_nothing(lasting, url, words):
    lasting.faults.clear()
    result = lasting.command("sync", lasting.configure(FEW), "--shard", "1/2", "--staging", url)
    assert result.exit_code == 2
    assert words in result.stderr
    assert {service for service, _, _ in lasting.faults.calls} <= {"s3"}
