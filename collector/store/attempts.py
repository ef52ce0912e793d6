"""The last good attempts at collecting each scope, as the published file records them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from collector.store import previous
from collector.store.ledger import RETIRE


@dataclass(frozen=True)
class Attempt:
    """Operations of one scope that were attempted together, and of which nothing is missing."""

    account_id: str
    region: str
    switched_off: bool
    """Whether nothing was asked, because the account had not enabled the region."""
    started_at: datetime
    finished_at: datetime
    operations: frozenset[str]
    """Table and operation, with a space between."""


_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)

_SQL = f"""
with latest as (
  from sync_scopes where operation <> '{RETIRE}' and region <> '*' and finished_at >= $since
  qualify row_number() over (
    partition by table_name, account_id, region, operation order by started_at desc, run_id desc
  ) = 1
)
select
  l.account_id, l.region, coalesce(l.error_code = $switched_off, false) as switched_off,
  l.started_at, l.finished_at, list(l.table_name || ' ' || l.operation) as operations
from latest l join sync_runs r using (run_id)
where l.outcome in ('ok', 'gone', 'disabled', 'unsupported') and r.version = $version
  and not (l.planned > 1 and list_contains($single, l.table_name || ' ' || l.operation))
  and not exists (
    from sync_failures f where f.table_name = l.table_name and f.account_id = l.account_id
      and f.scope_region = l.region and f.operation = l.operation
  )
  and not exists (
    from sync_scopes a where a.region = '*' and a.table_name = l.table_name and a.account_id = l.account_id
      and a.operation = l.operation and a.started_at >= l.started_at
  )
group by all
"""


def attempts(
    db: Path, since: datetime, version: str, switched_off: str, single: Collection[str]
) -> Iterator[Attempt]:
    """Yield the latest attempt at every operation, if it was complete and ended after `since`.

    Left out are those that another version made, which may fill other columns, those after which the
    account could not be reached at all, and those of `single`, table and operation, that took more than
    one call: which regions they were made for is not recorded. `switched_off` is the error code that
    stands for a region that is not enabled.
    """
    shared: dict[frozenset[str], frozenset[str]] = {}
    parameters = {
        "since": max(since, _LONG_AGO),
        "version": version,
        "switched_off": switched_off,
        "single": sorted(single),
    }
    for row in previous.ask(db, _SQL, parameters):
        found = frozenset(row.pop("operations"))
        yield Attempt(**row, operations=shared.setdefault(found, found))
