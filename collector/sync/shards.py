"""A sync in shards: machines that each collect a part of the accounts, and one that publishes them all."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import collector
from collector.collect import plan, quotas
from collector.collect.accounts import Account
from collector.collect.loop import run as run_loop
from collector.collect.outcome import Failure, Outcome
from collector.collect.plan import Services
from collector.collect.table import Scope
from collector.collect.transport.credentials import Caller, identify
from collector.collect.transport.session import new_session
from collector.config import Config
from collector.errors import KeyreachError, UsageError
from collector.store.handover import ORGANIZATION, Delivery
from collector.store.staging import Staging
from collector.sync import selected
from collector.sync.collection import ACCOUNTS_AT_ONCE, Filters, first
from collector.sync.delivery import Courier, Gathered, Job, handover, prepared, tally
from collector.sync.lines import lines, scope_name
from collector.sync.listing import Listing
from collector.sync.mode import Mode, Shard
from collector.sync.observer import Observer, Unobserved
from collector.sync.order import Order, last
from collector.sync.run import RESUMABLE, begun, fingerprint
from collector.sync.wanted import Wanted

RUNNING = "running"
"""Outcome of a shard that has not ended, or was stopped."""


@dataclass(frozen=True)
class Left:
    """What a shard has left in staging."""

    summary: dict[str, Any]
    """The run's facts and counts, and the shard's number."""

    @property
    def complete(self) -> bool:
        """Whether nothing is missing."""
        return bool(self.summary["outcome"] == "complete")


def collect(config: Config, db: Path, filters: Filters, mode: Mode, observer: Observer | None = None) -> Left:
    """Collect the accounts of one shard, and leave them in staging for `gathered`.

    Accounts that are there already, complete, of the same configuration and fresh, are not asked again.
    """
    assert mode.shard
    services = selected(config, filters)
    config.role.secret()
    session = new_session()
    shared = prepared(mode.staging, session)
    caller = identify(session)
    run = begun(config, filters, caller, caller.account_id, demo=False)
    names = run["run_id"], run["config_fingerprint"]
    job = Job(*names, mode.transport, mode.staging, config, filters, quotas.of(config))
    courier = Courier.of(job, services, session, caller, shared, db)
    note = run_loop(_collect(courier, mode.shard, run, last(db), observer or Unobserved()))
    told = ("outcome", "finished_at", "calls", "rows", "failures")
    accounts = len(set(note["collected"]) - {ORGANIZATION})
    facts = {"shard": str(mode.shard), "accounts": accounts, **{name: note[name] for name in told}}
    return Left({**note["run"], **facts})


async def _collect(
    courier: Courier, shard: Shard, run: dict[str, Any], order: Order, observer: Observer
) -> dict[str, Any]:
    shared, began = courier.handover, datetime.fromisoformat(run["started_at"])
    try:
        listing, delivered = await courier.organization(deliver=shard.number == 1)
        note = {
            "shard": shard.number,
            "of": shard.of,
            "run": run,
            "outcome": RUNNING,
            "accounts": {account.id: account.name for account in listing.accounts},
            "states": listing.states,
            "authoritative": listing.authoritative,
        }
        await asyncio.to_thread(shared.note, _name(shard), note)
        mine = order.accounts(account for account in listing.accounts if shard.has(account.id))
        observer.started(len(mine))
        found = await asyncio.to_thread(
            shared.deliveries, [account.id for account in mine], courier.job.fingerprint, began - RESUMABLE
        )
        kept = {account_id: delivery for account_id, delivery in found.items() if delivery.complete}
        done = await _deliver(courier, mine, kept, observer)
    except BaseExceptionGroup as errors:
        raise first(errors) from errors
    finally:
        await courier.transport.close()
    note |= {
        "run": run | {"resumed": bool(kept)},
        "outcome": "complete" if all(delivery.complete for delivery in done) else "incomplete",
        "collected": [delivery.account_id for delivery in done] + [ORGANIZATION] * delivered,
        "oldest": min([run["started_at"], *(delivery.started_at for delivery in done)]),
        "finished_at": datetime.now(UTC).isoformat(),
        "calls": sum(delivery.calls for delivery in done),
        "rows": sum(delivery.rows for delivery in done),
        "failures": sum(delivery.failures for delivery in done),
    }
    await asyncio.to_thread(shared.note, _name(shard), note)
    return note


async def _deliver(
    courier: Courier, accounts: list[Account], kept: dict[str, Delivery], observer: Observer
) -> list[Delivery]:
    """Collect the accounts that are not kept, some at a time; what is there of all of them."""
    at_once = asyncio.Semaphore(ACCOUNTS_AT_ONCE)
    done: list[Delivery] = []

    async def one(account: Account) -> None:
        async with at_once:
            delivery = kept.get(account.id) or await courier.account(account, observer)
        done.append(delivery)
        observer.finished(account, tally(delivery), delivery.problem)

    async with asyncio.TaskGroup() as group:
        for account in accounts:
            group.create_task(one(account))
    return done


def gathered(wanted: Wanted, staging: Staging) -> Gathered:
    """Take what the shards have left. Raises UsageError where that is not a whole sync of this kind."""
    config, filters, url = wanted.config, wanted.filters, wanted.mode.from_staging
    shared = handover(url, new_session())
    try:
        notes = list(shared.notes().values())
    except KeyreachError as error:
        raise UsageError(f"--from-staging: {error}") from error
    _fit(notes, config, filters, url)
    of_first = notes[0]["run"]
    caller = Caller(of_first["account_id"], of_first["caller_arn"])
    listing = _merged(notes)
    run = begun(config, filters, caller, caller.account_id, wanted.demo) | {
        "started_at": min(note["oldest"] for note in notes),
        "resumed": any(note["run"]["resumed"] for note in notes),
    }
    staging.restart(run)
    present = {account.id for account in listing.accounts} | {ORGANIZATION}
    collected = {name for note in notes for name in note["collected"]} & present
    shared.take(sorted(collected), of_first["config_fingerprint"], staging)
    for account in listing.accounts:
        if account.id not in collected:
            _not_listed(account, config, wanted.services, caller, staging, run["run_id"])
    return Gathered(run, listing, shared)


def _name(shard: Shard) -> str:
    return f"shard-{shard.number}-of-{shard.of}"


def _fit(notes: list[dict[str, Any]], config: Config, filters: Filters, url: str) -> None:
    """Raise UsageError unless the notes are those of all shards, of one kind, ended and fresh."""
    if not notes:
        raise UsageError(f"{url} holds no shards: run `keyreach sync --shard 1/N --staging {url}` and so on")
    counts = sorted({note["of"] for note in notes})
    if len(counts) > 1:
        raise UsageError(
            f"{url} holds shards of {counts[0]} and of {counts[1]}: remove the shard-*-of-N.json of those "
            "that are not meant, and run all of the others"
        )
    (of,) = counts
    by_number = {note["shard"]: note for note in notes}
    same = fingerprint(config, filters, notes[0]["run"]["account_id"], demo=False)
    problems: dict[str, list[str]] = {}
    for number in range(1, of + 1):
        if why := _misfit(by_number.get(number), same):
            problems.setdefault(why, []).append(f"{number}/{of}")
    if problems:
        told = "; ".join(f"{why}: {', '.join(shards)}" for why, shards in problems.items())
        example = next(iter(problems.values()))[0]
        raise UsageError(
            f"the shards in {url} cannot be published; {told}. Run each of these, with the configuration "
            f"that is published here: `keyreach sync --shard {example} --staging {url}`"
        )


def _misfit(note: dict[str, Any] | None, same: str) -> str:
    """Why a shard cannot be published; empty: it can."""
    if note is None:
        return "missing"
    if note["run"]["version"] != collector.__version__:
        return f"collected by keyreach {note['run']['version']}, and this is {collector.__version__}"
    if note["run"]["config_fingerprint"] != same:
        return "collected with another configuration, other filters or the credentials of another account"
    if note["outcome"] == RUNNING:
        return "not finished"
    if datetime.fromisoformat(note["oldest"]) < datetime.now(UTC) - RESUMABLE:
        return "collected more than 24 hours ago"
    return ""


def _merged(notes: list[dict[str, Any]]) -> Listing:
    """What the shards' listings tell together: an account that one of them lists is there."""
    in_time = sorted(notes, key=lambda note: note["run"]["started_at"])
    names = {account_id: name for note in in_time for account_id, name in note["accounts"].items()}
    states = {account_id: state for note in in_time for account_id, state in note["states"].items()}
    accounts = [Account(account_id, name) for account_id, name in sorted(names.items())]
    return Listing(accounts, states, all(note["authoritative"] for note in notes))


def _not_listed(
    account: Account, config: Config, services: Services, caller: Caller, staging: Staging, run_id: str
) -> None:
    """Record that an account was not asked: its shard did not list it, and another one did."""
    why = "the account's shard did not list it, another one did: it came or went meanwhile"
    failure = Failure(Outcome.NOT_ATTEMPTED, "NotListed", why)
    here = Scope("", account.id, "global", caller.partition, caller.home_region)
    now = datetime.now(UTC)
    for result in plan.unreached(here, services, config.sync.options, failure):
        rows = lines(result, run_id, now, now)
        staging.append(account.id, scope_name(result.scope), rows, result.complete, now, result.calls)
    staging.flush(account.id)
