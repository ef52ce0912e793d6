"""The part of a sync that talks to AWS: accounts to scopes, scopes to staging."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

from botocore.exceptions import BotoCoreError, ClientError

from collector.collect import plan
from collector.collect.accounts import Account
from collector.collect.fetch import fetch
from collector.collect.outcome import Failure, Outcome, classify
from collector.collect.pace import Pace
from collector.collect.plan import ORGANIZATION_SERVICE, REGIONS_SERVICE, RegionSet, Services
from collector.collect.records import Result, Row
from collector.collect.table import Scope, Table
from collector.collect.tables import ec2
from collector.collect.transport.credentials import Caller, Credentials
from collector.collect.transport.interface import Transport
from collector.config import Config
from collector.errors import UsageError
from collector.globs import matches
from collector.store.staging import Staging
from collector.sync.lines import lines, of_rows, scope_name
from collector.sync.listing import Listing, list_accounts
from collector.sync.observer import Observer, Tally
from collector.sync.order import Order
from collector.sync.reuse import Reuse

log = logging.getLogger(__name__)

ACCOUNTS_AT_ONCE = 16
"""Enough to fill the calls in flight; more would only hold more rows in memory."""


@dataclass(frozen=True)
class Filters:
    """What a command narrows a sync down to. Never a reason to drop anything."""

    accounts: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    scopes: frozenset[str] | None = None
    """Names of single scopes, `<service>/<account>/<region>`; None: all."""


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
    reuse: Reuse
    """What the file answers instead."""
    pace: Pace
    """Shared with other collections of this process."""
    order: Order = field(default_factory=Order)
    """What is collected first."""
    asked: list[Account] = field(default_factory=list)
    """The accounts of which anything was asked."""

    async def run(self) -> Listing:
        """Collect everything; the accounts. Raises KeyreachError where they cannot be told."""
        self._forget(set(self.filters.scopes or ()))
        at_once = asyncio.Semaphore(ACCOUNTS_AT_ONCE)

        async def collect(account: Account) -> None:
            """Collect one, when its turn comes."""
            async with at_once:
                await self.account(account)

        try:
            listing = await self.listing()
            present = {account.id for account in listing.accounts}
            self._forget({name for name in self.kept if name.split("/")[1] not in present})
            self.asked = [account for account in listing.accounts if self._asks(self._here(account))]
            self.observer.started(len(self.asked))
            async with asyncio.TaskGroup() as group:
                for account in self.order.accounts(self.asked):
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
            self.reuse.published.organization,
        )
        told_now = self.filters == Filters() and not self.reuse.accounts_known
        accounts = self._narrowed(listing.accounts)
        return Listing(accounts, listing.states, listing.authoritative and told_now)

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
        here = self._here(account)
        try:
            await self.transport.reach(account.id)
        except (BotoCoreError, ClientError) as error:
            failure = classify(error)
            problem = f"cannot assume {self.credentials.role_arn(account.id)}: {failure.message}"
            failure = Failure(Outcome.NOT_ATTEMPTED, failure.code, problem)
            for result in self._unreached(here, failure):
                self._stage(result, total)
        else:
            await self._scopes(here, total)
            await self.transport.release(account.id)
            self.staging.flush(account.id)
            self.pace.release(account.id)
        self.observer.finished(account, total, problem)

    async def _scopes(self, here: Scope, total: Tally) -> None:
        """Everything of an account that can be asked: its regions first, then what is in them."""
        options = self.config.sync.options
        listing = await self._fetch(plan.regions_scope(here), (ec2.REGIONS,), total)
        found = self._regions(listing)
        switched_off = plan.switched_off(here, self.services, found, options)
        self._forget({scope_name(result.scope) for result in switched_off})
        for result in switched_off:
            if not self.reuse.skips(result, switched_off=True):
                self._stage(result, total)
        if found.selected is None:
            cause = listing.operations[0].failure
            failure = Failure(Outcome.NOT_ATTEMPTED, cause.code if cause else "", "DescribeRegions failed")
            for result in plan.unreached(here, self.services, options, failure, regional_only=True):
                if not self.reuse.skips(result):
                    self._stage(result, total)
        async with asyncio.TaskGroup() as group:
            for task in self.order.tasks(plan.tasks(here, self.services, found)):
                if scope_name(task.scope) not in self.kept:
                    group.create_task(self._fetch(task.scope, task.tables, total, streamed=True))

    def _regions(self, listing: Result) -> RegionSet:
        settings, narrowed = self.config.regions, self.filters.regions or ("*",)
        if not listing.complete:
            return plan.named(settings.include, settings.skip, narrowed)
        rows = [row for _, row, _ in listing.rows if matches(narrowed, row["region"])]
        return plan.regions(rows, settings.include, settings.skip)

    def _here(self, account: Account) -> Scope:
        return Scope("", account.id, "global", self.caller.partition, self.caller.home_region)

    def _asks(self, here: Scope) -> bool:
        """Whether there is anything to ask of an account, or to record."""
        listing = self.reuse.answer(plan.regions_scope(here), (ec2.REGIONS,))
        if listing is None:
            return True
        found = self._regions(listing)
        tasks = plan.tasks(here, self.services, found)
        off = plan.switched_off(here, self.services, found, self.config.sync.options)
        return any(self.reuse.answer(task.scope, task.tables) is None for task in tasks) or not all(
            self.reuse.skips(result, switched_off=True) for result in off
        )

    def _unreached(self, here: Scope, failure: Failure) -> list[Result]:
        """What is recorded for an account that cannot be asked: for what would have been."""
        options = self.config.sync.options
        listing = self.reuse.answer(plan.regions_scope(here), (ec2.REGIONS,))
        if listing is None:
            results = plan.unreached(here, self.services, options, failure)
        else:
            tasks = plan.tasks(here, self.services, self._regions(listing))
            results = [plan.refused(task, options, failure) for task in tasks]
        return [result for result in results if not self.reuse.skips(result)]

    async def _fetch(
        self, scope: Scope, tables: tuple[Table, ...], total: Tally | None = None, streamed: bool = False
    ) -> Result:
        """Collect a scope and stage it. What is `streamed` is staged as it comes, and not in the result."""
        if (known := self.reuse.answer(scope, tables)) is not None:
            return known
        started_at = datetime.now(UTC)
        options, weights = self.config.sync.options, self.order.children
        hand_over = partial(self._hand_over, scope) if streamed else None
        result = await fetch(scope, tables, self.transport, self.pace, options, weights, hand_over)
        self._stage(result, total, started_at)
        return result

    def _hand_over(self, scope: Scope, rows: list[Row]) -> None:
        self.staging.add(scope.account_id, scope_name(scope), of_rows(rows))

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
        done = Tally(result.calls, result.handed_over + len(result.rows), failures, int(not result.complete))
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
