"""What a sync must leave in the ledger, told by the plan and not by what was collected."""

from __future__ import annotations

from typing import Any

import duckdb

from collector.collect import plan
from collector.collect.records import planned
from collector.collect.table import Each

REGIONS = ("us-east-1", "eu-west-1", "ap-east-1")
EVERYWHERE = ("*",)
"""In place of the regions of an account that cannot be asked for them."""

Record = tuple[str, str, str, str]
"""Account, table, operation, region."""

SERVICES = plan.services(["*"], [], ("", ""))
TABLES = [table for tables in SERVICES.values() for table in tables]


def of_account(account_id: str, regions: tuple[str, ...] = REGIONS) -> set[Record]:
    """Every record that one account must leave when all tables are collected."""
    where = {Each.ACCOUNT: ("global",), Each.REGION: regions, Each.ORGANIZATION: ()}
    return {
        (account_id, name, operation, region)
        for table in TABLES
        for name, operation in planned((table,), frozenset())
        for region in where[table.each]
    }


def of_organization(account_id: str) -> set[Record]:
    """Every record that asking this account for all tables of the organization must leave."""
    tables = tuple(table for table in TABLES if table.each is Each.ORGANIZATION)
    return {(account_id, name, operation, "global") for name, operation in planned(tables, frozenset())}


def recorded(estate: Any) -> set[Record]:
    """The records of the latest run, each of them once."""
    rows = estate.ask(
        "select account_id, table_name, operation, region from sync_scopes "
        "where run_id = (select arg_max(run_id, started_at) from sync_runs)"
    )
    assert len(rows) == len(set(rows))
    return set(rows)


def contents(db: Any) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, apart from what tells of which run it is and when that was."""
    with duckdb.connect(str(db), read_only=True) as connection:
        names = connection.execute("select table_name from duckdb_tables() order by 1").fetchall()
        found = {}
        for (name,) in names:
            if name not in ("sync_runs", "keyreach"):
                rows = connection.execute(f"select {_TIMELESS} from {name} order by all").fetchall()
                found[name] = rows
    return found


_TIMELESS = (
    "columns(c -> c not in ('run_id', 'collected_at', 'started_at', 'finished_at', 'raw', {}))".format(
        "'role_last_used', 'last_used_date'"
    )
)
"""Each sync uses the roles once more, which they tell."""
