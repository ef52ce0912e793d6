"""Tables and results of queries as files, one each, with a manifest that says what is complete."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb
from sqlalchemy import Connection, Engine

from collector.ask import check
from collector.ask.answer import Answer
from collector.ask.coverage import Coverage, Gap, coverage
from collector.ask.formats import FileFormat, Format, writer
from collector.ask.formats.cell import plain
from collector.ask.inventory import ask
from collector.ask.library import Query, library
from collector.ask.reads import Reads, reads
from collector.errors import KeyreachError, UsageError
from collector.globs import select
from collector.store import catalog
from collector.store.private import private


@dataclass(frozen=True)
class File:
    """One exported file, as the manifest lists it."""

    name: str
    """Table, view or query."""
    file: str
    rows: int
    columns: tuple[str, ...]
    complete: bool
    """Whether everything that it is made from was collected."""
    missing: list[dict[str, Any]]
    """What was not, a row per table, account, region and operation."""


def names(patterns: Iterable[str]) -> list[str]:
    """The tables, views and queries that the globs match; without globs, all tables and views.

    Queries that cannot run without parameters are left out. Raises UsageError for a glob that matches
    nothing, and for the name of such a query.
    """
    relations = sorted(catalog.tables())
    chosen = list(patterns)
    asking = {name for name, query in library().items() if query.asks}
    if named := sorted(asking.intersection(chosen)):
        hint = f"keyreach query {named[0]} -p NAME VALUE -o FILE"
        raise UsageError(f"{named[0]} needs parameters: use `{hint}`")
    known = [*relations, *(name for name in library() if name not in asking)]
    return select(known, chosen, where=("export", "")) if chosen else relations


def export(
    engine: Engine, db: Path, chosen: Iterable[str], to: Path, kind: FileFormat, raw: bool
) -> list[File]:
    """Write one file for each name, and manifest.json last. Raises UsageError if `to` cannot be written."""
    try:
        to.mkdir(mode=0o700, parents=True, exist_ok=True)
        with engine.connect() as connection:
            known = coverage(connection)
            files = [_export(connection, db, name, to, kind, raw, known) for name in chosen]
            run = next(ask(connection, "from sync_runs order by started_at desc limit 1").dicts(), {})
        manifest = {"run": plain(run), "format": kind.value, "files": [asdict(file) for file in files]}
        with _opened(to / "manifest.json") as stream:
            stream.write(json.dumps(manifest, indent=2) + "\n")
    except OSError as error:
        raise UsageError(f"cannot write to {to}: {error.strerror}") from error
    return files


def _export(
    connection: Connection, db: Path, name: str, to: Path, kind: FileFormat, raw: bool, known: Coverage
) -> File:
    path = to / f"{name}.{kind.value}"
    query = library().get(name)
    sql = query.sql if query else ordered(name)
    gaps = known.behind(_reads(name, query))
    if query and query.kind == "check":
        (result,) = check.run(connection, [query])
        rows = [tuple(getattr(f, column) for column in check.COLUMNS) for f in result.findings]
        answer = Answer(check.COLUMNS, iter(rows))
    else:
        answer = ask(connection, sql, query.values({}) if query else None)
    counted = _Counted(answer)
    if kind is FileFormat.PARQUET:
        with private():
            _parquet(db, path, query, sql, counted)
    else:
        with _opened(path) as stream:
            writer(Format(kind.value), raw)(counted.answer, stream)
    missing = [_missing(gap) for gap in gaps]
    return File(name, path.name, counted.rows, answer.columns, not gaps, missing)


class _Counted:
    """An answer, and how many of its rows were taken."""

    def __init__(self, answer: Answer) -> None:
        self.rows = 0
        self.answer = Answer(answer.columns, self._count(answer))

    def _count(self, answer: Answer) -> Any:
        for row in answer.rows:
            self.rows += 1
            yield row


def ordered(name: str) -> str:
    """A relation in the order of its primary key: the same rows give the same bytes."""
    relation = catalog.tables()[name]
    columns = [column.name for column in relation.columns]
    order = relation.primary_key if relation.kind == "table" else columns
    rest = [column for column in columns if column not in order] if relation.kind == "table" else []
    return f"select {', '.join(columns)} from {name} order by {', '.join([*order, *rest])}"


def _parquet(db: Path, path: Path, query: Query | None, sql: str, counted: _Counted) -> None:
    """DuckDB writes it on a connection of its own: the readers' one has no access to files."""
    aside = path.with_name(path.name + ".rows")
    target = str(path).replace("'", "''")
    options = "(format parquet, compression zstd)"
    try:
        with duckdb.connect() as native:
            native.execute("set TimeZone = 'UTC'")
            if query and query.kind == "check":
                with _opened(aside) as stream:
                    writer(Format.JSONL)(counted.answer, stream)
                columns = "{" + ", ".join(f"{name}: 'varchar'" for name in counted.answer.columns) + "}"
                source = str(aside).replace("'", "''")
                sql = f"from read_json('{source}', format = 'newline_delimited', columns = {columns})"
                native.execute(f"copy ({sql}) to '{target}' {options}")
                return
            attached = str(db).replace("'", "''")
            native.execute(f"attach '{attached}' as inventory (read_only)")
            native.execute("use inventory")
            values = query.values({}) if query else {}
            (counted.rows,) = native.execute(f"copy ({sql}) to '{target}' {options}", values).fetchone() or (
                0,
            )
    except duckdb.Error as error:
        raise KeyreachError(f"cannot write {path}: {error}") from error
    finally:
        aside.unlink(missing_ok=True)


def _reads(name: str, query: Query | None) -> Reads:
    if query:
        return query.reads
    relation = catalog.tables()[name]
    columns = frozenset(column.name for column in relation.columns)
    behind = reads(relation.query).tables if relation.kind == "view" else frozenset([name])
    return Reads(frozenset([name]), behind, columns)


def _missing(gap: Gap) -> dict[str, Any]:
    return {
        "table": gap.table_name,
        "account_id": gap.account_id,
        "region": gap.region,
        "operation": gap.operation,
        "error_code": gap.error_code,
        "accepted": gap.accepted,
        "resources": sorted(gap.resources),
    }


def _opened(path: Path) -> Any:
    """A new file that only its owner can read: an inventory tells an attacker where to look."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    return os.fdopen(handle, "w", encoding="utf-8", newline="")
