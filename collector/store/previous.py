"""What the published file already knows when the next sync begins."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

from collector.errors import KeyreachError


def is_demo(db: Path) -> bool:
    """Whether the file is a demonstration's and not a real inventory."""
    return any(row["demo"] for row in ask(db, "select demo from keyreach"))


def collected_accounts(db: Path) -> set[str]:
    """The accounts that earlier syncs asked, but for those that were retired."""
    rows = ask(
        db,
        "select distinct account_id from sync_scopes "
        "where operation <> 'Retire' and not starts_with(table_name, 'aws_organizations')",
    )
    return {row["account_id"] for row in rows}


def organization(db: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The organization's accounts and units as last collected: for when they cannot be listed."""
    return (
        ask(db, "select * from aws_organizations_accounts"),
        ask(db, "select * from aws_organizations_organizational_units"),
    )


def regions(db: Path) -> dict[str, list[dict[str, Any]]]:
    """Account -> its regions as last collected, rows of aws_regions."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in ask(db, "select account_id, region, enabled from aws_regions order by all"):
        found.setdefault(row["account_id"], []).append(row)
    return found


def gaps(db: Path) -> list[dict[str, Any]]:
    """Table, account and region of what the file lacks, and whether each gap is accepted."""
    return ask(db, "select distinct table_name, account_id, region, accepted from sync_coverage")


def ask(db: Path, sql: str, parameters: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    """The rows of a query; none without a file. Raises KeyreachError where the file cannot be read."""
    if not db.exists():
        return []
    try:
        with duckdb.connect(str(db), read_only=True) as connection:
            cursor = connection.execute(sql, parameters or {})
            names = [column[0] for column in cursor.description or ()]
            return [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]
    except duckdb.Error as error:
        raise KeyreachError(
            f"cannot read {db}: {error}; what was collected is kept, run the same sync again"
        ) from error
