"""Whoever reads while a sync runs: never blocked, never surprised."""

from __future__ import annotations

import subprocess
import sys

import duckdb
import pytest

from collector.errors import KeyreachError
from collector.sync.observer import Unobserved
from tests.sync.estate import only

KEYS = only("aws_kms_keys")

SNAPSHOT = """
import duckdb, sys
runs = "select count(*) from sync_runs"
connection = duckdb.connect(sys.argv[1], read_only=True)
print(connection.execute(runs).fetchone()[0], flush=True)
sys.stdin.readline()
print(connection.execute(runs).fetchone()[0], flush=True)
print(connection.execute("select count(*) from aws_kms_keys").fetchone()[0], flush=True)
"""
OPENING = """
import duckdb, sys, threading
seen, stop = [], threading.Event()
threading.Thread(target=lambda: (sys.stdin.readline(), stop.set()), daemon=True).start()
print("ready", flush=True)
while not stop.is_set() or len(set(seen)) < 2:
    with duckdb.connect(sys.argv[1], read_only=True) as connection:
        seen.append(connection.execute("select count(*) from sync_runs").fetchone()[0])
print(*sorted(set(seen)), flush=True)
"""
WRITING = """
import duckdb, sys
connection = duckdb.connect(sys.argv[1])
print("open", flush=True)
sys.stdin.readline()
"""


def other(code, db):
    """Python in another process, talked to by lines."""
    return subprocess.Popen(
        [sys.executable, "-c", code, str(db)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def test_an_open_reader_keeps_what_it_had(lasting):
    lasting.settled(KEYS)
    with other(SNAPSHOT, lasting.db) as reader:
        assert reader.stdout.readline() == "1\n"
        lasting.sync(KEYS)
        reader.stdin.write("go on\n")
        reader.stdin.flush()
        assert reader.stdout.read().split() == ["1", "3"]
    assert lasting.column("select count(*) from sync_runs") == [2]


def test_at_every_instant_the_file_can_be_opened(lasting):
    lasting.settled(KEYS)
    with other(OPENING, lasting.db) as reader:
        assert reader.stdout.readline() == "ready\n"
        lasting.sync(KEYS)
        reader.stdin.write("enough\n")
        reader.stdin.flush()
        assert reader.stdout.read().split() == ["1", "2"]
    assert reader.returncode == 0


class Writer(Unobserved):
    """Opens the inventory for writing when everything is staged."""

    def __init__(self, db):
        self.db, self.process = db, None

    def publishing(self):
        self.process = other(WRITING, self.db)
        assert self.process.stdout.readline() == "open\n"


def test_a_file_that_is_being_written_to_in_the_end_is_left_alone_and_nothing_is_asked_again(lasting):
    lasting.settled(KEYS)
    writer = Writer(lasting.db)
    with pytest.raises((KeyreachError, duckdb.IOException)):
        lasting.sync(KEYS, observer=writer)
    writer.process.communicate("done\n", timeout=30)
    assert lasting.column("select count(*) from sync_runs") == [1]
    assert lasting.staged()
    lasting.faults.clear()
    assert lasting.sync(KEYS).run["resumed"]
    assert lasting.faults.count("ListKeys") == 0
    assert not lasting.staging.exists()


def test_it_says_what_to_do_when_the_file_is_being_written_to_in_the_end(lasting):
    lasting.settled(KEYS)
    writer = Writer(lasting.db)
    try:
        with pytest.raises(KeyreachError, match="what was collected is kept"):
            lasting.sync(KEYS, observer=writer)
    finally:
        writer.process.communicate("done\n", timeout=30)
