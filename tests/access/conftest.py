from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from collector.store import catalog
from tests.access.builder import Inventory


@pytest.fixture(scope="session")
def empty() -> Iterator[duckdb.DuckDBPyConnection]:
    """The schema in memory, made once."""
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'; set threads = 1")
        catalog.create(connection)
        yield connection


@pytest.fixture
def inventory(empty: duckdb.DuckDBPyConnection) -> Iterator[Inventory]:
    """An inventory of nothing yet, undone after the test."""
    empty.execute("begin")
    try:
        yield Inventory(empty)
    finally:
        empty.execute("rollback")
