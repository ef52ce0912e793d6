"""How many calls a sync will make, and how long the quotas make them last: by what the last one made."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from pathlib import Path

from collector.collect import quotas
from collector.collect.accounts import listed, of_organization
from collector.collect.plan import Services
from collector.collect.quotas import Quotas
from collector.collect.table import Call, Each, Table
from collector.collect.tables import ec2, organizations
from collector.config import Config
from collector.globs import matches
from collector.store import previous
from collector.store.counts import Attempt, Counts, counts
from collector.store.publish import check
from collector.sync.collection import Filters

Place = tuple[str, str, str, str]
"""Account, region, botocore's service name, operation: what a quota counts."""

GLOBAL = "global"

_MEMBERS = (organizations.ACCOUNTS, organizations.ORGANIZATIONAL_UNITS)


@dataclass(frozen=True)
class Bound:
    """What takes longest by its quota."""

    account_id: str
    region: str
    operation: str
    calls: int
    rate: float
    """Calls a second: the share of the quota."""

    @property
    def seconds(self) -> float:
        """The least time that it takes."""
        return self.calls / self.rate


@dataclass(frozen=True)
class Estimate:
    """The calls of a sync like the last one."""

    began: datetime
    """When the sync began that they are counted by."""
    accounts: int
    """Accounts that are counted."""
    calls: Mapping[Place, int]
    rates: Mapping[tuple[str, str], float]
    """Service and operation -> calls a second that the share of a quota allows, where there is one."""
    new_accounts: tuple[str, ...]
    """Accounts of which no call is counted: they were not collected, or not reached."""
    new_regions: tuple[tuple[str, str], ...]
    """Account and region that were not collected, of the other accounts."""
    new_operations: tuple[str, ...]
    """Operations that were not called."""

    def totals(self) -> list[tuple[str, str, int]]:
        """Service, operation and calls, most calls first."""
        found = Counter[tuple[str, str]]()
        for (_, _, service, operation), number in self.calls.items():
            found[service, operation] += number
        ordered = sorted(found.items(), key=lambda item: (-item[1], item[0]))
        return [(service, operation, number) for (service, operation), number in ordered]

    def bound(self) -> Bound | None:
        """What takes longest by its quota; None: nothing is called that has one."""
        found = [
            Bound(account, region, operation, number, rate)
            for (account, region, service, operation), number in sorted(self.calls.items())
            if number and (rate := self.rates.get((service, operation)))
        ]
        return max(found, key=lambda bound: bound.seconds, default=None)


def asked(config: Config, services: Services) -> tuple[Table, ...]:
    """The tables that are collected, and those that are asked in any case: they tell what else to ask."""
    found = {table.name: table for tables in services.values() for table in tables}
    always = (ec2.REGIONS, *(_MEMBERS if config.accounts.organization else ()))
    return (*found.values(), *(table for table in always if table.name not in found))


def calls(table: Table, options: frozenset[str]) -> list[Call]:
    """The calls that are made for a table itself."""
    wanted = {"", *options}
    return [call for call in table.calls if call.option in wanted and not table.reads_parent(call)]


def estimate(config: Config, filters: Filters, services: Services, db: Path) -> Estimate | None:
    """Count by the last inventory; None: there is none yet. Asks nobody.

    Raises UsageError for a file that is none of ours, KeyreachError for one that cannot be read.
    """
    limits, share = quotas.of(config), config.sync.quota_share
    check(db)
    if not db.exists():
        return None
    with counts(db) as found:
        return _estimate(config, filters, asked(config, services), db, found, _rates(limits, share))


def _estimate(
    config: Config,
    filters: Filters,
    tables: tuple[Table, ...],
    db: Path,
    found: Counts,
    rates: Mapping[tuple[str, str], float],
) -> Estimate:
    began, caller = found.latest_run()
    accounts = set(_accounts(config, filters, db, caller))
    of_organization = {table.name for table in tables if table.each is Each.ORGANIZATION}
    options, names = config.sync.options, {table.name for table in tables}

    def wanted(attempt: Attempt) -> bool:
        """Whether the sync would make such an attempt."""
        if attempt.table in of_organization:
            return True
        return attempt.account_id in accounts and _is_asked(config, filters, attempt.region)

    every = [attempt for attempt in found.attempts() if attempt.table in names]
    attempts = [attempt for attempt in every if wanted(attempt)]
    by_call: dict[tuple[str, str], list[Attempt]] = defaultdict(list)
    for attempt in attempts:
        by_call[attempt.table, attempt.operation].append(attempt)
    total = Counter[Place]()
    for members in _groups(tables, options):
        total.update(_placed(config, filters, members, by_call, found))
    known = {
        (attempt.account_id, attempt.region)
        for attempt in attempts
        if attempt.planned and attempt.table not in of_organization
    }
    reached = {account for account, _ in known}
    made = {(attempt.table, attempt.operation) for attempt in every}
    regional = any(table.each is Each.REGION for table in tables)
    enabled = found.enabled() if regional else {}
    return Estimate(
        began=began,
        accounts=len(reached),
        calls=total,
        rates=rates,
        new_accounts=tuple(sorted(accounts - reached)),
        new_regions=tuple(
            (account, region)
            for account in sorted(reached)
            for region in sorted(enabled.get(account, ()))
            if _is_asked(config, filters, region) and (account, region) not in known
        ),
        new_operations=tuple(
            sorted(
                {
                    call.operation
                    for table in tables
                    for call in calls(table, options)
                    if (table.name, call.operation) not in made
                }
            )
        ),
    )


def _accounts(config: Config, filters: Filters, db: Path, caller: str) -> Iterable[str]:
    """The accounts to collect, as far as the last inventory knows."""
    if filters.accounts:
        return filters.accounts
    if not config.accounts.organization:
        return (account.id for account in listed(config.accounts, caller))
    return (account.id for account in of_organization(config, *previous.organization(db)))


def _is_asked(config: Config, filters: Filters, region: str) -> bool:
    settings = config.regions
    chosen = matches(settings.include, region) and not matches(settings.skip, region)
    return region == GLOBAL or (chosen and matches(filters.regions or ("*",), region))


def _groups(tables: Iterable[Table], options: frozenset[str]) -> list[list[tuple[Table, Call]]]:
    """The calls of all tables; those that are one and the same are made once, and stand together."""
    groups: dict[str, list[tuple[Table, Call]]] = defaultdict(list)
    for table in tables:
        for call in calls(table, options):
            same = repr((call.service, call.operation, call.params, call.given, call.over))
            groups[same].append((table, call))
    return list(groups.values())


def _placed(
    config: Config,
    filters: Filters,
    members: list[tuple[Table, Call]],
    attempts: Mapping[tuple[str, str], list[Attempt]],
    found: Counts,
) -> Counter[Place]:
    """How often one call is made in each place: as planned last time, and for the further pages."""
    table, call = members[0]
    listing = {member.name for member, made in members if made is member.list and not member.tree}
    planned, rows = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for member, made in members:
        for attempt in attempts.get((member.name, made.operation), ()):
            scope = attempt.account_id, attempt.region
            planned[scope] = max(planned[scope], attempt.planned)
            rows[scope] += attempt.rows if member.name in listing else 0
    further: Mapping[tuple[str, str], int] = {}
    page = _page(call)
    if page and listing and not table.parent:
        further = {scope: max(0, ceil(number / page) - planned[scope]) for scope, number in rows.items()}
    elif page and listing:
        further = found.further_pages(table.name, next(iter(table.inherit)), page)
    spread = found.regions(table.name) if table.region and call is not table.list else {}
    total = Counter[Place]()
    for (account, region), number in planned.items():
        number += further.get((account, region), 0)
        here = spread.get(account, {region: 1})
        for each, share in here.items():
            if _is_asked(config, filters, each):
                total[account, each, call.service, call.operation] += round(
                    number * share / sum(here.values())
                )
    return total


def _page(call: Call) -> int | None:
    """The most entries that one answer holds, if the call says so: the only number that calls are given."""
    return next((value for value in call.params.values() if type(value) is int), None)


def _rates(limits: Quotas, share: float) -> dict[tuple[str, str], float]:
    return {
        (service, operation): rate * share
        for service, operations in limits.items()
        for operation, rate in operations.items()
    }
