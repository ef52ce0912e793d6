"""What a query reads: derived from its SQL, so that nobody has to declare it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import duckdb

from collector.access.sources import sources
from collector.errors import KeyreachError
from collector.store import catalog


@dataclass(frozen=True)
class Reads:
    """Tables and columns that a query depends on, those behind views included."""

    relations: frozenset[str]
    """Tables and views that it names."""
    tables: frozenset[str]
    """Tables that it reads, directly, through views, or behind derived tables."""
    columns: frozenset[str]
    """Names of columns, of whatever table."""


@cache
def reads(sql: str, given: frozenset[str] = frozenset()) -> Reads:
    """What `sql` reads. Raises KeyreachError if it is not one SELECT statement.

    `given` are constants of a query around it, which narrow what a derived table rests on.
    """
    answer = duckdb.execute("select json_serialize_sql(?)", [sql]).fetchone()
    parsed: dict[str, Any] = (
        json.loads(answer[0]) if answer else {"error": True, "error_message": "no answer"}
    )
    if parsed["error"] or len(parsed["statements"]) != 1:
        raise KeyreachError(f"not a SELECT statement: {parsed.get('error_message', 'there must be one')}")
    nodes = list(_nodes(parsed))
    ctes = {entry["key"] for node in nodes for entry in node.get("cte_map", {}).get("map", ())}
    named = {node["table_name"] for node in nodes if node.get("type") == "BASE_TABLE"} - ctes
    columns = {name for node in nodes for name in _columns(node)}
    constants = given.union(value for node in nodes if isinstance(value := _constant(node), str))
    tables: set[str] = set()
    for name in named:
        relation = catalog.tables().get(name)
        if relation and relation.kind == "view":
            behind = reads(relation.query, constants)
            tables |= behind.tables
            columns |= behind.columns
        else:
            tables |= {name} | sources(name, constants)
    return Reads(frozenset(named), frozenset(tables), frozenset(columns))


def _nodes(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for part in value.values():
            yield from _nodes(part)
    elif isinstance(value, list):
        for part in value:
            yield from _nodes(part)


def _constant(node: dict[str, Any]) -> Any:
    return node.get("value", {}).get("value") if node.get("class") == "CONSTANT" else None


def _columns(node: dict[str, Any]) -> list[str]:
    if node.get("class") == "COLUMN_REF":
        return list(node["column_names"])
    return list(node.get("using_columns", ()))
