"""The last run, how old it is, and what it did not collect."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from collector.ask.inventory import ask
from collector.ask.library import library

_OLDEST = """
select min(finished_at) as oldest from (
  from sync_scopes
  where outcome in ('ok', 'gone', 'disabled', 'unsupported') and operation <> 'Retire'
  qualify row_number() over (
    partition by table_name, account_id, region, operation order by started_at desc, run_id desc
  ) = 1
)
"""


@dataclass(frozen=True)
class Status:
    """What an inventory says of itself."""

    run: dict[str, Any]
    """The latest row of sync_runs."""
    age: timedelta
    """Since that run."""
    oldest: datetime | None
    """When the oldest of what is there was collected: a run need not ask everything. None: nothing is."""
    gaps: list[dict[str, Any]]
    """Rows of the report collection-coverage."""


def status(connection: Connection) -> Status:
    """Read it from the inventory."""
    run = next(ask(connection, "from sync_runs order by started_at desc limit 1").dicts())
    oldest = next(ask(connection, _OLDEST).dicts())["oldest"]
    gaps = list(ask(connection, library()["collection-coverage"].sql).dicts())
    return Status(run, datetime.now(UTC) - run["finished_at"], oldest, gaps)
