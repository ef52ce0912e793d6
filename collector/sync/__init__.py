"""The main job: collect every account into staging, then publish the next file in place of the last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from collector.access.derive import derive
from collector.collect import plan, quotas, registry
from collector.collect.loop import run as run_loop
from collector.collect.pace import Pace
from collector.collect.plan import Services
from collector.collect.transport.choice import transport
from collector.collect.transport.credentials import Caller, Credentials, identify
from collector.collect.transport.memory import forget
from collector.collect.transport.session import new_session
from collector.config import Config
from collector.duration import duration
from collector.errors import UsageError
from collector.globs import select
from collector.store import previous
from collector.store.lock import exclusive
from collector.store.publish import Publication, check, publish
from collector.store.staging import Staging
from collector.sync.collection import RESUMED_SERVICES, Collection, Filters
from collector.sync.fresh import fresh
from collector.sync.gaps import accepted
from collector.sync.lines import merges
from collector.sync.listing import Listing
from collector.sync.mode import Mode
from collector.sync.observer import Observer, Unobserved
from collector.sync.order import last
from collector.sync.published import Published
from collector.sync.reuse import Reuse
from collector.sync.run import RESUMABLE, begun
from collector.sync.selection import Everything, Named, Selection
from collector.sync.wanted import Wanted

if TYPE_CHECKING:
    from collector.store.handover import Handover
    from collector.sync.delivery import Gathered


@dataclass(frozen=True)
class Report:
    """What a sync did."""

    run: dict[str, Any]
    """The run's row of sync_runs."""
    retired: dict[str, str]
    """Accounts that were dropped, and why."""

    @property
    def summary(self) -> dict[str, Any]:
        """The same as one object."""
        return {**self.run, "retired": self.retired}

    @property
    def complete(self) -> bool:
        """Whether nothing is missing, but for what the configuration accepts."""
        return bool(self.run["outcome"] == "complete")


def sync(
    config: Config,
    db: Path,
    filters: Filters | None = None,
    mode: Mode | None = None,
    *,
    strict: bool = False,
    demo: bool = False,
    observer: Observer | None = None,
) -> Report:
    """Collect what the configuration says into `db`.

    Raises UsageError before anything is called, KeyreachError where nothing was published: with
    `strict`, for an incomplete collection too. What was collected stays in staging then, and the next
    sync goes on from there.
    """
    filters, mode, observer = filters or Filters(), mode or Mode(), observer or Unobserved()
    services = selected(config, filters)
    limits = quotas.of(config)
    if not mode.from_staging:
        config.role.secret()
    check(db)
    if previous.is_demo(db) and not demo:
        raise UsageError(f"{db} holds the demonstration's inventory: name another file with --db")
    with exclusive(db):
        staging = Staging(db.with_name(db.name + ".staging"))
        wanted = Wanted(config, db, filters, services, mode, demo, observer)
        shared: Handover | None = None
        try:
            if mode.from_staging or mode.scheduler:
                gathered = _gathered(wanted, staging)
                run, listing, shared = gathered.run, gathered.listing, gathered.shared
                run["accounts"] = len(listing.accounts)
            else:
                pace = Pace(config.sync.concurrency, config.sync.quota_share, limits)
                run, listing = _collected(wanted, staging, pace)
        finally:
            if not staging.paths():
                staging.clear()
        forget()
        observer.publishing()
        run["finished_at"] = datetime.now(UTC).isoformat()
        retired = _retired(db, listing)
        gaps = accepted(config.coverage.accepted, date.today())
        publication = Publication(
            run=run,
            merges=merges(),
            retired=retired,
            trusted_accounts=config.trusted_accounts,
            keep_days=duration(config.history.keep) / timedelta(days=1),
            accepted=gaps,
            strict=strict,
            demo=demo,
        )
        report = Report(publish(db, staging, publication, [derive]), retired)
        staging.clear()
        if shared:
            shared.clear()
        return report


def _collected(wanted: Wanted, staging: Staging, pace: Pace) -> tuple[dict[str, Any], Listing]:
    """Collect the accounts in this process; the run's facts and the accounts."""
    config, filters = wanted.config, wanted.filters
    session = new_session()
    caller = identify(session)
    run, kept = _begin(staging, config, filters, caller, wanted.demo)
    credentials = Credentials(session, caller, config.role, config.accounts.organization_role)
    collection = Collection(
        run_id=run["run_id"],
        config=config,
        filters=filters,
        services=wanted.services,
        caller=caller,
        credentials=credentials,
        transport=transport(wanted.mode.transport, credentials, config.sync.concurrency),
        staging=staging,
        observer=wanted.observer,
        kept=kept,
        reuse=Reuse(config, Published(wanted.db), _selection(wanted), _accounts(kept)),
        pace=pace,
        order=last(wanted.db),
    )
    listing = run_loop(collection.run())
    return {**run, "accounts": len(collection.asked)}, listing


def _gathered(wanted: Wanted, staging: Staging) -> Gathered:
    """Have other machines collect the accounts, or take what they have collected."""
    from collector.sync import cluster, shards

    if wanted.mode.from_staging:
        return shards.gathered(wanted, staging)
    return cluster.gathered(wanted, staging)


def selected(config: Config, filters: Filters) -> Services:
    """The tables that are collected. Raises UsageError for globs that match no table or region."""
    settings = config.sync
    found = plan.services(
        settings.tables, settings.skip_tables, config.keys("sync.tables", "sync.skip_tables")
    )
    if filters.tables:
        names = [table.name for tables in found.values() for table in tables]
        found = plan.services(select(names, filters.tables, where=("--tables", "")), (), ("--tables", ""))
    regions = known_regions()
    select(
        regions, config.regions.include, config.regions.skip, config.keys("regions.include", "regions.skip")
    )
    select(regions, filters.regions, where=("--regions", ""))
    operations = {call.operation for table in registry.tables() for call in table.calls}
    for number, gap in enumerate(config.coverage.accepted):
        where = config.keys(*(f"coverage.accepted[{number}].{key}" for key in ("regions", "operations")))
        select([*regions, "global"], gap.regions, where=where[:1])
        select(sorted(operations), gap.operations, where=where[1:])
    return found


def known_regions() -> list[str]:
    """Every region of every partition."""
    session = new_session()
    return [
        region
        for partition in session.get_available_partitions()
        for region in session.get_available_regions("ec2", partition, allow_non_regional=False)
    ]


def _begin(
    staging: Staging, config: Config, filters: Filters, caller: Caller, demo: bool
) -> tuple[dict[str, Any], set[str]]:
    """The run's facts and the scopes that are already staged: those of a stopped run of the same kind."""
    run = begun(config, filters, caller, caller.arn, demo)
    stopped = staging.description()
    if stopped and stopped["config_fingerprint"] == run["config_fingerprint"]:
        if datetime.now(UTC) - datetime.fromisoformat(stopped["started_at"]) < RESUMABLE:
            kept = staging.resume(again=RESUMED_SERVICES)
            return {**stopped, "resumed": True}, kept
    staging.restart(run)
    return run, set()


def _selection(wanted: Wanted) -> Selection:
    if wanted.filters.scopes is not None:
        return Named(wanted.filters.scopes)
    if wanted.mode.max_age is not None:
        return fresh(wanted.db, wanted.mode.max_age)
    return Everything()


def _accounts(scopes: set[str]) -> frozenset[str]:
    return frozenset(scope.split("/")[1] for scope in scopes)


def _retired(db: Path, listing: Listing) -> dict[str, str]:
    """Accounts that a complete listing shows to be no longer collected, and why."""
    if not listing.authoritative:
        return {}
    current = {account.id for account in listing.accounts}
    reasons = {}
    for account_id in previous.collected_accounts(db) - current:
        state = listing.states.get(account_id)
        if state is None:
            reasons[account_id] = "the account is no longer listed"
        elif state != "ACTIVE":
            reasons[account_id] = f"the account's state is {state}"
        else:
            reasons[account_id] = "the configuration no longer selects the account"
    return reasons
