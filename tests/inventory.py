"""Inventories made of a few rows, on the real schema: for what reads, without collecting anything."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from collector.ask.cases import ACCOUNT, NOW, REGION, insert
from collector.store import catalog

KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/"


def inventory(path: Path, tables: dict[str, list[dict[str, Any]]], demo: bool = False) -> Path:
    """Write a file that holds these rows and one run; columns that are not given are NULL."""
    path.write_bytes(_empty())
    with duckdb.connect(str(path)) as connection:
        connection.execute("insert into keyreach values ($1, '0', $2)", [catalog.SCHEMA_VERSION, demo])
        for table, rows in {"sync_runs": [{"run_id": "r1", "outcome": "complete"}], **tables}.items():
            insert(connection, table, rows)
    return path


@cache
def _empty() -> bytes:
    """A file with the schema and no rows."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "empty.duckdb"
        with duckdb.connect(str(path)) as connection:
            catalog.create(connection)
        return path.read_bytes()


def rotating(name: str, enabled: bool | None = True, **columns: Any) -> dict[str, Any]:
    """A key that can rotate."""
    key = {
        "arn": KEY + name,
        "key_id": name,
        "key_manager": "CUSTOMER",
        "origin": "AWS_KMS",
        "key_spec": "SYMMETRIC_DEFAULT",
        "key_state": "Enabled",
        **columns,
    }
    return key if enabled is None else {**key, "rotation_enabled": enabled}


def gap(table: str, operation: str, **columns: Any) -> dict[str, Any]:
    """A row of sync_scopes: an operation that was denied."""
    return {
        "run_id": "r1",
        "table_name": table,
        "operation": operation,
        "outcome": "denied",
        "error_code": "AccessDenied",
        "finished_at": NOW,
        **columns,
    }


def failure(table: str, operation: str, resource: str, **columns: Any) -> dict[str, Any]:
    """A row of sync_failures: a call about one resource that was denied."""
    return {
        "run_id": "r1",
        "table_name": table,
        "operation": operation,
        "resource_arn": resource,
        "scope_region": REGION,
        "outcome": "denied",
        "error_code": "AccessDenied",
        **columns,
    }
