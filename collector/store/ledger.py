"""The ledger in the file: this run's records, what is kept of earlier ones, accounts that were retired."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import duckdb

from collector.store import catalog
from collector.store.staged import Staged

RETIRE = "Retire"
"""Operation recorded for the tables of an account that left."""

Accepted = Callable[[str, str, str], str | None]
"""Account, region, operation -> the reason why a gap there is accepted; None: it is not."""

_COMPLETE = "('ok', 'gone', 'disabled', 'unsupported')"

_THROTTLED = (
    "select coalesce(sum(most), 0) from (select max(throttled) as most from sync_scopes "
    "where run_id = $run_id group by account_id, region, operation)"
)
"""Throttled answers of a run: an operation that fills several tables is told of on each, but counts once."""


def nothing_accepted(account_id: str, region: str, operation: str) -> None:
    """Accept no gap."""


def load(
    connection: duckdb.DuckDBPyConnection,
    staged: Staged,
    run: dict[str, Any],
    keep_days: float,
    accepted: Accepted,
) -> dict[str, Any]:
    """Fill sync_runs, sync_scopes and sync_failures with what is staged and from `old`; the run's row.

    The latest attempt at a scope is kept however old it is, and so are its failures: they say what the
    file lacks. Makes the temporary table `listed`: the scopes whose listings were complete in this run.
    """
    for name in ("sync_scopes", "sync_failures"):
        types = {column.name: column.type for column in catalog.tables()[name].columns}
        for rows in staged.rows(name, types):
            connection.execute(
                f"insert into {name} by name select * exclude (collected_at) "
                f"replace ($run_id as run_id) from {rows}",
                {"run_id": run["run_id"]},
            )
    connection.execute(
        "create temp table listed as select table_name, account_id, region from sync_scopes "
        "where columns is null group by all "
        f"having bool_and(outcome in {_COMPLETE})"
    )
    if _exists(connection, "sync_runs"):
        _carry_over(connection, run, keep_days)
    _accept(connection, accepted)
    totals = connection.execute(
        "select count(*), coalesce(sum(failed), 0), coalesce(sum(rows), 0), "
        f"coalesce(bool_and(accepted or outcome in {_COMPLETE}), true), "
        "(select coalesce(sum(calls), 0) from closed), "
        f"({_THROTTLED}) from sync_scopes where run_id = $run_id",
        {"run_id": run["run_id"]},
    ).fetchone()
    assert totals is not None
    scopes, failures, rows, complete, calls, throttled = totals
    row = {
        **run,
        "outcome": "complete" if complete else "incomplete",
        "scopes": scopes,
        "calls": calls,
        "rows": rows,
        "failures": failures,
        "throttled": throttled,
    }
    columns = ", ".join(row)
    values = ", ".join(f"${name}" for name in row)
    connection.execute(f"insert into sync_runs ({columns}) values ({values})", row)
    return row


def retire(connection: duckdb.DuckDBPyConnection, run: dict[str, Any], accounts: Mapping[str, str]) -> None:
    """Record the rows that went with accounts which are no longer collected, and why they are not."""
    for account_id, reason in sorted(accounts.items()):
        for relation in catalog.tables().values():
            if not relation.name.startswith("aws_") or not _exists(connection, relation.name):
                continue
            connection.execute(
                f"insert into sync_scopes "
                f"select $run_id, '{relation.name}', $account, region, '{RETIRE}', null, 'gone', null, "
                f"$reason, 0, 0, count(*), 0, false, null, $at::timestamptz, $at::timestamptz "
                f"from old.main.{relation.name} where account_id = $account group by region",
                {
                    "run_id": run["run_id"],
                    "account": account_id,
                    "reason": reason,
                    "at": run["finished_at"],
                },
            )


def _carry_over(connection: duckdb.DuckDBPyConnection, run: dict[str, Any], keep_days: float) -> None:
    parameters = {"now": run["finished_at"], "days": f"{keep_days} days"}
    connection.execute(
        "insert into sync_scopes by name select o.* from old.main.sync_scopes o "
        "where o.account_id not in (from retired) and not (starts_with(o.table_name, 'aws_organizations') "
        "and exists (from sync_scopes n where n.table_name = o.table_name and n.operation = o.operation "
        "and n.account_id <> o.account_id)) and (o.started_at > $now::timestamptz - $days::interval "
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


def _accept(connection: duckdb.DuckDBPyConnection, accepted: Accepted) -> None:
    """Mark the gaps that are accepted: earlier ones too, because the configuration may have changed.

    An operation that failed for single resources is accepted where all of those failures are.
    """
    gaps = connection.execute(
        "select distinct account_id, region, operation from sync_failures union "
        f"select distinct account_id, region, operation from sync_scopes where outcome not in {_COMPLETE}"
    ).fetchall()
    connection.execute(
        "create temp table accepting (account_id varchar, region varchar, operation varchar, reason varchar)"
    )
    for gap in gaps:
        connection.execute("insert into accepting values (?, ?, ?, ?)", [*gap, accepted(*gap)])
    same = "a.account_id = {0}.account_id and a.region = {0}.region and a.operation = {0}.operation"
    connection.execute(
        "update sync_failures as f set accepted = a.reason is not null from accepting a "
        f"where {same.format('f')}"
    )
    connection.execute(
        "update sync_scopes as s set accepted = a.reason is not null, reason = a.reason from accepting a "
        f"where {same.format('s')} and s.outcome not in {_COMPLETE}"
    )
    connection.execute(
        "update sync_scopes as s set accepted = true, reason = f.reason from ("
        "select run_id, table_name, account_id, scope_region, operation, min(a.reason) as reason "
        "from sync_failures join accepting a using (account_id, region, operation) group by all "
        "having bool_and(accepted)) f where s.run_id = f.run_id and s.table_name = f.table_name "
        "and s.account_id = f.account_id and s.region = f.scope_region and s.operation = f.operation "
        f"and s.outcome not in {_COMPLETE}"
    )


def _exists(connection: duckdb.DuckDBPyConnection, name: str) -> bool:
    found = connection.execute(
        "select 1 from duckdb_tables() where database_name = 'old' and table_name = ?", [name]
    ).fetchone()
    return found is not None
