"""The ledger in the file: this run's records, what is kept of earlier ones, accounts that were retired."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import duckdb

from collector.store import catalog

RETIRE = "Retire"
"""Operation recorded for the tables of an account that left."""


def load(connection: duckdb.DuckDBPyConnection, run: dict[str, Any], keep_days: float) -> None:
    """Fill sync_runs, sync_scopes and sync_failures from `staged` and `old`.

    The latest attempt at a scope is kept however old it is, and so are its failures: they say what the
    file lacks. Makes the temporary table `listed`: the scopes whose listings were complete in this run.
    """
    for name in ("sync_scopes", "sync_failures"):
        connection.execute(f"insert into {name} by name {_staged(name)}")
    connection.execute(
        "create temp table listed as select table_name, account_id, region from sync_scopes "
        "where columns is null group by all "
        "having bool_and(outcome in ('ok', 'gone', 'disabled', 'unsupported'))"
    )
    if _exists(connection, "sync_runs"):
        _carry_over(connection, run, keep_days)
    totals = connection.execute(
        "select count(*), coalesce(sum(failed), 0), coalesce(sum(rows), 0), "
        "coalesce(bool_and(accepted or outcome in ('ok', 'gone', 'disabled', 'unsupported')), true) "
        "from sync_scopes where run_id = $run_id",
        {"run_id": run["run_id"]},
    ).fetchone()
    assert totals is not None
    scopes, failures, rows, complete = totals
    row = {
        **run,
        "outcome": "complete" if complete else "incomplete",
        "scopes": scopes,
        "rows": rows,
        "failures": failures,
    }
    columns = ", ".join(row)
    values = ", ".join(f"${name}" for name in row)
    connection.execute(f"insert into sync_runs ({columns}) values ({values})", row)


def retire(connection: duckdb.DuckDBPyConnection, run: dict[str, Any], accounts: Iterable[str]) -> None:
    """Record the rows that went with accounts which a complete listing no longer has."""
    for account_id in sorted(accounts):
        for relation in catalog.tables().values():
            if not relation.name.startswith("aws_") or not _exists(connection, relation.name):
                continue
            connection.execute(
                f"insert into sync_scopes "
                f"select $run_id, '{relation.name}', $account, region, '{RETIRE}', null, 'gone', null, "
                f"'the account left', 0, 0, count(*), false, null, $at::timestamptz, $at::timestamptz "
                f"from old.main.{relation.name} where account_id = $account group by region",
                {"run_id": run["run_id"], "account": account_id, "at": run["finished_at"]},
            )


def _carry_over(connection: duckdb.DuckDBPyConnection, run: dict[str, Any], keep_days: float) -> None:
    parameters = {"now": run["finished_at"], "days": f"{keep_days} days"}
    connection.execute(
        "insert into sync_scopes by name select o.* from old.main.sync_scopes o "
        "where o.account_id not in (from retired) and (o.started_at > $now::timestamptz - $days::interval "
        "or not exists (from sync_scopes s where s.table_name = o.table_name and s.account_id = o.account_id "
        "and s.region = o.region and s.operation = o.operation)) "
        "qualify o.started_at > $now::timestamptz - $days::interval or row_number() over ("
        "partition by table_name, account_id, region, operation order by started_at desc, run_id desc) = 1",
        parameters,
    )
    connection.execute(
        "insert into sync_failures by name select o.* from old.main.sync_failures o "
        "where o.account_id not in (from retired) and not exists (from sync_scopes s "
        "where s.run_id = $run_id and s.table_name = o.table_name and s.account_id = o.account_id "
        "and s.region = o.scope_region and s.operation = o.operation)",
        {"run_id": run["run_id"]},
    )
    connection.execute(
        "insert into sync_runs by name select * from old.main.sync_runs "
        "where started_at > $now::timestamptz - $days::interval "
        "or run_id in (select run_id from sync_scopes) or run_id in (select run_id from sync_failures)",
        parameters,
    )


def _staged(name: str) -> str:
    shape = ", ".join(f'"{column.name}":"{column.type}"' for column in catalog.tables()[name].columns)
    return (
        "select r.* from (select from_json(row, '{"
        + shape
        + f"}}') as r from staged where \"table\" = '{name}')"
    )


def _exists(connection: duckdb.DuckDBPyConnection, name: str) -> bool:
    found = connection.execute(
        "select 1 from duckdb_tables() where database_name = 'old' and table_name = ?", [name]
    ).fetchone()
    return found is not None
