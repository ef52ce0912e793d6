"""Which files the demonstration writes to."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from collector.cli.demo import refuse_real_inventory
from collector.errors import UsageError


def inventory(path: Path, demo: bool) -> Path:
    """A file with the one row that tells demonstrations from real inventories."""
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table keyreach (schema_version integer, version varchar, demo boolean)")
        connection.execute("insert into keyreach values (1, '0', $1)", [demo])
    return path


def test_nothing_there_or_an_earlier_demonstration(tmp_path: Path) -> None:
    refuse_real_inventory(tmp_path / "none.duckdb")
    refuse_real_inventory(inventory(tmp_path / "demo.duckdb", demo=True))


def test_a_real_inventory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="real inventory"):
        refuse_real_inventory(inventory(tmp_path / "real.duckdb", demo=False))


@pytest.mark.parametrize("content", [b"", b"something else entirely"])
def test_a_foreign_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "foreign.duckdb"
    path.write_bytes(content)
    with pytest.raises(UsageError, match="cannot be read as a DuckDB file"):
        refuse_real_inventory(path)
    assert path.read_bytes() == content
