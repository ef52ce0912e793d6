"""What a sync would find, and which permissions it would miss. Writes nothing."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from botocore.exceptions import BotoCoreError, ClientError

from collector.collect import plan, quotas
from collector.collect.accounts import Account
from collector.collect.fetch import fetch
from collector.collect.loop import run
from collector.collect.outcome import classify
from collector.collect.pace import Pace
from collector.collect.probe import Sample, outcomes, probe
from collector.collect.records import Result
from collector.collect.table import Scope, Table
from collector.collect.transport.choice import DEFAULT, transport
from collector.collect.transport.credentials import Caller, Credentials, identify
from collector.collect.transport.session import new_session
from collector.config import Config
from collector.sync.collection import Filters
from collector.sync.listing import list_accounts


@dataclass(frozen=True)
class Found:
    """What is known of one account without collecting it."""

    account_id: str
    name: str
    role_arn: str | None
    """None: the caller's own credentials."""
    problem: str
    """Why the account cannot be reached; empty: it can."""
    regions: tuple[str, ...] = ()
    """Enabled and selected."""
    outcomes: dict[str, str] = field(default_factory=dict)
    """IAM action -> `ok`, another outcome with its code, or `not tested`."""


@dataclass(frozen=True)
class Discovery:
    """Who asks, and what there is."""

    caller: Caller
    organization: dict[str, str]
    """IAM action of Organizations -> what came of it; empty: none was asked."""
    accounts: tuple[Found, ...]


def discover(config: Config) -> Discovery:
    """Ask who the caller is, list the accounts, and try each operation once in each of them.

    Raises the errors of a sync: KeyreachError, UsageError.
    """
    limits = quotas.of(config)
    session = new_session()
    caller = identify(session)
    credentials = Credentials(session, caller, config.role, config.accounts.organization_role)
    return run(_discover(config, caller, credentials, limits))


async def _discover(
    config: Config, caller: Caller, credentials: Credentials, limits: quotas.Quotas
) -> Discovery:
    from collector.sync import selected

    options = config.sync.options
    services = selected(config, Filters())
    calls = transport(DEFAULT, credentials, config.sync.concurrency)
    pace = Pace(config.sync.concurrency, config.sync.quota_share, limits)
    asked: list[tuple[tuple[Table, ...], Result]] = []

    async def ask(scope: Scope, tables: tuple[Table, ...]) -> Result:
        result = await fetch(scope, tables, Sample(calls), pace, options)
        asked.append((tables, result))
        return result

    async def account(found: Account) -> Found:
        here = Scope("", found.id, "global", caller.partition, caller.home_region)
        role_arn = credentials.role_arn(found.id)
        try:
            await calls.reach(found.id)
        except (BotoCoreError, ClientError) as error:
            return Found(found.id, found.name, role_arn, classify(error).message)
        settings = config.regions
        answer = await probe(here, services, calls, pace, settings.include, settings.skip, options)
        await calls.release(found.id)
        pace.release(found.id)
        regions = answer.regions.selected or ()
        return Found(found.id, found.name, role_arn, "", regions, answer.outcomes)

    try:
        tables = services.get(plan.ORGANIZATION_SERVICE, ())
        listing = await list_accounts(config, caller, credentials, tables, ask)
        accounts = await asyncio.gather(*(account(found) for found in listing.accounts))
    finally:
        await calls.close()
    tried = [table for tables, _ in asked for table in tables]
    return Discovery(caller, outcomes(tried, [result for _, result in asked], options), tuple(accounts))
