"""Loads `schema/*.sql`: the DDL that makes the file and the comments that document it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

import duckdb

from collector.paths import data_dir

SCHEMA_VERSION = 2
"""Version of the tables. A file with a higher one was written by a newer keyreach."""

_BLOCK = re.compile(
    r"((?:^--[^\n]*\n)+)^create (table|view) (\w+) \(\n(.*?)^\)(.*?);$", re.MULTILINE | re.DOTALL
)
_COLUMN = re.compile(r"^  (\w+)(?: +([^,\n]*?))?,? +-- (.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Column:
    """A column of a table or view."""

    name: str
    type: str
    """DuckDB's name of the type."""
    comment: str
    nullable: bool


@dataclass(frozen=True)
class Relation:
    """A table or view of the file, as `schema/` declares it."""

    name: str
    kind: str
    """`table` or `view`."""
    service: str
    """Stem of the file in `schema/` that declares it."""
    comment: str
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...]
    """Columns that identify a row; all columns where no key is declared."""
    query: str = ""
    """The query of a view."""


def create(connection: duckdb.DuckDBPyConnection) -> None:
    """Create every table and view of the schema, with its comments, in an empty database."""
    connection.execute("begin")
    for _, text in _files():
        connection.execute(text)
    connection.execute(_comments())
    connection.execute("commit")


@cache
def _comments() -> str:
    """The statements that comment on every table, view and column."""
    statements = []
    for relation in tables().values():
        statements.append(f"comment on {relation.kind} {relation.name} is {literal(relation.comment)}")
        statements += [
            f"comment on column {relation.name}.{column.name} is {literal(column.comment)}"
            for column in relation.columns
        ]
    return "; ".join(statements)


@cache
def tables() -> dict[str, Relation]:
    """Every table and view by name, in the order of creation."""
    connection = duckdb.connect()
    for _, text in _files():
        connection.execute(text)
    return {
        match[3]: _relation(connection, service, match)
        for service, text in _files()
        for match in _BLOCK.finditer(text)
    }


def _relation(connection: duckdb.DuckDBPyConnection, service: str, match: re.Match[str]) -> Relation:
    heading, kind, name, body, rest = match.groups()
    comments = {m[1]: m[3].strip() for m in _COLUMN.finditer(body)}
    described = connection.execute(
        "select column_name, data_type, is_nullable from duckdb_columns() "
        "where table_name = ? order by column_index",
        [name],
    ).fetchall()
    keys = connection.execute(
        "select constraint_column_names from duckdb_constraints() "
        "where table_name = ? and constraint_type = 'PRIMARY KEY'",
        [name],
    ).fetchone()
    columns = tuple(Column(n, t, comments.get(n, ""), nullable) for n, t, nullable in described)
    comment = " ".join(line.removeprefix("--").strip() for line in heading.splitlines())
    primary_key = tuple(keys[0]) if keys else tuple(column.name for column in columns)
    query = rest.strip().removeprefix("as").strip()
    return Relation(name, kind, service, comment, columns, primary_key, query)


@cache
def _files() -> tuple[tuple[str, str], ...]:
    """Stem and text of each file: tables of the services first, what is made of several services last."""
    paths = sorted(
        data_dir("schema").glob("*.sql"), key=lambda path: (path.stem.startswith("access"), path.stem)
    )
    return tuple((path.stem, path.read_text(encoding="utf-8")) for path in paths)


def literal(text: str) -> str:
    """A text as it stands in SQL where no parameter can."""
    return "'" + text.replace("'", "''") + "'"
