"""Files and disks that fail a sync: it says which and why, and what was published stays as it was."""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest

from tests.inventory import inventory
from tests.sync.estate import only

BLOCK, HEADERS = 4096, 3 * 4096
KEYS, FEW = only("aws_kms_keys"), only("aws_regions")
"""Syncs that are soon over."""


def refused(result, codes, *words):
    assert result.exit_code in (codes if isinstance(codes, tuple) else (codes,)), result.stderr
    assert result.stdout == ""
    assert result.stderr.splitlines()[-1].startswith("keyreach: ")
    for word in words:
        assert word in result.stderr
    return True


def sync(estate, *arguments, config=FEW):
    return estate.command("sync", estate.configure(config), *arguments)


def half(good):
    return good[: len(good) // 2]


def without_its_catalog(good):
    """The blocks that are read when the file is opened are at its end."""
    return good[: len(good) // 2] + bytes(len(good) - len(good) // 2)


@pytest.mark.parametrize("spoiled", [half, without_its_catalog])
def test_a_broken_inventory_is_wrong_usage_and_nothing_is_asked(lasting, spoiled):
    lasting.settled(FEW)
    broken = spoiled(lasting.db.read_bytes())
    lasting.db.write_bytes(broken)
    lasting.faults.clear()
    assert refused(sync(lasting), 2, "cannot be read as a DuckDB file")
    assert lasting.db.read_bytes() == broken
    assert sum(lasting.faults.calls.values()) == 0


def test_an_inventory_that_shows_only_at_the_end_that_it_is_broken_is_not_replaced(lasting):
    lasting.settled(KEYS)
    data = lasting.db.read_bytes()
    (where,) = lasting.column(
        "select max(block_id) from pragma_storage_info('aws_kms_keys') where persistent"
    )
    size = 16384
    start = HEADERS + where * size
    broken = data[:start] + bytes(size) + data[start + size :]
    lasting.db.write_bytes(broken)
    assert refused(sync(lasting, config=KEYS), 1, "cannot publish", "what was collected is kept")
    assert lasting.db.read_bytes() == broken
    assert lasting.staged()


def test_a_folder_is_no_inventory(lasting):
    lasting.db.mkdir()
    assert refused(sync(lasting), 2, str(lasting.db))
    assert list(lasting.db.iterdir()) == [] and not lasting.staging.exists()


def test_a_demonstration_does_not_become_a_real_inventory(lasting):
    rows = {"aws_s3_buckets": [{"arn": "arn:aws:s3:::of-the-demo", "name": "of-the-demo"}]}
    inventory(lasting.db, rows, demo=True)
    result = sync(lasting, config="")
    assert result.exit_code == 2 or "of-the-demo" not in lasting.column("select name from aws_s3_buckets")


def test_a_file_in_the_place_of_the_staging_folder(lasting):
    lasting.staging.write_text("mine")
    assert refused(sync(lasting), 2, str(lasting.staging))
    assert lasting.staging.read_text() == "mine"


def test_a_summary_that_cannot_be_appended_to_is_refused_before_anything_is_asked(lasting):
    lasting.faults.clear()
    assert refused(sync(lasting, "--summary", str(lasting.db.parent)), 2, "--summary")
    assert sum(lasting.faults.calls.values()) == 0


@pytest.fixture
def small(lasting, tmp_path):
    """An inventory on a disk of six megabytes."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(disk)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("nothing can be mounted here")
    lasting.db = disk / "inventory.duckdb"
    yield lasting
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


def fill(disk, free=0):
    """Leave so many bytes free."""
    with (disk / "ballast").open("wb", buffering=0) as ballast:
        for _ in range((shutil.disk_usage(disk).free - free) // 4096):
            ballast.write(bytes(4096))


def test_a_full_disk(small):
    disk = small.db.parent
    small.settled(FEW)
    before = small.db.read_bytes()
    fill(disk, free=500_000)
    full = "No space left on device"
    assert refused(sync(small), 1, "cannot publish", full, "what was collected is kept")
    assert small.staged()
    config = small.configure(FEW)
    fill(disk)
    assert refused(small.command("sync", config), 1, "cannot write", full, "make room")
    assert small.db.read_bytes() == before
    subprocess.run(["mount", "-o", "remount,size=40m", str(disk)], check=True)
    assert small.command("sync", config).exit_code == 0
    assert small.column("select resumed from sync_runs order by started_at") == [False, True]


def test_a_disk_without_room_for_the_lock(small):
    small.configure(FEW)
    fill(small.db.parent)
    assert refused(
        small.command("sync", str(small.db.parent / "keyreach.toml")), 2, "No space left on device"
    )


def test_every_line_of_the_summary_is_one_run(lasting):
    path = lasting.db.parent / "runs.jsonl"
    path.write_text('{"earlier": true}\n')
    for _ in range(2):
        assert sync(lasting, "--summary", str(path)).exit_code == 0
    first, *runs = [json.loads(line) for line in path.read_text().splitlines()]
    assert first == {"earlier": True}
    assert [run["run_id"] for run in runs] == lasting.column(
        "select run_id from sync_runs order by started_at"
    )
    assert runs[0]["config"]["role"]["external_id"] == "(not stored)"
    assert runs[0]["outcome"] == "complete" and runs[0]["accounts"] == 3
