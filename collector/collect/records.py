"""What collecting a scope leaves: rows, one record per operation, one failure per failed resource call."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from collector.collect.outcome import Failure, Outcome
from collector.collect.table import Scope, Table


@dataclass
class Item:
    """A resource while it is collected."""

    table: Table
    region: str
    listed: dict[str, Any]
    """Its entry in the listing."""
    answers: dict[str, Any]
    """Operation -> answer."""
    row: dict[str, Any] = field(default_factory=dict)
    resource: str = ""
    """Its ARN."""
    missing: list[str] = field(default_factory=list)
    """Operations without an answer; their columns keep the last good values."""
    reasons: dict[str, Failure] = field(default_factory=dict)
    gone: bool = False


@dataclass(frozen=True)
class Operation:
    """A row of the ledger: one operation for one table in one scope."""

    table: str
    operation: str
    columns: tuple[str, ...] | None
    """Columns it fills; None for a listing."""
    outcome: Outcome
    failure: Failure | None
    planned: int
    failed: int
    rows: int
    throttled: int = 0
    """Answers that AWS throttled, those of retries included."""


@dataclass(frozen=True)
class ResourceFailure:
    """A call about one resource that failed."""

    table: str
    operation: str
    region: str
    resource: str
    failure: Failure


Row = tuple[str, dict[str, Any], list[str]]
"""Table, row, operations that are missing in it."""


@dataclass
class Result:
    """Everything collected from one scope."""

    scope: Scope
    rows: list[Row] = field(default_factory=list)
    """Those that were not handed over before the scope was done."""
    handed_over: int = 0
    """Rows that were."""
    operations: list[Operation] = field(default_factory=list)
    failures: list[ResourceFailure] = field(default_factory=list)
    calls: int = 0
    """API calls made, pages counted, retries not."""
    throttled: Counter[str] = field(default_factory=Counter)
    """Operation -> answers that AWS throttled."""

    @property
    def complete(self) -> bool:
        """Whether every operation completed."""
        return all(operation.outcome.complete for operation in self.operations)


@dataclass
class _Tally:
    planned: int = 0
    failed: int = 0
    rows: int = 0
    noted: int = 0
    """Calls without an answer of which nothing is missing."""
    worst: Failure | None = None
    note: Failure | None = None


class Ledger:
    """Counts what was planned and what failed, for every operation that the tables plan."""

    def __init__(self, tables: tuple[Table, ...], options: frozenset[str]) -> None:
        """Plan one record for each table and operation that `options` ask for."""
        self._tables = {table.name: table for table in tables}
        self._tallies = {key: _Tally() for key in planned(tables, options)}
        self._failures: list[tuple[Item, str, str, Failure]] = []

    def plan(self, table: Table, operation: str) -> None:
        """A call is about to be made."""
        self._tallies[table.name, operation].planned += 1

    def row(self, table: Table) -> None:
        """A row was collected."""
        self._tallies[table.name, table.list.operation].rows += 1

    def fail(self, table: Table, operation: str, failure: Failure, item: Item | None = None) -> None:
        """A call had no answer. Complete outcomes are noted, but count as no failure."""
        tally = self._tallies[table.name, operation]
        if failure.outcome.complete:
            tally.noted += 1
            tally.note = failure
            return
        tally.failed += 1
        tally.worst = min(filter(None, (tally.worst, failure)), key=_rank)
        if item is not None:
            self._failures.append((item, table.name, operation, failure))

    def failed(self, table: Table, operation: str) -> bool:
        """Whether a call of this operation failed, so that its answers are not all there."""
        return self._tallies[table.name, operation].failed > 0

    def records(self, scope: Scope, throttled: Mapping[str, int]) -> list[Operation]:
        """One record per planned operation, in a fixed order.

        `throttled` counts throttled answers by operation: each table that an operation fills is told of them.
        """
        return [
            replace(self._record(*key, tally), throttled=throttled.get(key[1], 0))
            for key, tally in sorted(self._tallies.items())
        ]

    def failures(self, scope: Scope) -> list[ResourceFailure]:
        """The failed calls about single resources, once each, in a fixed order."""
        found = {
            (table, operation, item.resource): ResourceFailure(
                table, operation, item.region, item.resource, failure
            )
            for item, table, operation, failure in self._failures
        }
        return [found[key] for key in sorted(found)]

    def _record(self, name: str, operation: str, tally: _Tally) -> Operation:
        table = self._tables[name]
        listing = table.lists(operation)
        columns = None if listing else table.fills(operation)
        failure, outcome = tally.worst, Outcome.OK
        if failure:
            outcome = failure.outcome
        elif not tally.planned and (cause := self._cause(table, operation)):
            failure, outcome = cause, Outcome.NOT_ATTEMPTED
        elif tally.note and tally.noted == tally.planned and listing and table.parent is None:
            failure, outcome = tally.note, tally.note.outcome
        return Operation(name, operation, columns, outcome, failure, tally.planned, tally.failed, tally.rows)

    def _cause(self, table: Table, operation: str) -> Failure | None:
        """The failed listing that a call which was never made would have followed."""
        above = [table, *table.ancestors()] if operation != table.list.operation else [*table.ancestors()]
        for source in above:
            if failure := self._tallies[source.name, source.list.operation].worst:
                return Failure(Outcome.NOT_ATTEMPTED, failure.code, f"{source.list.operation} failed")
        return None


_WORST_FIRST = (Outcome.ERROR, Outcome.DENIED, Outcome.THROTTLED, Outcome.NOT_ATTEMPTED)


def _rank(failure: Failure) -> tuple[int, str, str]:
    """The worst first: what an operation's record tells does not depend on which call failed first."""
    return _WORST_FIRST.index(failure.outcome), failure.code, failure.message


def planned(tables: tuple[Table, ...], options: frozenset[str]) -> list[tuple[str, str]]:
    """Table and operation of every record that collecting these tables must leave."""
    return sorted(
        {
            (table.name, call.operation)
            for table in tables
            for call in table.calls
            if not call.option or call.option in options
        }
    )
