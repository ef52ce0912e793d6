"""What runs in the workers of a cluster: one collector per process, which its tasks share.

Functions here are called by name over the network; whoever may reach the scheduler may call them.
"""

from __future__ import annotations

import asyncio
import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import collector
from collector.collect.accounts import Account
from collector.collect.loop import new
from collector.collect.transport.credentials import identify
from collector.collect.transport.session import new_session
from collector.errors import KeyreachError
from collector.store.handover import Delivery
from collector.sync import selected
from collector.sync.delivery import CLIENT, Courier, Job, handover


@dataclass(frozen=True)
class Task:
    """What travels with each account."""

    job: Job
    caller_account: str
    """The client's account: a worker must have credentials of the same one."""
    version: str = collector.__version__


@dataclass(frozen=True)
class Reply:
    """What a worker says before it is given accounts."""

    problem: str
    """Why it cannot take part; empty: it can."""
    token_name: str = ""
    """Where it has left the client's token under a name of its own."""


def version() -> str:
    """The version of keyreach that a worker has."""
    return collector.__version__


def check(task: Task) -> Reply:
    """Whether this worker can take part: it shares the client's staging and account, and lacks nothing."""
    if task.version != collector.__version__:
        return Reply(f"it has keyreach {collector.__version__}, the client has {task.version}")
    try:
        session = new_session()
        shared = handover(task.job.staging, session)
        if shared.shown(CLIENT) != task.job.token:
            return Reply(f"what the client has written to {task.job.staging} is not there")
        name = f"worker-{secrets.token_hex(8)}"
        shared.show(name, task.job.token)
        task.job.config.role.secret()
        found = identify(session).account_id
    except KeyreachError as error:
        return Reply(str(error))
    if found != task.caller_account:
        ours = f"its credentials are of account {found}"
        return Reply(f"{ours}, the client's are of {task.caller_account}", name)
    return Reply("", name)


def collect(task: Task, account: Account) -> Delivery:
    """Collect an account and deliver it, beside the others that this process is collecting.

    What this run has delivered before is not collected again: the worker that did may have gone before
    it could say so. Raises KeyreachError where the account cannot be written.
    """
    try:
        with _crew(task) as crew:
            courier, job = crew.courier, task.job
            there = courier.handover.delivery(account.id, job.fingerprint)
            if there and there.run_id == job.run_id:
                return there
            return asyncio.run_coroutine_threadsafe(courier.account(account), crew.loop).result()
    except KeyreachError as error:
        raise KeyreachError(f"a worker on {socket.gethostname()}: {error}") from error


def finish(run_id: str) -> None:
    """Let go of what was kept for a run."""
    with _lock:
        crew = _crews.pop(run_id, None)
    if crew:
        crew.close()


@dataclass
class _Crew:
    """A courier and the thread that its event loop runs in."""

    courier: Courier
    loop: asyncio.AbstractEventLoop = field(default_factory=new)
    tasks: int = 0
    """Running ones."""

    def __post_init__(self) -> None:
        threading.Thread(target=self.loop.run_forever, name="keyreach", daemon=True).start()

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self.courier.transport.close(), self.loop).result()
        self.loop.call_soon_threadsafe(self.loop.stop)


_crews: dict[str, _Crew] = {}
"""Run -> its crew. One as a rule; those of clients that were killed go when the next run begins."""
_lock = threading.Lock()


@contextmanager
def _crew(task: Task) -> Iterator[_Crew]:
    """The crew of a run, made by its first task here."""
    run_id = task.job.run_id
    with _lock:
        if run_id not in _crews:
            for other in [name for name, crew in _crews.items() if not crew.tasks]:
                _crews.pop(other).close()
            _crews[run_id] = _Crew(_courier(task))
        crew = _crews[run_id]
        crew.tasks += 1
    try:
        yield crew
    finally:
        with _lock:
            crew.tasks -= 1


def _courier(task: Task) -> Courier:
    """Raises KeyreachError if this worker, which may have joined late, cannot take part."""
    reply = check(task)
    if reply.problem:
        raise KeyreachError(reply.problem)
    job, session = task.job, new_session()
    shared = handover(job.staging, session)
    shared.forget([reply.token_name])
    return Courier.of(job, selected(job.config, job.filters), session, identify(session), shared)
