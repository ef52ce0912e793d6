"""Collecting accounts for whoever publishes them: each is staged privately, then delivered as one object."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import botocore.session

from collector.collect.accounts import Account
from collector.collect.pace import Pace
from collector.collect.plan import ORGANIZATION_SERVICE, Services
from collector.collect.quotas import Quotas
from collector.collect.transport.choice import transport
from collector.collect.transport.credentials import Caller, Credentials
from collector.collect.transport.interface import Transport
from collector.collect.transport.session import storage
from collector.config import Config
from collector.errors import KeyreachError, UsageError
from collector.store.handover import ORGANIZATION, Delivery, Handover
from collector.store.places import Bucket, Folder
from collector.store.staging import Staging
from collector.sync.collection import Collection, Filters, first
from collector.sync.listing import Listing
from collector.sync.observer import Observer, Tally, Unobserved
from collector.sync.published import Published
from collector.sync.reuse import Reuse
from collector.sync.run import RESUMABLE

CLIENT = "client"
"""Name of the token that a cluster's client leaves in staging."""


@dataclass(frozen=True)
class Job:
    """What a machine has to know to collect an account of a run."""

    run_id: str
    fingerprint: str
    """Of the configuration: what it tells apart is not mixed."""
    transport: str
    staging: str
    """Where to deliver."""
    config: Config = field(repr=False)
    """Not shown, since it may hold the external id."""
    filters: Filters = field(repr=False)
    quotas: Quotas
    """As on the machine that began the run."""
    token: str = ""
    """What stands in the client's token for as long as it waits for accounts; empty: there is no client."""


@dataclass(frozen=True)
class Gathered:
    """What was taken over from other machines: staged here, and to be published."""

    run: dict[str, Any]
    listing: Listing
    shared: Handover
    """Where it lies until it is published."""


@dataclass
class Courier:
    """Collects accounts side by side, and delivers each when it is done. For one event loop."""

    job: Job
    services: Services
    caller: Caller
    credentials: Credentials
    transport: Transport
    pace: Pace
    handover: Handover
    published: Published

    @classmethod
    def of(
        cls,
        job: Job,
        services: Services,
        session: botocore.session.Session,
        caller: Caller,
        handover: Handover,
        db: Path | None = None,
    ) -> Courier:
        """The one for a job, with a process's own credentials. `db`: the last inventory, if one is here."""
        config = job.config
        credentials = Credentials(session, caller, config.role, config.accounts.organization_role)
        calls = transport(job.transport, credentials, config.sync.concurrency)
        pace = Pace(config.sync.concurrency, config.sync.quota_share, job.quotas)
        return cls(job, services, caller, credentials, calls, pace, handover, Published(db))

    async def account(self, account: Account, observer: Observer | None = None) -> Delivery:
        """Collect an account and deliver it. Raises KeyreachError where it cannot be written."""
        begun = datetime.now(UTC).isoformat()
        seen = _Seen(observer or Unobserved())
        with TemporaryDirectory(prefix="keyreach-") as folder:
            staging = Staging(Path(folder) / "staging")
            try:
                await self._collection(staging, seen).account(account)
            except BaseExceptionGroup as errors:
                raise first(errors) from errors
            delivery = Delivery(
                account_id=account.id,
                run_id=self.job.run_id,
                fingerprint=self.job.fingerprint,
                started_at=begun,
                complete=not seen.total.gaps,
                calls=seen.total.calls,
                rows=seen.total.rows,
                failures=seen.total.failures,
                problem=seen.problem,
            )
            await asyncio.to_thread(self._deliver, delivery, staging)
        return delivery

    def _deliver(self, delivery: Delivery, staging: Staging) -> None:
        """Raises KeyreachError if the client is done or another one has begun: nobody asked for this."""
        if self.job.token and self.handover.shown(CLIENT) != self.job.token:
            raise KeyreachError(
                f"{self.handover.place.url} is used by another sync, or no longer by this one"
            )
        self.handover.deliver(delivery, staging)

    async def organization(self, deliver: bool) -> tuple[Listing, bool]:
        """The accounts to collect, and whether something was delivered with that: the organization's tables.

        They are delivered if that is asked for; else only what tells the accounts is collected.
        """
        begun = datetime.now(UTC).isoformat()
        services = {k: tables for k, tables in self.services.items() if deliver or k != ORGANIZATION_SERVICE}
        with TemporaryDirectory(prefix="keyreach-") as folder:
            staging, seen = Staging(Path(folder) / "staging"), _Seen(Unobserved())
            collection = self._collection(staging, seen)
            listing = await replace(collection, services=services).listing()
            staging.flush()
            if deliver := deliver and bool(staging.paths()):
                complete = not seen.total.gaps
                delivery = Delivery(ORGANIZATION, self.job.run_id, self.job.fingerprint, begun, complete)
                await asyncio.to_thread(self.handover.deliver, delivery, staging)
        return listing, deliver

    def _collection(self, staging: Staging, observer: Observer) -> Collection:
        return Collection(
            run_id=self.job.run_id,
            config=self.job.config,
            filters=self.job.filters,
            services=self.services,
            caller=self.caller,
            credentials=self.credentials,
            transport=self.transport,
            staging=staging,
            observer=observer,
            kept=set(),
            reuse=Reuse(self.job.config, self.published),
            pace=self.pace,
        )


def tally(delivery: Delivery) -> Tally:
    """What was done for a delivered account."""
    return Tally(delivery.calls, delivery.rows, delivery.failures, int(not delivery.complete))


class _Seen(Unobserved):
    """What came of one account; what is not yet the end of it is passed on."""

    def __init__(self, observer: Observer) -> None:
        self._observer = observer
        self.total, self.problem = Tally(), ""

    def advanced(self, done: Tally) -> None:
        self.total.add(done)
        self._observer.advanced(done)

    def finished(self, account: Account, done: Tally, problem: str) -> None:
        self.problem = problem


def handover(url: str, session: botocore.session.Session) -> Handover:
    """What machines share at a folder or at `s3://bucket/prefix`."""
    return Handover(
        Bucket(url, storage(session)) if url.startswith("s3://") else Folder(Path(url).absolute())
    )


def prepared(url: str, session: botocore.session.Session) -> Handover:
    """The same, once it is seen to be usable, and without what is too old. Raises UsageError."""
    shared = handover(url, session)
    name = f"trial-{secrets.token_hex(4)}"
    try:
        if isinstance(shared.place, Folder):
            shared.place.make()
        shared.show(name, name)
        if shared.shown(name) != name:
            raise KeyreachError(f"{url} does not give back what is written to it")
        shared.forget([name])
        shared.expire(datetime.now(UTC) - RESUMABLE)
    except (KeyreachError, FileNotFoundError) as error:
        raise UsageError(f"--staging: {error}") from error
    return shared
