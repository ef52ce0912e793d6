"""What the last file says of the scopes that others depend on, for when they are not asked."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

from collector.collect.plan import ORGANIZATION_SERVICE, REGIONS, REGIONS_SERVICE
from collector.collect.records import Result
from collector.collect.table import Scope
from collector.collect.tables import organizations
from collector.store import previous

Rows = list[dict[str, Any]]


class Published:
    """Accounts, units and regions as they were last collected."""

    def __init__(self, db: Path | None) -> None:
        """Read `db` when asked, and no more than needed. It may be absent; None: this machine has none."""
        self._db = db

    @cached_property
    def organization(self) -> tuple[Rows, Rows]:
        """Accounts and units."""
        return previous.organization(self._db) if self._db else ([], [])

    @cached_property
    def regions(self) -> dict[str, Rows]:
        """Account -> its regions."""
        return previous.regions(self._db) if self._db else {}

    def answer(self, scope: Scope) -> Result:
        """A scope's rows as if they had just been collected: those that tell what else there is to ask."""
        found: list[tuple[str, Rows]] = []
        if scope.service == ORGANIZATION_SERVICE:
            accounts, units = self.organization
            found = [
                (organizations.ACCOUNTS.name, accounts),
                (organizations.ORGANIZATIONAL_UNITS.name, units),
            ]
        elif scope.service == REGIONS_SERVICE and scope.region == "global":
            found = [(REGIONS, self.regions.get(scope.account_id, []))]
        return Result(scope, [(table, row, []) for table, rows in found for row in rows])
