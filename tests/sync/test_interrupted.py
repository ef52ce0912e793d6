"""Signals while a sync builds the next file: what was published stays, and what was collected is kept."""

from __future__ import annotations

import signal
import time
from dataclasses import replace

import pytest

from tests.sync.estate import DATA, only

KEYS = only("aws_kms_keys")
SLOW = """
import sys
from collector.cli.main import app
from collector.store import publish

class SlowlyStaged(publish.Staged):
    def __init__(self, connection, folder, paths):
        super().__init__(connection, folder, paths)
        connection.execute("set threads = 1")
        print("building", file=sys.stderr, flush=True)
        connection.execute("select count(*) from range(100000000000) where range % 7 = 3").fetchall()

publish.Staged = SlowlyStaged
app()
"""
"""keyreach, with a build that takes long, in the thread that signals are handled in."""


@pytest.fixture(scope="module", params=[signal.SIGINT, signal.SIGTERM], ids=["int", "term"])
def interrupted(request, built, tmp_path_factory):
    """A second sync, interrupted while it built: its estate, exit code, stderr, and the file before."""
    estate = replace(built, db=tmp_path_factory.mktemp("interrupted") / "inventory.duckdb")
    estate.settled(KEYS)
    before = estate.db.read_bytes()
    process = estate.start("sync", estate.configure(KEYS), program=("-c", SLOW))
    err = ""
    while not err.endswith("building\n"):
        line = process.stderr.readline()
        assert line, err
        err += line
    time.sleep(0.3)
    process.send_signal(request.param)
    out, rest = process.communicate(timeout=60)
    assert out == ""
    return estate, process.returncode, err + rest, before


def test_it_says_so_and_exits_130(interrupted):
    _, code, err, _ = interrupted
    assert code == 130
    assert err.splitlines()[-1] == "keyreach: interrupted"


def test_the_published_file_is_as_it_was_and_the_next_run_asks_nothing_again(interrupted):
    estate, code, _, before = interrupted
    assert code != 0
    assert estate.db.read_bytes() == before
    assert not estate.db.with_name(estate.db.name + ".new").exists()
    assert DATA in {path.name[:12] for path in estate.staged()}
    estate.faults.clear()
    assert estate.sync(KEYS).run["resumed"]
    assert estate.faults.count("ListKeys") == 0
    assert estate.column("select count(*) from sync_runs") == [2]
