"""`--max-age`: a scope that was collected whole, and not long ago, is not asked again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import collector
from collector.collect import plan, registry
from collector.collect.table import Scope
from collector.store import attempts
from collector.store.attempts import Attempt
from collector.sync.selection import Operations

_LONGEST = timedelta(days=10_000)
"""Any age beyond this one is the same, and no time is before the calendar's begin."""


def fresh(db: Path, max_age: timedelta) -> Fresh:
    """What a file has that is younger than `max_age`."""
    now = datetime.now(UTC)
    return Fresh(last_attempts(db, now - min(max_age, _LONGEST)), now, max_age)


class Fresh:
    """Skips the scopes of which every operation that would be planned was complete and is young enough."""

    def __init__(self, found: Iterable[Attempt], now: datetime, max_age: timedelta) -> None:
        """Count what finished less than `max_age` before `now`, and not after it."""
        self._covered = covered(
            attempt for attempt in found if timedelta() <= now - attempt.finished_at < max_age
        )

    def skips(self, scope: Scope, operations: Operations, switched_off: bool = False) -> bool:
        """Whether the published file has it.

        That a region was switched off is no answer once it is on, nor the other way round.
        """
        known = self._covered.get((scope.account_id, scope.region, switched_off), frozenset())
        return {f"{table} {operation}" for table, operation in operations} <= known


def last_attempts(db: Path, since: datetime) -> Iterator[Attempt]:
    """The complete attempts since then that count for this version and its plan.

    A listing that had to be put together from one call per region does not: it does not tell for which
    regions it was made.
    """
    single = {f"{table.name} {table.list.operation}" for table in registry.tables() if table.region_filter}
    return attempts.attempts(db, since, collector.__version__, plan.REGION_DISABLED, single)


def covered(found: Iterable[Attempt]) -> dict[tuple[str, str, bool], frozenset[str]]:
    """Account, region and whether it was switched off -> the operations of all its attempts."""
    result: dict[tuple[str, str, bool], frozenset[str]] = {}
    shared: dict[frozenset[str], frozenset[str]] = {}
    for attempt in found:
        place = (attempt.account_id, attempt.region, attempt.switched_off)
        both = result.get(place, frozenset()) | attempt.operations
        result[place] = shared.setdefault(both, both)
    return result
