import gzip
import json
from datetime import UTC, datetime

import pytest

from collector.errors import KeyreachError
from collector.store import staging
from collector.store.staging import Staging

NOW = datetime(2026, 7, 1, tzinfo=UTC)


@pytest.fixture
def stage(tmp_path):
    return Staging(tmp_path / "x.staging")


def lines(path):
    return [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]


def test_scopes_of_one_account_share_a_file(stage):
    stage.append("1", "kms/1/a", [("t", {"n": 1})], complete=True, finished_at=NOW)
    stage.append(
        "1",
        "kms/1/b",
        [("t", {"at": datetime(2026, 1, 2, tzinfo=UTC), "b": b"\0"})],
        complete=True,
        finished_at=NOW,
    )
    stage.append("2", "kms/2/a", [], complete=False, finished_at=NOW)
    stage.flush()
    assert [path.name for path in stage.paths()] == ["1.jsonl.gz", "2.jsonl.gz"]
    rows = lines(stage.paths()[0])
    assert [row["scope"] for row in rows] == ["kms/1/a", "kms/1/a", "kms/1/b", "kms/1/b"]
    assert rows[2]["row"] == {"at": "2026-01-02T00:00:00+00:00", "b": "AA=="}


def test_only_its_owner_can_read_it(stage):
    stage.append("1", "s", [], complete=True, finished_at=NOW)
    stage.flush()
    assert stage.folder.stat().st_mode & 0o777 == 0o700
    assert stage.paths()[0].stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("cut", [1, 5, 20])
def test_a_member_cut_short_is_dropped_and_the_rest_resumed(stage, cut):
    stage.append("1", "s1", [("t", {"n": 1})], complete=True, finished_at=NOW)
    stage.flush()
    stage.append("1", "s2", [("t", {"n": 2})], complete=True, finished_at=NOW)
    stage.flush()
    (path,) = stage.paths()
    path.write_bytes(path.read_bytes()[:-cut])
    assert stage.resume() == {"s1"}
    assert [line["scope"] for line in lines(path)] == ["s1", "s1"]


def test_scopes_that_failed_are_not_resumed(stage):
    stage.append("1", "good", [("t", {})], complete=True, finished_at=NOW)
    stage.append("1", "bad", [("t", {})], complete=False, finished_at=NOW)
    stage.flush()
    assert stage.resume() == {"good"}
    assert {line["scope"] for line in lines(stage.paths()[0])} == {"good"}


def test_a_full_disk_loses_nothing_that_was_written(stage, monkeypatch):
    stage.append("1", "s1", [("t", {"n": 1})], complete=True, finished_at=NOW)
    stage.flush()
    before = stage.paths()[0].read_bytes()

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(staging.os, "fsync", full)
    stage.append("1", "s2", [("t", {"n": 2})], complete=True, finished_at=NOW)
    with pytest.raises(KeyreachError, match="No space left on device"):
        stage.flush()
    assert stage.paths()[0].read_bytes() == before


def test_the_description_tells_whose_staging_it_is(stage):
    assert stage.description() is None
    stage.restart({"run_id": "r1"})
    assert stage.description() == {"run_id": "r1"}
    stage.clear()
    assert not stage.folder.exists()


def test_a_scope_may_come_in_parts_and_counts_once_it_is_closed(stage):
    stage.add("1", "whole", [("t", {"n": 1})])
    stage.add("1", "broken off", [("t", {"n": 2})])
    stage.flush()
    stage.append("1", "whole", [("t", {"n": 3})], complete=True, finished_at=NOW)
    stage.flush()
    assert stage.resume() == {"whole"}
    (path,) = stage.paths()
    assert [line["row"].get("n") for line in lines(path)] == [1, 3, None]
