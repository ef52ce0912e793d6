"""What the inventory lacks, and which verdicts rest on it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from collector.ask.inventory import ask
from collector.ask.reads import Reads

EVERYWHERE = ("*", "global")
"""Regions of a record that stand for more than one region."""


@dataclass(frozen=True)
class Gap:
    """An operation that did not complete in its latest attempt."""

    table_name: str
    account_id: str
    region: str
    operation: str
    columns: frozenset[str] | None
    """Columns it would have filled; None: rows may be missing or old."""
    error_code: str
    message: str
    accepted: bool
    resources: frozenset[str] = frozenset()
    """The only resources that it failed for; empty: it failed as a whole."""

    def touches(self, read: Reads) -> bool:
        """Whether a query with these reads depends on it."""
        if self.table_name not in read.tables:
            return False
        return self.columns is None or bool(self.columns & read.columns)

    def reaches(self, place: tuple[str, str]) -> bool:
        """Whether a resource in this account and region may be concerned."""
        account_id, region = place
        near = self.region in (*EVERYWHERE, region) or region in EVERYWHERE
        return account_id == self.account_id and near


@dataclass
class Coverage:
    """All gaps of an inventory."""

    gaps: list[Gap] = field(default_factory=list)

    def behind(self, read: Reads) -> list[Gap]:
        """The gaps that a query with these reads depends on."""
        return [gap for gap in self.gaps if gap.touches(read)]


def coverage(connection: Connection) -> Coverage:
    """Read the gaps of the inventory, in a fixed order."""
    failed: dict[tuple[str, ...], set[str]] = defaultdict(set)
    sql = "select table_name, account_id, scope_region, operation, resource_arn from sync_failures"
    for *key, resource in ask(connection, sql).rows:
        failed[tuple(key)].add(resource)
    sql = (
        "select table_name, account_id, region, operation, columns, error_code, message, accepted "
        "from sync_coverage order by all"
    )
    return Coverage([_gap(row, failed) for row in ask(connection, sql).dicts()])


def _gap(row: dict[str, Any], failed: dict[tuple[str, ...], set[str]]) -> Gap:
    key = (row["table_name"], row["account_id"], row["region"], row["operation"])
    return Gap(
        *key,
        columns=None if row["columns"] is None else frozenset(row["columns"]),
        error_code=row["error_code"] or "",
        message=row["message"] or "",
        accepted=row["accepted"],
        resources=frozenset(failed[key]),
    )


def place_of(arn: str) -> tuple[str, str] | None:
    """The account and region that an ARN names; None where it names no account, as for buckets."""
    parts = arn.split(":", 5)
    if len(parts) < 6 or parts[0] != "arn" or not parts[4]:
        return None
    return parts[4], parts[3] or "global"


def concerned(gaps: Iterable[Gap], places: set[tuple[str, str]], resources: set[str]) -> Iterator[Gap]:
    """Yield the gaps that a verdict about these resources, in these places, rests on."""
    for gap in gaps:
        if gap.resources:
            if gap.resources & resources:
                yield gap
        elif any(gap.reaches(place) for place in places):
            yield gap
