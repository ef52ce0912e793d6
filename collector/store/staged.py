"""What was staged, put in order of tables and read in parts, so that little has to be in memory."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

import duckdb
import msgspec

from collector.store import catalog, json_lines
from collector.store.staging import CLOSED

_PART_BYTES = 4 << 20
"""DuckDB works on 2,048 rows at a time and has several copies of them, however long they are."""


class _Line(msgspec.Struct):
    table: str


class _Lines:
    """The lines of one table: files that are each small enough to be read at once."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder, self._name = folder, name
        self._file: BinaryIO | None = None
        self._size = 0
        self.parts: list[Path] = []
        self.longest = 0

    def add(self, line: bytes) -> None:
        if self._file is None or self._size >= _PART_BYTES:
            self.close()
            self.parts.append(self._folder / f"{self._name}.{len(self.parts)}.jsonl")
            self._file, self._size = self.parts[-1].open("wb"), 0
        self._file.write(line)
        self._size += len(line)
        self.longest = max(self.longest, len(line))

    def close(self) -> None:
        if self._file:
            self._file.close()


class Staged:
    """Staged lines, table by table."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, folder: Path, paths: Iterable[Path]) -> None:
        """Put the lines of `paths` in order in `folder`, and make the temporary table `closed`.

        That has each scope whose last line is there, when it was collected and how many calls it took.
        Lines of the others count for nothing.
        """
        self._lines = {table: _Lines(folder, table) for table in catalog.tables()}
        self._lines[CLOSED] = _Lines(folder, "closed")
        with ExitStack() as stack:
            for each in self._lines.values():
                stack.callback(each.close)
            decode = msgspec.json.Decoder(_Line).decode
            for path in paths:
                with gzip.open(path) as lines:
                    for line in lines:
                        if found := self._lines.get(decode(line).table):
                            found.add(line)
        connection.execute("create temp table closed (scope varchar, collected_at timestamptz, calls bigint)")
        for part in self._parts(CLOSED):
            connection.execute(
                "insert into closed select scope, (row ->> 'finished_at')::timestamptz, "
                f"(row ->> 'calls')::bigint from {part}"
            )

    def rows(self, table: str, types: Mapping[str, str]) -> Iterator[str]:
        """What stands in SQL for the rows of a table, part by part: columns of `types` and `collected_at`."""
        shape = ", ".join(f'"{name}":"{type_}"' for name, type_ in types.items())
        for part in self._parts(table):
            yield (
                f"(select r.*, collected_at from (select collected_at, from_json(row, '{{{shape}}}') as r "
                f"from {part} join closed using (scope)))"
            )

    def _parts(self, table: str) -> Iterator[str]:
        lines = self._lines[table]
        for path in lines.parts:
            yield json_lines.source(path, {"scope": "varchar", "row": "json"}, lines.longest)
