"""What machines leave for the one that publishes: whole or not at all, in a folder and in S3 alike."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import pytest

from collector.collect.transport.session import new_session, storage
from collector.demo.server import FakeAws
from collector.errors import KeyreachError
from collector.store import places
from collector.store.handover import ORGANIZATION, Delivery, Handover
from collector.store.places import Bucket, Folder
from collector.store.staging import Staging

OPERATOR, ACCOUNT, OTHER = "111111111111", "222222222222", "333333333333"
NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def s3():
    """A client as a machine makes it from its environment, and a bucket with something else in it."""
    with FakeAws() as aws, aws.as_caller(OPERATOR):
        client = storage(new_session())
        client.create_bucket(Bucket="shared")
        client.put_object(Bucket="shared", Key="runs/deeper/object", Body=b"theirs")
        yield client


@pytest.fixture(params=["folder", "s3"])
def place(request, tmp_path):
    if request.param == "folder":
        folder = Folder(tmp_path / "runs")
        folder.make()
        return folder
    client = request.getfixturevalue("s3")
    place = Bucket("s3://shared/runs/", client)
    place.remove(place.names())
    return place


@pytest.fixture
def shared(place):
    return Handover(place)


def staged(folder, scope="kms/222222222222/us-east-1", row="one"):
    """The staging of one account."""
    staging = Staging(folder)
    staging.append(ACCOUNT, scope, [("aws_kms_keys", {"arn": row})], complete=True, finished_at=NOW)
    return staging


def delivery(**rest):
    facts = {"account_id": ACCOUNT, "run_id": "r1", "fingerprint": "f1", "started_at": NOW.isoformat()}
    return Delivery(**{**facts, **rest})


def read(place, name):
    with place.open(name) as stream:
        return stream.read()


def test_an_object_takes_the_place_of_the_one_before(place):
    place.put("a", b"first")
    place.put("b", b"other")
    place.put("a", b"2nd")
    assert read(place, "a") == b"2nd"
    assert set(place.names()) == {"a", "b"}
    assert all(abs(written - datetime.now(UTC)) < timedelta(minutes=1) for written in place.names().values())


def test_what_is_not_there_is_said_to_be_so(place):
    with pytest.raises(FileNotFoundError), place.open("absent"):
        pass
    place.remove(["absent"])


def test_files_are_for_their_owner_only(tmp_path):
    folder = Folder(tmp_path / "deep" / "runs")
    folder.make()
    folder.put("a", b"secret")
    assert folder.path.stat().st_mode & 0o777 == 0o700
    assert (folder.path / "a").stat().st_mode & 0o777 == 0o600


def test_a_write_that_fails_midway_leaves_what_was_there(tmp_path, monkeypatch):
    folder = Folder(tmp_path)
    folder.put("a", b"first")

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(KeyreachError, match=f"cannot write to {tmp_path}: No space left on device"):
        folder.put("a", b"second")
    assert read(folder, "a") == b"first"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_folder_that_is_not_there_is_no_empty_one(tmp_path):
    folder = Folder(tmp_path / "absent")
    for reach in (folder.names, lambda: folder.put("a", b""), lambda: read(folder, "a")):
        with pytest.raises(KeyreachError, match=r"cannot .*absent: No such file or directory"):
            reach()


def test_a_bucket_that_is_not_there_is_named_with_the_reason(s3):
    bucket = Bucket("s3://absent/runs", s3)
    for reach in (bucket.names, lambda: bucket.put("a", b""), lambda: read(bucket, "a")):
        with pytest.raises(KeyreachError, match=r"s3://absent/runs: .*NoSuchBucket"):
            reach()


def test_more_objects_are_removed_than_one_call_takes(s3, monkeypatch):
    monkeypatch.setattr(places, "_REMOVED_AT_ONCE", 2)
    bucket = Bucket("s3://shared/many", s3)
    for name in "abcde":
        bucket.put(name, b"")
    bucket.remove(bucket.names())
    assert bucket.names() == {}


def test_an_account_arrives_as_it_was_staged(shared, tmp_path):
    left = staged(tmp_path / "there")
    shared.deliver(delivery(calls=7, rows=1, problem="ü" * 1000), left)
    here = Staging(tmp_path / "here")
    shared.take([ACCOUNT], "f1", here)
    assert [path.name for path in here.paths()] == [f"{ACCOUNT}.jsonl.gz"]
    assert here.paths()[0].read_bytes() == left.paths()[0].read_bytes()
    assert here.paths()[0].stat().st_mode & 0o777 == 0o600
    found = shared.delivery(ACCOUNT, "f1")
    assert found == delivery(calls=7, rows=1, problem="ü" * 300)
    assert {path.name for path in left.folder.iterdir()} == {f"{ACCOUNT}.jsonl.gz"}


def test_an_account_that_is_collected_again_is_there_once(shared, tmp_path):
    shared.deliver(delivery(run_id="r1"), staged(tmp_path / "first", row="one"))
    again = staged(tmp_path / "second", row="two")
    shared.deliver(delivery(run_id="r2"), again)
    here = Staging(tmp_path / "here")
    shared.take([ACCOUNT], "f1", here)
    assert here.paths()[0].read_bytes() == again.paths()[0].read_bytes()
    assert shared.delivery(ACCOUNT, "f1").run_id == "r2"


def test_what_was_collected_with_another_configuration_is_not_taken(shared, tmp_path):
    shared.deliver(delivery(fingerprint="f2"), staged(tmp_path / "there"))
    assert shared.delivery(ACCOUNT, "f1") is None
    assert shared.deliveries([ACCOUNT], "f1", NOW - timedelta(hours=24)) == {}
    for account_id in (ACCOUNT, OTHER):
        with pytest.raises(KeyreachError, match=f"{account_id} is no longer in {shared.place.url}"):
            shared.take([account_id], "f1", Staging(tmp_path / "here"))


def test_deliveries_that_are_too_old_do_not_count(shared, tmp_path):
    fresh, old = (NOW - timedelta(hours=hours) for hours in (23, 25))
    staging = staged(tmp_path / "there")
    shared.deliver(delivery(started_at=fresh.isoformat()), staging)
    shared.deliver(delivery(account_id=OTHER, started_at=old.isoformat()), staging)
    shared.deliver(delivery(account_id=ORGANIZATION), staging)
    found = shared.deliveries([ACCOUNT, OTHER, "444444444444"], "f1", NOW - timedelta(hours=24))
    assert list(found) == [ACCOUNT]


def test_only_what_was_left_here_is_cleared(shared, tmp_path):
    theirs = ["theirs.json", "notes.txt", "their.token", ".bashrc", ".git-credentials"]
    for name in theirs:
        shared.place.put(name, b"{}")
    shared.deliver(delivery(), staged(tmp_path / "there"))
    shared.deliver(delivery(account_id=ORGANIZATION), staged(tmp_path / "there"))
    shared.note("shard-1-of-2", {"shard": 1})
    shared.show("client", "x")
    shared.place.put(f".{ACCOUNT}.delivery.12ab34cd", b"left by a machine that was killed")
    assert shared.notes() == {"shard-1-of-2": {"shard": 1}}
    shared.expire(NOW - timedelta(hours=1))
    assert len(shared.place.names()) == 5 + len(theirs)
    shared.clear()
    assert set(shared.place.names()) == set(theirs)


def test_what_is_too_old_expires(shared):
    shared.note("shard-1-of-2", {})
    shared.place.put("theirs.json", b"{}")
    shared.expire(datetime.now(UTC) + timedelta(minutes=1))
    assert set(shared.place.names()) == {"theirs.json"}


def test_a_token_is_shown_until_it_is_forgotten(shared):
    shared.show("client", "x")
    assert (shared.shown("client"), shared.shown("worker")) == ("x", None)
    shared.forget(["client", "worker"])
    assert shared.shown("client") is None


def test_another_prefix_of_the_bucket_is_another_place(s3):
    root, runs = Bucket("s3://shared", s3), Bucket("s3://shared/runs", s3)
    root.put("a", b"root")
    runs.put("a", b"runs")
    assert (read(root, "a"), read(runs, "a")) == (b"root", b"runs")
    assert set(root.names()) == {"a"}


def test_a_delivery_says_so_when_the_disk_of_its_machine_is_full(shared, tmp_path, monkeypatch):
    staging = staged(tmp_path / "there")
    staging.flush()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("collector.store.handover.shutil.copyfileobj", full)
    with pytest.raises(KeyreachError, match=r"cannot write .*No space left on device; make room"):
        shared.deliver(delivery(), staging)
    assert shared.place.names() == {}
