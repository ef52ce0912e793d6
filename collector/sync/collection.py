"""The part of a sync that talks to AWS: accounts to scopes, scopes to staging."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime

from botocore.exceptions import BotoCoreError, ClientError

from collector.collect import plan
from collector.collect.accounts import Account
from collector.collect.fetch import fetch
from collector.collect.outcome import Failure, Outcome, classify
from collector.collect.pace import Pace
from collector.collect.plan import ORGANIZATION_SERVICE, REGIONS_SERVICE, RegionSet, Services
from collector.collect.records import Result
from collector.collect.table import Scope, Table
from collector.collect.tables import ec2
from collector.collect.transport.credentials import Caller, Credentials
from collector.collect.transport.interface import Transport
from collector.config import Config
from collector.errors import UsageError
from collector.globs import matches
from collector.store.staging import Staging
from collector.sync.lines import lines, scope_name
from collector.sync.listing import Listing, Rows, list_accounts
from collector.sync.observer import Observer, Tally

log = logging.getLogger(__name__)

ACCOUNTS_AT_ONCE = 16
"""Enough to fill the calls in flight; more would only hold more rows in memory."""


@dataclass(frozen=True)
class Filters:
    """What a command narrows a sync down to. Never a reason to drop anything."""

    accounts: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()


@dataclass
class Collection:
    """Collects the accounts of one run into its staging."""

    run_id: str
    config: Config
    filters: Filters
    services: Services
    caller: Caller
    credentials: Credentials
    transport: Transport
    staging: Staging
    observer: Observer
    kept: set[str]
    """Scopes that staging holds from a stopped run."""
    last_organization: tuple[Rows, Rows] = field(default_factory=lambda: ([], []))
    """Accounts and units as last published, for when they cannot be listed."""
    pace: Pace | None = None
    """Shared with other collections of this process; None: its own."""

    def __post_init__(self) -> None:
        """Call no faster than the configuration says."""
        self._pace = self.pace or Pace(self.config.sync.concurrency, self.config.sync.quota_share)

    async def run(self) -> Listing:
        """Collect everything; the accounts. Raises KeyreachError where they cannot be told."""
        at_once = asyncio.Semaphore(ACCOUNTS_AT_ONCE)

        async def collect(account: Account) -> None:
            """Collect one, when its turn comes."""
            async with at_once:
                await self.account(account)

        try:
            listing = await self.listing()
            present = {account.id for account in listing.accounts}
            self._forget({name for name in self.kept if name.split("/")[1] not in present})
            self.observer.started(len(listing.accounts))
            async with asyncio.TaskGroup() as group:
                for account in listing.accounts:
                    group.create_task(collect(account))
        except BaseExceptionGroup as errors:
            raise first(errors) from errors
        finally:
            self.staging.flush()
            await self.transport.close()
        return listing

    async def listing(self) -> Listing:
        """Collect the organization; the accounts to collect. Raises KeyreachError if they cannot be told."""
        listing = await list_accounts(
            self.config,
            self.caller,
            self.credentials,
            self.services.get(ORGANIZATION_SERVICE, ()),
            self._fetch,
            self.last_organization,
        )
        accounts = self._narrowed(listing.accounts)
        return Listing(accounts, listing.states, listing.authoritative and self.filters == Filters())

    def _forget(self, scopes: set[str]) -> None:
        if gone := scopes & self.kept:
            self.staging.forget(gone)
            self.kept -= gone

    def _narrowed(self, accounts: list[Account]) -> list[Account]:
        if not self.filters.accounts:
            return accounts
        known = {account.id for account in accounts}
        if missing := sorted(set(self.filters.accounts) - known):
            raise UsageError(f"--accounts: {missing[0]} is none of the {len(known)} accounts to collect")
        return [account for account in accounts if account.id in self.filters.accounts]

    async def account(self, account: Account) -> None:
        """Collect one account."""
        total = Tally()
        problem = ""
        here = Scope("", account.id, "global", self.caller.partition, self.caller.home_region)
        try:
            await self.transport.reach(account.id)
        except (BotoCoreError, ClientError) as error:
            failure = classify(error)
            problem = f"cannot assume {self.credentials.role_arn(account.id)}: {failure.message}"
            failure = Failure(Outcome.NOT_ATTEMPTED, failure.code, problem)
            for result in plan.unreached(here, self.services, self.config.sync.options, failure):
                self._stage(result, total)
        else:
            await self._scopes(here, total)
            await self.transport.release(account.id)
            self.staging.flush(account.id)
            self._pace.release(account.id)
        self.observer.finished(account, total, problem)

    async def _scopes(self, here: Scope, total: Tally) -> None:
        """Everything of an account that can be asked: its regions first, then what is in them."""
        options = self.config.sync.options
        listing = await self._fetch(plan.regions_scope(here), (ec2.REGIONS,), total)
        found = self._regions(listing)
        switched_off = plan.switched_off(here, self.services, found, options)
        self._forget({scope_name(result.scope) for result in switched_off})
        for result in switched_off:
            self._stage(result, total)
        if found.selected is None:
            cause = listing.operations[0].failure
            failure = Failure(Outcome.NOT_ATTEMPTED, cause.code if cause else "", "DescribeRegions failed")
            for result in plan.unreached(here, self.services, options, failure, regional_only=True):
                self._stage(result, total)
        async with asyncio.TaskGroup() as group:
            for task in plan.tasks(here, self.services, found):
                if scope_name(task.scope) not in self.kept:
                    group.create_task(self._fetch(task.scope, task.tables, total))

    def _regions(self, listing: Result) -> RegionSet:
        settings, narrowed = self.config.regions, self.filters.regions or ("*",)
        if not listing.complete:
            return plan.named(settings.include, settings.skip, narrowed)
        rows = [row for _, row, _ in listing.rows if matches(narrowed, row["region"])]
        return plan.regions(rows, settings.include, settings.skip)

    async def _fetch(self, scope: Scope, tables: tuple[Table, ...], total: Tally | None = None) -> Result:
        started_at = datetime.now(UTC)
        result = await fetch(scope, tables, self.transport, self._pace, self.config.sync.options)
        self._stage(result, total, started_at)
        return result

    def _stage(self, result: Result, total: Tally | None = None, started_at: datetime | None = None) -> None:
        now, name = datetime.now(UTC), scope_name(result.scope)
        if name in self.kept:
            return
        self.staging.append(
            result.scope.account_id,
            name,
            lines(result, self.run_id, started_at or now, now),
            result.complete,
            now,
            result.calls,
        )
        _log(result)
        failures = sum(operation.failed for operation in result.operations)
        done = Tally(result.calls, len(result.rows), failures, int(not result.complete))
        self.observer.advanced(done)
        if total:
            total.add(done)


def _log(result: Result) -> None:
    for operation in result.operations:
        if operation.failure and not operation.outcome.complete:
            scope, code = scope_name(result.scope), operation.failure.code
            log.debug("%s: %s for %s failed: %s", scope, operation.operation, operation.table, code)


RESUMED_SERVICES = (ORGANIZATION_SERVICE, REGIONS_SERVICE)
"""Asked again by a run that resumes: they tell what else there is to ask."""


def first(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    """The first single error of a group, which may hold groups."""
    error: BaseException = errors
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
