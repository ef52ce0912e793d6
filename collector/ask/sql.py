"""Somebody's own SQL over the inventory: read-only, with no way to files, the network or settings."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Connection

from collector.ask.answer import Answer
from collector.ask.inventory import ask, open_inventory
from collector.errors import KeyreachError


@contextmanager
def sandbox(db: Path) -> Iterator[Connection]:
    """A connection to the inventory on which nothing can be set, attached, written or loaded."""
    engine = open_inventory(db)
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("set lock_configuration = true")
            yield connection
    finally:
        engine.dispose()


@contextmanager
def answer(
    connection: Connection, sql: str, parameters: Mapping[str, str], timeout: timedelta
) -> Iterator[Answer]:
    """The answer to one query, of which running and reading may take `timeout` together.

    Raises KeyreachError with DuckDB's own words, or when time is up.
    """
    expired = threading.Event()
    driver = connection.connection.driver_connection

    def stop() -> None:
        expired.set()
        driver.interrupt()  # type: ignore[union-attr]

    timer = threading.Timer(timeout.total_seconds(), stop)
    timer.daemon = True
    timer.start()
    try:
        yield ask(connection, sql, parameters)
    except KeyreachError as error:
        if expired.is_set():
            seconds = timeout.total_seconds()
            raise KeyreachError(
                f"the query took longer than {seconds:g} s: ask for less, or raise --timeout"
            ) from error
        raise
    finally:
        timer.cancel()
