"""An inventory in which nothing was collected: for what the schema alone tells."""

from __future__ import annotations

from functools import cache

import duckdb

from collector.store import catalog


@cache
def empty() -> duckdb.DuckDBPyConnection:
    """A database with every table and view, and the rows that come with keyreach."""
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    catalog.create(connection)
    return connection
