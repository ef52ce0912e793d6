"""Runs the cases that queries carry, on the real schema in memory."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import duckdb

from collector.ask.library import Case, Query
from collector.store import catalog

NOW = "2026-07-01T00:00:00Z"
"""Start of the latest run, unless a case gives runs of its own: what queries take as now."""
ACCOUNT, REGION = "111122223333", "eu-west-1"
"""Where the rows of a case are, unless it says otherwise."""

_FILLED = {"VARCHAR": "", "BOOLEAN": False, "BIGINT": 0, "INTEGER": 0, "TIMESTAMP WITH TIME ZONE": NOW}


@dataclass(frozen=True)
class Verdict:
    """What came of one case."""

    query: str
    case: str
    problem: str
    """Empty: the query did what the case expects."""


def run(queries: Iterable[Query]) -> Iterator[Verdict]:
    """Run every case of the queries."""
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    catalog.create(connection)
    for query in queries:
        for case in query.cases:
            with _undone(connection):
                yield Verdict(query.id, case.name, _problem(connection, query, case))


@contextmanager
def _undone(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    connection.execute("begin")
    try:
        yield
    finally:
        connection.execute("rollback")


def _problem(connection: duckdb.DuckDBPyConnection, query: Query, case: Case) -> str:
    defaults = {name: parameter.default for name, parameter in query.parameters.items()}
    try:
        for table, rows in {"sync_runs": [{"run_id": "r1"}], **case.given}.items():
            insert(connection, table, rows)
        cursor = connection.execute(query.sql, {**defaults, **case.parameters})
    except (duckdb.Error, KeyError) as error:
        return f"{type(error).__name__}: {error}"
    names = [column[0] for column in cursor.description or ()]
    found = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return (
        _compare_report(case.expect, found) if isinstance(case.expect, list) else _compare(case.expect, found)
    )


def insert(connection: duckdb.DuckDBPyConnection, table: str, rows: list[dict[str, Any]]) -> None:
    """Add rows of which only some columns are given. Raises KeyError for unknown tables or columns."""
    relation = catalog.tables()[table]
    types = {column.name: column.type for column in relation.columns}
    for row in rows:
        if unknown := set(row) - set(types):
            raise KeyError(f"{table} has no column {min(unknown)}")
        filled = {column.name: _FILLED[column.type] for column in relation.columns if not column.nullable}
        places = {"account_id": ACCOUNT, "region": REGION}
        full = {**filled, **{name: places[name] for name in places if name in filled}, **row}
        shape = json.dumps({name: types[name] for name in full})
        connection.execute(
            f"insert into {table} by name select r.* from (select from_json(?, ?) as r)",
            [json.dumps(full, default=str), shape],
        )


def _compare(expect: dict[str, str], found: list[dict[str, Any]]) -> str:
    told = {
        " ".join(filter(None, (row["resource_id"], row.get("related_id")))): row["status"] for row in found
    }
    if len(told) < len(found):
        return "two rows about the same resource and related resource"
    differing = sorted(key for key in {*expect, *told} if expect.get(key) != told.get(key))
    return "; ".join(
        f"{key}: expected {expect.get(key, 'no row')}, found {told.get(key, 'no row')}" for key in differing
    )


def _compare_report(expect: list[dict[str, Any]], found: list[dict[str, Any]]) -> str:
    if len(expect) != len(found):
        return f"expected {len(expect)} rows, found {len(found)}"
    for number, (wanted, row) in enumerate(zip(expect, found, strict=True), 1):
        for column, value in wanted.items():
            if column not in row or row[column] != value:
                return f"row {number}: expected {column} = {value!r}, found {row.get(column)!r}"
    return ""
