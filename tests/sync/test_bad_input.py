"""What goes wrong before, during and after a sync: a clear sentence, the right exit code, nothing lost."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import duckdb
import pytest
from typer.testing import CliRunner

from collector.cli.main import app
from collector.store import staging
from tests.sync.estate import DATA, only

CONFIG = only("aws_kms_keys", "aws_s3_buckets", "aws_iam_roles")


@pytest.fixture
def estate(lasting):
    lasting.config = CONFIG
    return lasting


@pytest.fixture
def keyreach(estate, monkeypatch):
    """Run the command as the management account, in the inventory's folder."""
    monkeypatch.chdir(estate.db.parent)
    (estate.db.parent / "keyreach.toml").write_text(CONFIG)

    def run(*arguments):
        with estate.caller():
            return CliRunner().invoke(app, ["--db", str(estate.db), *arguments])

    return run


def refused(result, code, *words):
    assert result.exit_code == code, result.stderr
    assert result.stdout == ""
    for word in words:
        assert word in result.stderr
    return True


def test_no_credentials(keyreach, estate, monkeypatch):
    estate.faults.clear()
    with estate.caller():
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.delenv(name)
        result = CliRunner().invoke(app, ["--db", str(estate.db), "sync"])
    assert refused(result, 2, "no AWS credentials were found", "AWS_PROFILE", "keyreach demo")
    assert sum(estate.faults.calls.values()) == 0


def test_a_profile_that_does_not_exist(keyreach, estate):
    with estate.caller():
        os.environ["AWS_PROFILE"] = "nosuch"
        result = CliRunner().invoke(app, ["--db", str(estate.db), "sync"])
    assert refused(result, 2, "nosuch", "list-profiles")


def test_credentials_that_have_ended(keyreach, estate):
    estate.faults.add(operation="GetCallerIdentity", error="ExpiredToken")
    assert refused(keyreach("sync"), 1, "ExpiredToken", "renew them")
    assert not estate.db.exists()


def test_a_role_that_does_not_exist(keyreach, estate):
    (estate.db.parent / "keyreach.toml").write_text(CONFIG.replace("audit/reader", "audit/raeder"))
    result = keyreach("sync")
    assert refused(result, 4, f"cannot assume arn:aws:iam::{DATA}:role/audit/raeder")
    assert estate.column("select count(*) from aws_organizations_accounts") == [3]


def test_a_configuration_with_a_typo_calls_nothing(keyreach, estate):
    estate.faults.clear()
    for text, words in (
        ("source = 'x'", ("unknown key source",)),
        ("[acounts]", ("keyreach.toml", "unknown key acounts", "did you mean accounts")),
        (
            "[regions]\ninclude = ['us-eest-1']",
            ("keyreach.toml: regions.include", "'us-eest-1' matches nothing"),
        ),
        (
            "[[coverage.accepted]]\nreason = 'x'\noperations = ['ListKeyz']",
            ("keyreach.toml: coverage.accepted[0].operations", "did you mean ListKeys?"),
        ),
        ("[sync]\ntables = ['aws_kms_kesy']", ("keyreach.toml: sync.tables", "did you mean aws_kms_keys?")),
    ):
        (estate.db.parent / "keyreach.toml").write_text(text)
        assert refused(keyreach("sync"), 2, *words)
    assert sum(estate.faults.calls.values()) == 0
    assert refused(keyreach("sync", "absent.toml"), 2, "cannot read absent.toml", "keyreach init")


@pytest.mark.parametrize("content", [b"not a database" * 1000, b"", "foreign", "newer"])
def test_a_file_that_is_not_ours_is_left_as_it_is(keyreach, estate, content):
    estate.faults.clear()
    if content == "foreign":
        duckdb.connect(str(estate.db)).execute("create table mine (x integer)").close()
    elif content == "newer":
        estate.settled()
        with duckdb.connect(str(estate.db)) as connection:
            connection.execute("update keyreach set schema_version = 999, version = '9.9'")
        estate.faults.clear()
    else:
        estate.db.write_bytes(content)
    before = estate.db.read_bytes()
    words = {"foreign": "not keyreach's", "newer": "keyreach 9.9: upgrade"}.get(content, "cannot be read")
    assert refused(keyreach("sync"), 2, words)
    assert estate.db.read_bytes() == before
    assert sum(estate.faults.calls.values()) == 0
    assert refused(keyreach("check"), 2, words)


def test_a_folder_that_cannot_be_written(keyreach, estate, tmp_path):
    with estate.caller():
        result = CliRunner().invoke(app, ["--db", "/proc/inventory.duckdb", "sync"])
    assert refused(result, 2, "cannot write beside /proc/inventory.duckdb", "--db")
    (tmp_path / "file").write_text("")
    with estate.caller():
        result = CliRunner().invoke(app, ["--db", str(tmp_path / "file" / "inventory.duckdb"), "sync"])
    assert refused(result, 2, "--db")
    assert refused(keyreach("sync", "--summary", "no/such/folder/runs.jsonl"), 2, "--summary")


def test_a_disk_that_is_full_while_staging(keyreach, estate, monkeypatch):
    estate.settled()
    before = estate.db.read_bytes()

    def full(_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(staging.os, "fsync", full)
        assert refused(keyreach("sync"), 1, "No space left on device", "make room")
    assert estate.db.read_bytes() == before
    assert keyreach("sync").exit_code == 0


def test_a_disk_that_is_full_while_publishing(keyreach, estate, monkeypatch):
    replace = os.replace

    def full(source, target):
        if str(target) == str(estate.db):
            raise OSError(28, "No space left on device")
        replace(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", full)
        assert refused(keyreach("sync"), 1, "cannot publish", "what was collected is kept")
    assert not estate.db.exists() and not estate.db.with_name(estate.db.name + ".new").exists()
    estate.faults.clear()
    assert keyreach("sync").exit_code == 0
    assert estate.faults.count("GetBucketEncryption") == 0


def test_a_file_that_another_program_writes_is_not_replaced(keyreach, estate):
    estate.settled()
    path = repr(str(estate.db))
    code = f"import duckdb, sys; c = duckdb.connect({path}); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout.readline() == "open\n"
        assert refused(keyreach("sync"), 1, "open for writing in another process")
        writer.stdin.close()
    assert keyreach("sync").exit_code == 0


def test_a_log_that_a_crashed_writer_left_is_taken_in(keyreach, estate, tmp_path):
    estate.settled()
    copy = tmp_path / "copy.duckdb"
    shutil.copy(estate.db, copy)
    connection = duckdb.connect(str(copy))
    connection.execute("insert into trusted_accounts values ('999999999999', 'by hand')")
    shutil.copy(copy.with_name("copy.duckdb.wal"), estate.db.with_name(estate.db.name + ".wal"))
    connection.close()
    assert keyreach("sync").exit_code == 0
    assert not estate.db.with_name(estate.db.name + ".wal").exists()
    assert estate.column("select count(*) from sync_runs") == [2]


def test_what_a_killed_build_left_beside_the_file_does_no_harm(keyreach, estate):
    for name in (".new", ".new.wal"):
        estate.db.with_name(estate.db.name + name).write_bytes(b"half of something")
    assert keyreach("sync").exit_code == 0
    assert {path.name for path in estate.db.parent.iterdir()} == {
        estate.db.name,
        f"{estate.db.name}.lock",
        "keyreach.toml",
    }


def test_an_error_that_nobody_foresaw_loses_nothing(estate, monkeypatch):
    estate.settled()
    before = estate.db.read_bytes()

    def broken(*_):
        raise RuntimeError("a fault in a row function")

    with monkeypatch.context() as patch:
        patch.setattr("collector.collect.fetch.columns", broken)
        with pytest.raises(RuntimeError):
            estate.sync()
    assert estate.db.read_bytes() == before


def test_quotas_of_ones_own_are_read_before_anything_is_called(keyreach, estate):
    estate.faults.clear()
    folder = estate.db.parent
    (folder / "keyreach.toml").write_text(CONFIG + "quota_file = 'quotas.toml'\n")
    (folder / "quotas.toml").write_text("[kms]\nListGrant = 1000\n")
    for command in (["sync"], ["sync", "--dry-run"], ["discover"]):
        assert refused(keyreach(*command), 2, "quotas.toml: ", "kms.ListGrant", "did you mean ListGrants?")
    assert sum(estate.faults.calls.values()) == 0
    (folder / "quotas.toml").write_text("[kms]\nListGrants = 1000\n")
    assert keyreach("sync").exit_code == 0


@pytest.mark.parametrize(
    ("option", "settings", "words"),
    [
        (["--concurrency", "0"], "", ("--concurrency", "equal to 1")),
        ([], "concurrency = 0", ("sync.concurrency", ">= 1")),
        ([], "quota_share = 0", ("sync.quota_share",)),
        ([], "quota_file = ''", ("sync.quota_file",)),
    ],
)
def test_limits_that_would_let_nothing_through_are_refused(keyreach, estate, option, settings, words):
    estate.faults.clear()
    (estate.db.parent / "keyreach.toml").write_text(f"{CONFIG}\n{settings}\n")
    assert refused(keyreach("sync", *option), 2, *words)
    assert sum(estate.faults.calls.values()) == 0
