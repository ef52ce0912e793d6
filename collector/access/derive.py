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
from collector.store import catalog

_ROWS_AT_ONCE = 20_000
_LEAST_BUFFER = 1 << 20
"""Bytes. DuckDB reads JSON in blocks of several times what one object may take."""


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
    shape = {column.name: column.type for column in catalog.tables()[table].columns}
    columns = ", ".join(f"{name}: '{type}'" for name, type in shape.items())
    encode = msgspec.json.Encoder().encode
    remaining = map(encode, rows)
    with tempfile.TemporaryDirectory(prefix="keyreach-") as folder:
        lines = Path(folder) / "rows.jsonl"
        while size := _written(lines, islice(remaining, _ROWS_AT_ONCE)):
            connection.execute(
                f"insert into {table} by name select * from read_json(?, format = 'newline_delimited', "
                f"maximum_object_size = {size}, columns = {{{columns}}})",
                [str(lines)],
            )


def _written(lines: Path, rows: Iterable[bytes]) -> int:
    """Write lines. Returns what DuckDB has to hold of one: more than the longest; 0 if there are none."""
    longest = 0
    with lines.open("wb") as file:
        for row in rows:
            file.write(row + b"\n")
            longest = max(longest, len(row))
    return max(_LEAST_BUFFER, 2 * longest) if longest else 0
