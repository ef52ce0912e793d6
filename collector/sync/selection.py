"""Which scopes of a plan a sync asks, and which it leaves as the last file has them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from collector.collect.table import Scope
from collector.sync.lines import scope_name

EVERY_REGION = "*"
"""In place of a region: all of an account's."""

Operations = Collection[tuple[str, str]]
"""Tables and operations, as `collect.records.planned` lists them."""


class Selection(Protocol):
    """Says of each planned scope whether it is asked. What is not asked stays, with its ledger rows."""

    def skips(self, scope: Scope, operations: Operations, switched_off: bool = False) -> bool:
        """Whether a scope is not asked for these operations, all of them.

        With `switched_off` nothing would be asked, only recorded that the region is not enabled.
        """


class Everything:
    """Asks all."""

    def skips(self, scope: Scope, operations: Operations, switched_off: bool = False) -> bool:
        """Never."""
        return False


@dataclass(frozen=True)
class Named:
    """Asks the scopes that are named, and nothing else."""

    scopes: frozenset[str]

    def skips(self, scope: Scope, operations: Operations, switched_off: bool = False) -> bool:
        """Whether the scope is not named; where it stands for every region, whether none of them is."""
        if scope_name(scope) in self.scopes:
            return False
        if scope.region == EVERY_REGION:
            start = f"{scope.service}/{scope.account_id}/"
            return all(not name.startswith(start) or name == f"{start}global" for name in self.scopes)
        return scope.region == "global" or f"{scope.service}/{scope.account_id}/*" not in self.scopes
