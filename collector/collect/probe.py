"""Tries each operation once per account, to tell which permissions are missing. Keeps nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from collector.collect import plan
from collector.collect.fetch import fetch
from collector.collect.outcome import Outcome
from collector.collect.pace import Pace
from collector.collect.plan import RegionSet, Services
from collector.collect.records import Result
from collector.collect.table import Scope, Table
from collector.collect.tables import ec2
from collector.collect.transport.interface import Transport

NOT_TESTED = "not tested"

_WHOLE = {"DescribeRegions", "ListAccounts", "ListRoots", "ListOrganizationalUnitsForParent"}


@dataclass(frozen=True)
class Probe:
    """What an account answers."""

    account_id: str
    regions: RegionSet
    outcomes: dict[str, str]
    """IAM action -> `ok`, another outcome with its code, or `not tested`."""


class Sample:
    """A transport that lets through the first item of every list and no second page."""

    def __init__(self, transport: Transport) -> None:
        """Answer through `transport`."""
        self._transport = transport

    async def reach(self, identity: str) -> None:
        """Pass it on."""
        await self._transport.reach(identity)

    async def call(
        self, identity: str, region: str, service: str, operation: str, params: dict[str, Any]
    ) -> dict[str, Any]:
        """Make the call and cut its answer short, but for what tells where else to ask."""
        answer = await self._transport.call(identity, region, service, operation, params)
        if operation in _WHOLE:
            return answer
        return {name: _first(value) for name, value in answer.items() if not _continues(name)}

    async def renew(self, identity: str) -> bool:
        """Pass it on."""
        return await self._transport.renew(identity)

    async def release(self, identity: str) -> None:
        """Pass it on."""
        await self._transport.release(identity)

    async def close(self) -> None:
        """Pass it on."""
        await self._transport.close()


async def probe(
    here: Scope,
    services: Services,
    transport: Transport,
    pace: Pace,
    include: tuple[str, ...],
    skip: tuple[str, ...],
    options: frozenset[str],
) -> Probe:
    """Try the operations of one account, the regional ones in one region: its home, if it is selected.

    `here` stands for the account.
    """
    sample = Sample(transport)
    listing = await fetch(plan.regions_scope(here), (ec2.REGIONS,), sample, pace, options)
    rows = [row for _, row, _ in listing.rows]
    found = plan.regions(rows, include, skip) if listing.complete else plan.named(include)
    regions = sorted(found.selected or (), key=lambda region: region != here.home_region)
    one = RegionSet(tuple(regions[:1]) if found.selected is not None else None)
    results = await asyncio.gather(
        *(
            fetch(replace(task.scope, regions=None), task.tables, sample, pace, options)
            for task in plan.tasks(here, services, one)
        )
    )
    tables = [ec2.REGIONS, *(table for selected in services.values() for table in selected)]
    return Probe(here.account_id, found, outcomes(tables, [listing, *results], options))


def outcomes(tables: Iterable[Table], results: Iterable[Result], options: frozenset[str]) -> dict[str, str]:
    """What came of each action, the worst that was seen; `not tested` where nothing was asked."""
    seen: dict[tuple[str, str], str] = {}
    for result in results:
        for record in result.operations:
            if record.planned:
                told = record.outcome.value if record.outcome.complete else _failed(record.failure)
                key = record.table, record.operation
                seen[key] = told if seen.get(key, Outcome.OK.value) == Outcome.OK.value else seen[key]
    by_action: dict[str, str] = {}
    for table in tables:
        for call in table.calls:
            if table.reads_parent(call) or (call.option and call.option not in options):
                continue
            told = seen.get((table.name, call.operation), NOT_TESTED)
            if by_action.get(call.action) in (None, NOT_TESTED, Outcome.OK.value):
                by_action[call.action] = (
                    told if told != NOT_TESTED else by_action.get(call.action, NOT_TESTED)
                )
    return dict(sorted(by_action.items()))


def _failed(failure: Any) -> str:
    return f"{failure.outcome.value} ({failure.code})"


def _first(value: Any) -> Any:
    return value[:1] if isinstance(value, list) else value


def _continues(member: str) -> bool:
    return member in ("NextToken", "NextMarker", "Marker", "ContinuationToken", "Truncated", "IsTruncated")
