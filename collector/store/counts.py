"""How much the published file holds, and how many calls its latest attempts took."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from collector.errors import KeyreachError

_LATEST = "order by started_at desc, run_id desc"


@dataclass(frozen=True)
class Attempt:
    """The latest attempt at an operation in a scope."""

    table: str
    account_id: str
    region: str
    """Region of the scope: `global` for global services."""
    operation: str
    planned: int
    """Calls, further pages apart."""
    rows: int
    """Rows that a listing collected."""


class Counts:
    """Counts what an open file holds."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Of the file behind the connection."""
        self._connection = connection
        names = connection.execute("select table_name from duckdb_tables()").fetchall()
        self._tables = {name for (name,) in names}

    def latest_run(self) -> tuple[datetime, str]:
        """When the latest run began, and the account of its caller."""
        sql = f"select started_at, account_id from sync_runs {_LATEST} limit 1"
        ((started_at, account_id),) = self._connection.execute(sql).fetchall()
        return started_at.astimezone(UTC), account_id

    def attempts(self) -> list[Attempt]:
        """The latest attempt at each operation for each table and scope, in a fixed order."""
        rows = self._connection.execute(
            "select table_name, account_id, region, operation, planned, rows from sync_scopes "
            "where operation <> 'Retire' and region <> '*' qualify row_number() over ("
            f"partition by table_name, account_id, region, operation {_LATEST}) = 1 order by all"
        )
        return [Attempt(*row) for row in rows.fetchall()]

    def scopes(self) -> list[tuple[str, str, str, int]]:
        """Table, account, region of the scope, and the rows of the latest listing that found any."""
        return self._connection.execute(
            "select table_name, account_id, region, coalesce(arg_max(rows, started_at) filter (rows > 0), 0) "
            "from sync_scopes where operation <> 'Retire' and columns is null group by all"
        ).fetchall()

    def children(self, table: str, parent: str, more_than: int) -> dict[str, int]:
        """How many rows hang on each value of the column `parent`, where there are more than so many."""
        if table not in self._tables:
            return {}
        sql = f"select {parent}, count(*) from {table} group by 1 having count(*) > $1"
        return dict(self._connection.execute(sql, [more_than]).fetchall())

    def further_pages(self, table: str, parent: str, page: int) -> dict[tuple[str, str], int]:
        """By account and region: the pages after the first that the rows of all parents fill."""
        if table not in self._tables:
            return {}
        found = self._connection.execute(
            "select account_id, region, sum(ceil(n / $1) - 1)::bigint from ("
            f"select account_id, region, count(*) as n from {table} "
            f"group by account_id, region, {parent} having count(*) > $1) group by 1, 2",
            [page],
        )
        return {(account, region): pages for account, region, pages in found.fetchall()}

    def enabled(self) -> dict[str, set[str]]:
        """Account -> the regions that it has enabled."""
        found: dict[str, set[str]] = {}
        sql = "select account_id, region from aws_regions where enabled"
        for account, region in self._connection.execute(sql).fetchall():
            found.setdefault(account, set()).add(region)
        return found

    def regions(self, table: str) -> dict[str, dict[str, int]]:
        """Account -> region -> rows, of a table whose rows live in other regions than their scope."""
        found: dict[str, dict[str, int]] = {}
        if table not in self._tables:
            return found
        sql = f"select account_id, region, count(*) from {table} group by 1, 2 order by 1, 2"
        for account, region, count in self._connection.execute(sql).fetchall():
            found.setdefault(account, {})[region] = count
        return found


@contextmanager
def counts(db: Path) -> Iterator[Counts]:
    """Open a file for counting. Raises KeyreachError where it is absent or does not hold what it should."""
    if not db.exists():
        raise KeyreachError(f"there is no inventory at {db}")
    try:
        with duckdb.connect(str(db), read_only=True) as connection:
            yield Counts(connection)
    except duckdb.Error as error:
        raise KeyreachError(f"cannot read {db}: {error}") from error
