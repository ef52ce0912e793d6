"""The published file as everything that reads sees it: one SQLAlchemy engine, read-only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError

from collector.ask.answer import Answer
from collector.errors import KeyreachError, UsageError
from collector.store.publish import check

_CONFIG = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "python_enable_replacements": "false",
}
"""The same for all readers: DuckDB refuses a second configuration of one file in a process."""


def open_inventory(path: str | Path) -> Engine:
    """An SQLAlchemy engine on the inventory at `path`, for notebooks, BI tools and all else that reads.

    Read-only, without access to other files or the network; times are in UTC. It keeps reading the file
    that was there when it first connected, also after a sync: `dispose` it to see the next one. Raises
    UsageError if there is no inventory at `path`.
    """
    path = Path(path)
    if not path.exists():
        raise UsageError(
            f"no inventory at {path}: run `keyreach sync` or `keyreach demo`, or name one with --db"
        )
    check(path)
    url = URL.create("duckdb", database=str(path))
    engine = create_engine(url, connect_args={"read_only": True, "config": _CONFIG})

    @event.listens_for(engine, "connect")
    def use_utc(connection: Any, _: Any) -> None:
        connection.cursor().execute("set TimeZone = 'UTC'")

    return engine


def ask(connection: Connection, sql: str, parameters: Mapping[str, Any] | None = None) -> Answer:
    """Run one query with `$name` parameters. Raises KeyreachError with DuckDB's own words."""
    with _own_errors():
        result = connection.exec_driver_sql(sql, dict(parameters) if parameters else None)
    if not result.returns_rows:
        return Answer((), iter(()))
    return Answer(_distinct(result.keys()), _rows(result))


def _rows(result: Any) -> Iterator[tuple[Any, ...]]:
    with _own_errors():
        while batch := result.fetchmany(1000):
            for row in batch:
                yield tuple(row)


@contextmanager
def _own_errors() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        raise KeyreachError(str(error.orig)) from error


def _distinct(names: Any) -> tuple[str, ...]:
    """Column names, with a number behind those that occur before."""
    seen: dict[str, int] = {}
    found = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        found.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return tuple(found)
