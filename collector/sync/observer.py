"""What a sync tells while it runs, so that whoever started it can show it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from collector.collect.accounts import Account


@dataclass
class Tally:
    """What was done for one account, or for all."""

    calls: int = 0
    rows: int = 0
    failures: int = 0
    """Failed calls."""
    gaps: int = 0
    """Scopes that are incomplete."""

    def add(self, more: Tally) -> None:
        """Count what else was done."""
        self.calls += more.calls
        self.rows += more.rows
        self.failures += more.failures
        self.gaps += more.gaps


class Observer(Protocol):
    """Told of progress, from the thread that runs the sync."""

    def started(self, accounts: int) -> None:
        """The accounts to collect are known."""

    def advanced(self, done: Tally) -> None:
        """A scope was collected."""

    def finished(self, account: Account, done: Tally, problem: str) -> None:
        """An account was collected. `problem` says why not, if it was not."""

    def publishing(self) -> None:
        """Everything is staged, and the file is being built."""


class Unobserved:
    """Nobody looks."""

    def started(self, accounts: int) -> None:
        """Say nothing."""

    def advanced(self, done: Tally) -> None:
        """Say nothing."""

    def finished(self, account: Account, done: Tally, problem: str) -> None:
        """Say nothing."""

    def publishing(self) -> None:
        """Say nothing."""
