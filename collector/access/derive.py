"""Fills the derived tables of an inventory: what is collected, put into relation."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb
import msgspec

from collector.access.hops import Hops
from collector.access.key_access import key_access
from collector.access.paths import paths
from collector.access.statements import statements
from collector.access.world import World
from collector.store import catalog, json_lines

_ROWS_AT_ONCE = 5_000


def derive(connection: duckdb.DuckDBPyConnection) -> None:
    """Fill `policy_statements`, `key_access` and `cross_account_paths` from the collected tables."""

    def ask(sql: str, parameters: object = None) -> list[Any]:
        return connection.execute(sql, parameters).fetchall()

    fill(connection, "policy_statements", statements(ask))
    world = World.read(ask)
    hops = Hops(world)
    fill(connection, "key_access", key_access(world, hops))
    fill(connection, "cross_account_paths", (path.row() for path in paths(world, hops)))


def fill(connection: duckdb.DuckDBPyConnection, table: str, rows: Iterable[dict[str, Any]]) -> None:
    """Load rows as JSON lines, which is faster than inserting them one by one."""
    columns = {column.name: column.type for column in catalog.tables()[table].columns}
    encode = msgspec.json.Encoder().encode
    remaining = map(encode, rows)
    with tempfile.TemporaryDirectory(prefix="keyreach-") as folder:
        lines = Path(folder) / "rows.jsonl"
        while longest := _written(lines, islice(remaining, _ROWS_AT_ONCE)):
            source = json_lines.source(lines, columns, longest)
            connection.execute(f"insert into {table} by name from {source}")


def _written(lines: Path, rows: Iterable[bytes]) -> int:
    """Write lines. Returns how many bytes the longest has; 0 if there are none."""
    longest = 0
    with lines.open("wb") as file:
        for row in rows:
            file.write(row + b"\n")
            longest = max(longest, len(row))
    return longest
