"""A sync on a Dask cluster: the client lists the accounts, workers collect them, the client publishes."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

import collector
from collector.collect import quotas
from collector.collect.accounts import Account
from collector.collect.loop import run as run_loop
from collector.collect.transport.credentials import identify
from collector.collect.transport.session import new_session
from collector.errors import KeyreachError, UsageError
from collector.store.handover import ORGANIZATION, Delivery, Handover
from collector.store.staging import Staging
from collector.sync import worker
from collector.sync.delivery import CLIENT, Courier, Gathered, Job, prepared, tally
from collector.sync.listing import Listing
from collector.sync.observer import Observer
from collector.sync.order import last
from collector.sync.run import RESUMABLE, begun
from collector.sync.wanted import Wanted

if TYPE_CHECKING:
    from distributed import Client, Future

ANSWER_SECONDS = 10
"""How long a scheduler may take to answer."""
ALONE_SECONDS = 120
"""How long the client waits for new workers when all have gone."""
_CERTIFICATES = (
    "DASK_DISTRIBUTED__COMM__TLS__CA_FILE, DASK_DISTRIBUTED__COMM__TLS__CLIENT__CERT and "
    "DASK_DISTRIBUTED__COMM__TLS__CLIENT__KEY name them"
)
_LOOK_SECONDS = 2.0
"""How often it looks whether anybody is still there."""


def gathered(wanted: Wanted, staging: Staging) -> Gathered:
    """Have a cluster collect the accounts, and stage here what it has delivered.

    Accounts that an earlier client's workers have delivered, complete, of the same configuration and
    fresh, are not asked again. Raises UsageError before anything is asked, KeyreachError where a worker
    cannot go on or nobody is left.
    """
    config, filters, mode, observer = wanted.config, wanted.filters, wanted.mode, wanted.observer
    session = new_session()
    with _connected(mode.scheduler) as client:
        shared = prepared(mode.staging, session)
        caller = identify(session)
        run = begun(config, filters, caller, caller.account_id, wanted.demo)
        place, fingerprint = shared.place.url, run["config_fingerprint"]
        token = secrets.token_hex(16)
        limits = quotas.of(config)
        job = Job(run["run_id"], fingerprint, mode.transport, place, config, filters, limits, token)
        task = worker.Task(job, caller.account_id)
        _check(client, task, shared)
        courier = Courier.of(job, wanted.services, session, caller, shared, wanted.db)
        listing, delivered = run_loop(_listing(courier))
        ids = [account.id for account in listing.accounts]
        after = datetime.fromisoformat(run["started_at"]) - RESUMABLE
        there = shared.deliveries(ids, fingerprint, after)
        kept = {account_id: delivery for account_id, delivery in there.items() if delivery.complete}
        observer.started(len(ids))
        for account in listing.accounts:
            if account.id in kept:
                observer.finished(account, tally(kept[account.id]), "")
        rest = [account for account in listing.accounts if account.id not in kept]
        _collect(client, task, last(wanted.db).accounts(rest), observer)
    run["resumed"] = bool(kept)
    staging.restart(run)
    shared.take([*ids, ORGANIZATION] if delivered else ids, fingerprint, staging)
    return Gathered(run, listing, shared)


@contextmanager
def _connected(address: str) -> Iterator[Client]:
    """A client of the scheduler. Raises UsageError if there is none, or if it has no workers."""
    try:
        from distributed import Client, Security
    except ImportError as error:
        raise UsageError("--scheduler needs Dask: pip install 'keyreach[dask]'") from error
    try:
        secured = Security().get_connection_args("client")
        if address.startswith("tls://") and not secured.get("ssl_context"):
            raise UsageError(f"--scheduler: {address} needs certificates: {_CERTIFICATES}")
        if address.startswith("tcp://") and secured.get("require_encryption"):
            raise UsageError(f"--scheduler: Dask's settings demand encryption, but {address} has none")
        client = Client(address, timeout=ANSWER_SECONDS, set_as_default=False, name="keyreach")
    except OSError as error:
        raise UsageError(
            f"--scheduler: no Dask scheduler answers at {address}: {error}; start one with `dask scheduler`, "
            "and check the address and whether its port can be reached from here"
        ) from error
    with client:
        if not client.scheduler_info()["workers"]:
            raise UsageError(
                f"--scheduler: {address} has no workers: start some, `dask worker {address} --nthreads 16`"
            )
        yield client


def _check(client: Client, task: worker.Task, shared: Handover) -> None:
    """Raise UsageError unless all workers have the client's keyreach, and share its staging and account."""
    ours = collector.__version__
    for address, found in client.run(worker.version, on_error="return").items():
        if found != ours:
            theirs = f"keyreach {found}" if isinstance(found, str) else f"no keyreach that answers ({found})"
            raise UsageError(
                f"worker {address} has {theirs}, the client has {ours}: install that on all workers"
            )
    shared.show(CLIENT, task.job.token)
    replies = client.run(worker.check, task)
    for address, reply in replies.items():
        if reply.problem:
            raise UsageError(f"worker {address} cannot take part: {reply.problem}; {_REMEDY}")
        if shared.shown(reply.token_name) != task.job.token:
            raise UsageError(
                f"worker {address} cannot take part: what it has written to {shared.place.url} is not "
                f"there for the client; {_REMEDY}"
            )
    shared.forget([reply.token_name for reply in replies.values()])


_REMEDY = (
    "all machines need the same --staging, a folder that each of them mounts or s3://bucket/prefix, and "
    "credentials of the same account"
)


async def _listing(courier: Courier) -> tuple[Listing, bool]:
    try:
        return await courier.organization(deliver=True)
    finally:
        await courier.transport.close()


def _collect(client: Client, task: worker.Task, accounts: list[Account], observer: Observer) -> None:
    """Have the workers collect the accounts. A worker that dies has its accounts redone by the others."""
    answers: SimpleQueue[Future[Delivery]] = SimpleQueue()
    waiting: dict[str, tuple[Future[Delivery], Account]] = {}
    for account in accounts:
        key = f"keyreach-{task.job.run_id}-{account.id}"
        future = client.submit(worker.collect, task, account, key=key, pure=False)
        waiting[key] = (future, account)
        future.add_done_callback(answers.put)
    watch = _Watch(client)
    while waiting:
        try:
            future = answers.get(timeout=_LOOK_SECONDS)
        except Empty:
            watch.look(len(waiting))
            continue
        _, account = waiting.pop(str(future.key))
        delivery = _answer(future, account)
        future.release()
        observer.advanced(tally(delivery))
        observer.finished(account, tally(delivery), delivery.problem)
    if accounts:
        client.run(worker.finish, task.job.run_id, on_error="ignore")


def _answer(future: Future[Delivery], account: Account) -> Delivery:
    """What was delivered. Raises KeyreachError where that failed."""
    from distributed import KilledWorker

    try:
        if future.cancelled():
            raise KeyreachError(f"the scheduler has dropped account {account.id}; {_KEPT}")
        return future.result()
    except KilledWorker as error:
        raise KeyreachError(
            f"account {account.id} was not collected: {error.allowed_failures + 1} workers died at it; look "
            f"into their logs, they may be short of memory; {_KEPT}"
        ) from error


_KEPT = "what was collected is kept, run the same sync again"


class _Watch:
    """Notices when nobody is left who could answer."""

    def __init__(self, client: Client) -> None:
        self._client, self._alone_since = client, 0.0

    def look(self, waiting: int) -> None:
        """Raise KeyreachError if the scheduler is gone, or all workers have been for long."""
        if self._client.status != "running":
            raise KeyreachError(f"the scheduler is gone, with {waiting} accounts to collect; {_KEPT}")
        if self._client.scheduler_info()["workers"]:
            self._alone_since = 0.0
            return
        now = time.monotonic()
        self._alone_since = self._alone_since or now
        if now - self._alone_since > ALONE_SECONDS:
            raise KeyreachError(f"all workers are gone, with {waiting} accounts to collect; {_KEPT}")
