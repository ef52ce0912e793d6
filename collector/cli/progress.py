"""A running sync as people see it: a bar on a terminal, a line per account elsewhere."""

from __future__ import annotations

import logging
import time
from types import TracebackType

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from collector.ask.formats.cell import shown
from collector.collect.accounts import Account
from collector.sync.observer import Tally

log = logging.getLogger(__name__)


class Lines:
    """One line per finished account, as log messages."""

    def __init__(self) -> None:
        """Begin to measure."""
        self._began = time.monotonic()

    def __enter__(self) -> Lines:
        """Nothing to open."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing to close."""

    def started(self, accounts: int) -> None:
        """Say how many accounts there are."""
        log.info("%d accounts to collect", accounts, extra={"fields": {"accounts": accounts}})

    def advanced(self, done: Tally) -> None:
        """Too often for a line."""

    def finished(self, account: Account, done: Tally, problem: str) -> None:
        """Say what came of the account."""
        fields = {
            "account_id": account.id,
            "account_name": account.name,
            "calls": done.calls,
            "rows": done.rows,
            "failures": done.failures,
            "elapsed_seconds": round(time.monotonic() - self._began, 1),
        }
        name = f"{account.id} {account.name}".strip()
        if problem:
            log.warning("%s: %s", name, problem, extra={"fields": {**fields, "problem": problem}})
            return
        log.info(
            "%s: %d calls, %d rows, %d failed calls",
            name,
            done.calls,
            done.rows,
            done.failures,
            extra={"fields": fields},
        )

    def publishing(self) -> None:
        """Say that the file is being built."""
        log.info("publishing")


class Bar(Lines):
    """A bar with accounts, calls, rows, failed calls and the time left; accounts with problems above it."""

    def __init__(self) -> None:
        """Draw on stderr."""
        super().__init__()
        self._console = Console(stderr=True, highlight=False)
        self._total = Tally()
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("accounts, {task.fields[calls]} calls ({task.fields[failures]} failed),"),
            TextColumn("{task.fields[rows]} rows"),
            TimeRemainingColumn(),
            console=self._console,
        )
        self._task = self._progress.add_task("Listing accounts", total=None, calls=0, rows=0, failures=0)

    def __enter__(self) -> Bar:
        """Begin to draw."""
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop drawing; the last state stays on the screen."""
        self._progress.stop()

    def started(self, accounts: int) -> None:
        """Now there is an end to move towards."""
        self._progress.update(self._task, description="Collecting", total=accounts)

    def advanced(self, done: Tally) -> None:
        """Move the counts."""
        self._total.add(done)
        total = self._total
        self._progress.update(self._task, calls=total.calls, rows=total.rows, failures=total.failures)

    def finished(self, account: Account, done: Tally, problem: str) -> None:
        """Move the bar, and say what went wrong."""
        self._progress.advance(self._task)
        if problem:
            self._console.print(escape(shown(f"{account.id} {account.name}: {problem}")))

    def publishing(self) -> None:
        """Say what goes on at the end."""
        self._progress.update(self._task, description="Publishing")
