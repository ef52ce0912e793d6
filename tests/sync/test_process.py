"""`keyreach sync` as a process: stopped, killed, started twice, and what it says and leaves."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from tests.sync.estate import DATA, MANAGEMENT, SPARE, only

pytestmark = pytest.mark.long

CONFIG = only("aws_kms_keys", "aws_s3_buckets", "aws_iam_roles")


@pytest.fixture
def estate(lasting):
    lasting.config = CONFIG
    return lasting


@pytest.fixture
def keyreach(estate):
    """Start the command in the inventory's folder, as the management account."""
    folder = estate.db.parent
    (folder / "keyreach.toml").write_text(CONFIG)
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "KEYREACH_"))}
    env = {**kept, **estate.aws.environment(MANAGEMENT), "KEYREACH_DB": str(estate.db)}

    def start(*arguments, **rest):
        return subprocess.Popen(
            [sys.executable, "-m", "collector", *arguments],
            cwd=folder,
            env={**env, **rest},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start


def ended(process):
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def staged(estate):
    return sorted(estate.db.with_name(estate.db.name + ".staging").glob("*.jsonl.gz"))


def wait(condition):
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def slow(estate):
    """The spare account's roles take long, when everything else is done."""
    estate.faults.add(service="iam", operation="ListRoles", account=SPARE, delay=5)


def others_done(estate):
    """The data account is staged."""
    return DATA in {path.name.partition(".")[0] for path in staged(estate)}


def test_a_run_that_is_killed_leaves_the_file_and_the_next_one_resumes(estate, keyreach):
    assert ended(keyreach("sync"))[0] == 0
    before = estate.db.read_bytes()
    estate.faults.clear()
    slow(estate)
    process = keyreach("sync")
    wait(lambda: others_done(estate))
    process.kill()
    process.wait()
    assert estate.db.read_bytes() == before
    estate.faults.clear()
    code, _, _ = ended(keyreach("sync"))
    assert code == 0
    latest = "select resumed, outcome from sync_runs order by started_at desc limit 1"
    assert estate.ask(latest) == [(True, "complete")]
    assert estate.faults.count("GetBucketEncryption", DATA) == 0
    assert estate.column("select count(*) from aws_kms_keys where key_manager = 'CUSTOMER'") == [3]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_interrupted_says_so_and_the_next_one_asks_only_for_the_rest(estate, keyreach, number):
    estate.faults.clear()
    slow(estate)
    process = keyreach("sync")
    wait(lambda: others_done(estate))
    estate.faults.rules.clear()
    process.send_signal(number)
    code, out, err = ended(process)
    assert (code, out) == (130, "") and "interrupted" in err
    assert not estate.db.exists() and staged(estate)
    estate.faults.clear()
    code, _, _ = ended(keyreach("sync"))
    assert code == 0
    assert estate.ask("select resumed, outcome from sync_runs") == [(True, "complete")]
    assert estate.faults.count("GetBucketEncryption", DATA) == 0
    assert estate.faults.count("ListRoles", SPARE) == 1
    assert estate.column("select count(*) from aws_kms_keys where key_manager = 'CUSTOMER'") == [3]
    assert estate.column("select count(*) from aws_s3_buckets") == [2]
    scopes = "select count(*), count(distinct (table_name, account_id, region, operation)) from sync_scopes"
    ((all_rows, distinct_rows),) = estate.ask(scopes)
    assert all_rows == distinct_rows
    assert not estate.db.with_name(estate.db.name + ".staging").exists()


def test_the_second_of_two_syncs_says_that_there_is_a_first(estate, keyreach):
    slow(estate)
    first = keyreach("sync")
    wait(lambda: estate.faults.count("ListRoles", SPARE))
    code, out, err = ended(keyreach("sync"))
    assert (code, out) == (1, "")
    assert f"another sync is writing {estate.db} (process {first.pid})" in err
    first.kill()
    first.wait()


def test_strict_publishes_nothing_that_is_incomplete_and_keeps_what_was_collected(estate, keyreach):
    estate.deny("ListRoles", DATA)
    code, _, err = ended(keyreach("sync", "--strict"))
    assert code == 1 and "nothing was published" in err
    assert not estate.db.exists() and staged(estate)
    estate.faults.clear()
    assert ended(keyreach("sync", "--strict"))[0] == 0
    assert estate.faults.count("GetBucketEncryption", DATA) == 0
    assert estate.column("select resumed from sync_runs") == [True]


def test_jobs_get_json_on_stderr_a_summary_and_nothing_on_stdout(estate, keyreach):
    estate.deny("ListRoles", DATA)
    for _ in range(2):
        code, out, err = ended(keyreach("--log-format", "json", "-v", "sync", "--summary", "runs.jsonl"))
        assert (code, out) == (4, "")
        messages = [json.loads(line) for line in err.splitlines()]
        assert {entry["account_id"] for entry in messages if "account_id" in entry} >= {DATA, MANAGEMENT}
        assert any("ListRoles" in entry["message"] for entry in messages if entry["level"] == "debug")
    lines = (estate.db.parent / "runs.jsonl").read_text().splitlines()
    runs = [json.loads(line) for line in lines]
    assert [run["outcome"] for run in runs] == ["incomplete"] * 2
    assert [run["run_id"] for run in runs] == estate.column(
        "select run_id from sync_runs order by started_at"
    )
