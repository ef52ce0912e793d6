"""What the published file already knows when the next sync begins."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

from collector.errors import KeyreachError


def is_demo(db: Path) -> bool:
    """Whether the file is a demonstration's and not a real inventory."""
    return any(row["demo"] for row in _ask(db, "select demo from keyreach"))


def collected_accounts(db: Path) -> set[str]:
    """The accounts that earlier syncs asked, but for those that were retired."""
    rows = _ask(
        db,
        "select distinct account_id from sync_scopes "
        "where operation <> 'Retire' and not starts_with(table_name, 'aws_organizations')",
    )
    return {row["account_id"] for row in rows}


def organization(db: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The organization's accounts and units as last collected: for when they cannot be listed."""
    return (
        _ask(db, "select * from aws_organizations_accounts"),
        _ask(db, "select * from aws_organizations_organizational_units"),
    )


def sizes(db: Path) -> dict[str, float]:
    """Calls that an account took, on the average of the syncs that the ledger holds."""
    rows = _ask(
        db,
        "select account_id, sum(planned) / count(distinct run_id) as calls from sync_scopes group by all",
    )
    return {row["account_id"]: float(row["calls"]) for row in rows}


def _ask(db: Path, sql: str) -> list[dict[str, Any]]:
    if not db.exists():
        return []
    try:
        with duckdb.connect(str(db), read_only=True) as connection:
            cursor = connection.execute(sql)
            names = [column[0] for column in cursor.description or ()]
            return [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]
    except duckdb.Error as error:
        raise KeyreachError(
            f"cannot read {db}: {error}; what was collected is kept, run the same sync again"
        ) from error
