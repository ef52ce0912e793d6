"""What was collected from one scope as the lines that are staged: rows, and the ledger's records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from collector.collect import registry
from collector.collect.records import Operation, ResourceFailure, Result, Row
from collector.collect.table import Scope, Table
from collector.store.merge import Merge

Line = tuple[str, dict[str, Any]]
"""Table and row."""


def scope_name(scope: Scope) -> str:
    """The name by which staging knows a scope."""
    return f"{scope.service}/{scope.account_id}/{scope.region}"


def of_rows(rows: Iterable[Row]) -> Iterator[Line]:
    """Yield the rows of the collected tables."""
    for table, row, missing in rows:
        yield table, {**row, "_missing": missing}


def lines(result: Result, run_id: str, started_at: datetime, finished_at: datetime) -> Iterator[Line]:
    """Yield the result's rows of the collected tables, of sync_scopes and of sync_failures."""
    yield from of_rows(result.rows)
    for operation in result.operations:
        times = {"started_at": started_at, "finished_at": finished_at}
        yield "sync_scopes", {"run_id": run_id, **_scope_row(result.scope, operation), **times}
    for failure in result.failures:
        yield "sync_failures", {"run_id": run_id, **_failure_row(result.scope, failure)}


def merges() -> tuple[Merge, ...]:
    """How each declared table is merged."""
    return tuple(_merge(table) for table in registry.tables())


def _merge(table: Table) -> Merge:
    root = [table, *table.ancestors()][-1]
    operations = {call.operation for call in table.details if call.columns}
    return Merge(
        name=table.name,
        root=root.name,
        each=table.each.value,
        parent_column=next(iter(table.inherit), ""),
        fills={operation: table.fills(operation) for operation in sorted(operations)},
    )


def _scope_row(scope: Scope, operation: Operation) -> dict[str, Any]:
    failure = operation.failure
    return {
        "table_name": operation.table,
        "account_id": scope.account_id,
        "region": scope.region,
        "operation": operation.operation,
        "columns": operation.columns,
        "outcome": operation.outcome.value,
        "error_code": failure.code if failure else None,
        "message": failure.message if failure else None,
        "planned": operation.planned,
        "failed": operation.failed,
        "rows": operation.rows,
        "throttled": operation.throttled,
        "accepted": False,
    }


def _failure_row(scope: Scope, failure: ResourceFailure) -> dict[str, Any]:
    return {
        "table_name": failure.table,
        "account_id": scope.account_id,
        "scope_region": scope.region,
        "region": failure.region,
        "operation": failure.operation,
        "resource_arn": failure.resource,
        "outcome": failure.failure.outcome.value,
        "error_code": failure.failure.code,
        "message": failure.failure.message,
        "accepted": False,
    }
