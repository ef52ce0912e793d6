"""The part of a sync that talks to AWS: accounts to scopes, scopes to staging."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from collector.collect import plan
from collector.collect.accounts import Account, listed, of_organization
from collector.collect.fetch import fetch
from collector.collect.outcome import Failure, Outcome, classify
from collector.collect.plan import ORGANIZATION_SERVICE, REGIONS_SERVICE, RegionSet, Services
from collector.collect.records import Result
from collector.collect.table import Scope, Table
from collector.collect.tables import ec2, organizations
from collector.collect.transport.credentials import ORGANIZATION, Caller, Credentials
from collector.collect.transport.interface import Transport
from collector.config import Config
from collector.errors import KeyreachError, UsageError
from collector.globs import matches
from collector.store.staging import Staging
from collector.sync.lines import lines, scope_name
from collector.sync.observer import Observer, Tally

ACCOUNTS_AT_ONCE = 16
"""Enough to fill the calls in flight; more would only hold more rows in memory."""

Rows = list[dict[str, Any]]


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
    states: dict[str, str] = field(default_factory=dict)
    """Account -> its state, of every account in the organization's listing."""
    accounts: list[Account] = field(default_factory=list)
    listing_complete: bool = False
    """Whether an account that is not among `accounts` is known to be no longer collected."""

    async def run(self) -> None:
        """Collect everything. Raises KeyreachError where accounts cannot be told, or the disk is full."""
        self._in_flight = asyncio.Semaphore(self.config.sync.concurrency)
        at_once = asyncio.Semaphore(ACCOUNTS_AT_ONCE)

        async def collect(account: Account) -> None:
            async with at_once:
                await self._account(account)

        try:
            self.accounts = self._narrowed(await self._find_accounts())
            self.observer.started(len(self.accounts))
            async with asyncio.TaskGroup() as group:
                for account in self.accounts:
                    group.create_task(collect(account))
        except BaseExceptionGroup as errors:
            raise _first(errors) from errors
        finally:
            self.staging.flush()
            await self.transport.close()

    async def _find_accounts(self) -> list[Account]:
        rows, units, complete = await self._organization()
        self.states = {row["id"]: row["state"] for row in rows}
        settings = self.config.accounts
        if not settings.organization:
            self.listing_complete = bool(settings.ids)
            return listed(settings, self.caller.account_id)
        self.listing_complete = complete
        if not complete:
            rows, units = self.last_organization
        if not rows:
            raise KeyreachError(
                "the accounts of the organization cannot be listed, and no earlier sync knows them: run "
                "from the management account or a delegated administrator, set accounts.organization_role, "
                "or name the accounts in accounts.ids"
            )
        return of_organization(settings, rows, units)

    async def _organization(self) -> tuple[Rows, Rows, bool]:
        """Accounts and units of the organization, and whether that is all of them."""
        members = (organizations.ACCOUNTS, organizations.ORGANIZATIONAL_UNITS)
        tables = self.services.get(ORGANIZATION_SERVICE, ())
        if self.config.accounts.organization:
            tables = (*tables, *(table for table in members if table not in tables))
        if not tables:
            return [], [], False
        role = self.credentials.role_arn(ORGANIZATION)
        asked = role.split(":")[4] if role else self.caller.account_id
        scope = self._scope(ORGANIZATION_SERVICE, asked, identity=ORGANIZATION)
        result = await self._fetch(scope, tables)
        self._check_in_use(result)
        rows, units = ([row for name, row, _ in result.rows if name == table.name] for table in members)
        names = {table.name for table in members}
        complete = all(o.outcome.complete for o in result.operations if o.table in names)
        return rows, units, complete

    def _check_in_use(self, result: Result) -> None:
        disabled = any(operation.outcome is Outcome.DISABLED for operation in result.operations)
        if disabled and self.config.accounts.organization:
            raise UsageError(
                f"accounts.organization is true, but account {result.scope.account_id} is in no organization"
            )

    def _narrowed(self, accounts: list[Account]) -> list[Account]:
        if not self.filters.accounts:
            return accounts
        known = {account.id for account in accounts}
        if missing := sorted(set(self.filters.accounts) - known):
            raise UsageError(f"--accounts: {missing[0]} is none of the {len(known)} accounts to collect")
        return [account for account in accounts if account.id in self.filters.accounts]

    async def _account(self, account: Account) -> None:
        total = Tally()
        problem = ""
        here = self._scope("", account.id)
        try:
            await asyncio.to_thread(self.credentials.frozen, account.id)
        except (BotoCoreError, ClientError) as error:
            failure = classify(error)
            problem = f"cannot assume {self.credentials.role_arn(account.id)}: {failure.message}"
            failure = Failure(Outcome.NOT_ATTEMPTED, failure.code, problem)
            for result in plan.unreached(here, self.services, self.config.sync.options, failure):
                self._stage(result, total)
        else:
            await self._scopes(here, total)
            await self.transport.release(account.id)
        self.observer.finished(account, total, problem)

    async def _scopes(self, here: Scope, total: Tally) -> None:
        """Everything of an account that can be asked: its regions first, then what is in them."""
        options = self.config.sync.options
        listing = await self._fetch(self._scope(REGIONS_SERVICE, here.account_id), (ec2.REGIONS,), total)
        found = self._regions(listing)
        for result in plan.switched_off(here, self.services, found, options):
            self._stage(result, total)
        if found.selected is None:
            cause = listing.operations[0].failure
            failure = Failure(Outcome.NOT_ATTEMPTED, cause.code if cause else "", "DescribeRegions failed")
            for result in plan.unreached(here, self.services, options, failure, regional_only=True):
                self._stage(result, total)
        tasks = plan.tasks(here, self.services, found)
        async with asyncio.TaskGroup() as group:
            for task in tasks:
                if scope_name(task.scope) not in self.kept:
                    group.create_task(self._fetch(task.scope, task.tables, total))

    def _regions(self, listing: Result) -> RegionSet:
        settings, narrowed = self.config.regions, self.filters.regions or ("*",)
        if not listing.complete:
            return plan.named(settings.include)
        rows = [row for _, row, _ in listing.rows if matches(narrowed, row["region"])]
        return plan.regions(rows, settings.include, settings.skip)

    def _scope(self, service: str, account_id: str, identity: str = "") -> Scope:
        partition, home = self.caller.partition, self.caller.home_region
        return Scope(service, account_id, "global", partition, home, identity)

    async def _fetch(self, scope: Scope, tables: tuple[Table, ...], total: Tally | None = None) -> Result:
        started_at = datetime.now(UTC)
        result = await fetch(scope, tables, self.transport, self._in_flight, self.config.sync.options)
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
        failures = sum(operation.failed for operation in result.operations)
        done = Tally(result.calls, len(result.rows), failures)
        self.observer.advanced(done)
        if total:
            total.calls += done.calls
            total.rows += done.rows
            total.failures += done.failures


def _first(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    """The first single error of a group, which may hold groups."""
    error: BaseException = errors
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
