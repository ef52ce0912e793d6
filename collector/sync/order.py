"""The largest first, by what the last inventory says: whoever begins last must not be the longest.

It changes when something is asked, never what is collected or published.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import inf
from pathlib import Path

from collector.collect import registry
from collector.collect.accounts import Account
from collector.collect.plan import Task
from collector.errors import KeyreachError
from collector.store.counts import counts
from collector.sync.lines import scope_name

log = logging.getLogger(__name__)

MANY_CHILDREN = 100
"""Resources with fewer rows under them need not be known: that is one page or two."""


@dataclass(frozen=True)
class Order:
    """Sizes as last published. What is not known goes first: it may be large."""

    scopes: Mapping[str, int] = field(default_factory=dict)
    """Scope, by its name in staging -> rows."""
    children: Mapping[str, int] = field(default_factory=dict)
    """ARN of a resource -> rows that took calls about it, where there are many."""

    def accounts(self, accounts: Iterable[Account]) -> list[Account]:
        """Accounts, those with the most rows first."""
        rows = Counter[str]()
        for scope, count in self.scopes.items():
            rows[scope.split("/")[1]] += count
        return sorted(accounts, key=lambda account: -rows[account.id] if account.id in rows else -inf)

    def tasks(self, tasks: Iterable[Task]) -> list[Task]:
        """The scopes of an account, those with the most rows first."""
        return sorted(tasks, key=lambda task: -self.scopes.get(scope_name(task.scope), inf))


def last(db: Path) -> Order:
    """The sizes that the published file tells. None where there is none, or none that can be read."""
    services = {table.name: stem for stem, tables in registry.by_service().items() for table in tables}
    scopes, children = Counter[str](), Counter[str]()
    try:
        with counts(db) as found:
            for name, account, region, rows in found.scopes():
                if name in services:
                    scopes[f"{services[name]}/{account}/{region}"] += rows
            for table in registry.tables():
                if table.parent and not table.from_parent:
                    children.update(found.children(table.name, next(iter(table.inherit)), MANY_CHILDREN))
    except KeyreachError as error:
        log.debug("no order of size: %s", error)
        return Order()
    return Order(scopes, children)
