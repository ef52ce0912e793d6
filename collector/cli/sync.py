"""`keyreach sync`: the main job."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from collector.cli.settings import Settings
from collector.duration import duration
from collector.errors import UsageError

if TYPE_CHECKING:
    from collector.sync import Report
    from collector.sync.shards import Left

INCOMPLETE = 4


class Transport(Enum):
    """How calls are made."""

    HTTP = "http"
    BOTO3 = "boto3"


log = logging.getLogger(__name__)

ConfigArgument = Annotated[
    Path | None,
    typer.Argument(
        metavar="CONFIG",
        envvar="KEYREACH_CONFIG",
        help="Configuration file. Default: keyreach.toml, if it is there; else the caller's own account.",
        show_default=False,
    ),
]


def sync(
    ctx: typer.Context,
    config: ConfigArgument = None,
    tables: Annotated[
        list[str] | None, typer.Option("--tables", metavar="GLOB", help="Only these tables. Can be repeated.")
    ] = None,
    accounts: Annotated[
        list[str] | None,
        typer.Option("--accounts", metavar="ID", help="Only these accounts. Can be repeated."),
    ] = None,
    regions: Annotated[
        list[str] | None,
        typer.Option("--regions", metavar="GLOB", help="Only these regions. Can be repeated."),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Say what would be called, and how long the quotas make it last."),
    ] = False,
    concurrency: Annotated[
        int | None, typer.Option("--concurrency", metavar="N", min=1, max=1024, help="Calls in flight.")
    ] = None,
    max_age: Annotated[
        str | None,
        typer.Option(
            "--max-age",
            metavar="DURATION",
            help="Do not ask again what was collected whole within this time: 90s, 30m, 6h, 30d.",
        ),
    ] = None,
    events: Annotated[
        str | None,
        typer.Option(
            "--events",
            metavar="URL",
            help="Ask only what changed, as CloudTrail's events in this SQS queue say.",
        ),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Publish nothing if the collection is incomplete, and exit 1.")
    ] = False,
    transport: Annotated[
        Transport,
        typer.Option("--transport", help="How calls are made: fast, or by boto3 as a reference."),
    ] = Transport.HTTP,
    summary: Annotated[
        Path | None, typer.Option("--summary", metavar="FILE", help="Append one JSON line about the run.")
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option("--scheduler", metavar="URL", help="Have the workers of a Dask cluster collect."),
    ] = None,
    shard: Annotated[
        str | None,
        typer.Option("--shard", metavar="I/N", help="Collect one part of the accounts, and publish nothing."),
    ] = None,
    staging: Annotated[
        str | None,
        typer.Option(
            "--staging", metavar="URL", help="Folder or s3://bucket/prefix that all machines of a sync share."
        ),
    ] = None,
    from_staging: Annotated[
        str | None,
        typer.Option("--from-staging", metavar="URL", help="Collect nothing, and publish what shards left."),
    ] = None,
) -> None:
    """Collect keys, buckets, roles and what decides access to them, from every account.

    Writes the inventory anew beside the last one and then takes its place, so readers are never blocked. What
    cannot be read keeps its last good rows, and is recorded. A sync that was stopped goes on where it was.

    Exit codes: 0 complete; 4 incomplete; 1 nothing was published; 2 nothing was called.

    Example: keyreach sync --accounts 111122223333 --tables 'aws_kms_*'
    """
    from dataclasses import replace

    from collector import config as configuration
    from collector.cli.progress import Bar, Lines
    from collector.sync import sync as run
    from collector.sync.collection import Filters
    from collector.sync.events import sync_events
    from collector.sync.mode import Mode, Shard
    from collector.sync.shards import collect

    settings = Settings.of(ctx)
    mode = Mode(
        transport=transport.value,
        max_age=_age(max_age),
        shard=None if shard is None else Shard.parse(shard),
        scheduler=scheduler or "",
        staging=staging or "",
        from_staging=from_staging or "",
    )
    if mode.shard and strict:
        raise UsageError("--strict goes with what publishes: give it with --from-staging")
    chosen = configuration.load(config)
    if concurrency:
        chosen = replace(chosen, sync=replace(chosen.sync, concurrency=concurrency))
    filters = Filters(tuple(accounts or ()), tuple(regions or ()), tuple(tables or ()))
    if events and (dry_run or max_age or filters != Filters()):
        raise UsageError("--events says itself what to ask: leave out filters, --max-age and --dry-run")
    if events and (mode.shard or mode.scheduler or mode.from_staging):
        raise UsageError("--events is for one machine: leave out --shard, --scheduler and --from-staging")
    if dry_run:
        from collector.cli.dry_run import describe

        describe(chosen, filters, settings.db)
        return
    _writable(summary)
    left: Report | Left | None
    with (Bar if settings.shows_progress else Lines)() as observer:
        if mode.shard:
            left = collect(chosen, settings.db, filters, mode, observer)
        elif events:
            left = sync_events(events, chosen, settings.db, mode, strict=strict, observer=observer)
        else:
            left = run(chosen, settings.db, filters, mode, strict=strict, observer=observer)
    if left is None:
        log.info("nothing changed that is collected: %s stays as it is", settings.db)
        return
    if mode.shard:
        _tell_shard(left.summary, mode.staging)
    else:
        _tell(left.summary, settings.db)
    if summary:
        _append(summary, left.summary)
    if not left.complete:
        raise typer.Exit(INCOMPLETE)


def _tell_shard(line: dict[str, Any], staging: str) -> None:
    log.info(
        "left shard %s in %s: %d accounts, %d rows, %d calls, %d failed calls",
        line["shard"],
        staging,
        line["accounts"],
        line["rows"],
        line["calls"],
        line["failures"],
        extra={"fields": {"shard": line["shard"], "outcome": line["outcome"]}},
    )
    if line["outcome"] != "complete":
        log.warning("not everything was collected: the status of what is published will say what and why")


def _tell(run: dict[str, Any], db: Path) -> None:
    for account_id, reason in sorted(run["retired"].items()):
        log.warning("%s was dropped: %s", account_id, reason)
    log.info(
        "published %s: %d accounts, %d rows, %d calls, %d failed calls",
        db,
        run["accounts"],
        run["rows"],
        run["calls"],
        run["failures"],
        extra={"fields": {"run_id": run["run_id"], "outcome": run["outcome"]}},
    )
    if run["outcome"] != "complete":
        log.warning("not everything was collected: `keyreach --db %s status` says what and why", db)


def _age(text: str | None) -> timedelta | None:
    try:
        return duration(text) if text is not None else None
    except ValueError as error:
        raise UsageError(f"--max-age: {error}") from error


def _writable(summary: Path | None) -> None:
    """Refuse before hours of work what would fail after them."""
    try:
        if summary:
            summary.open("a").close()
    except OSError as error:
        raise UsageError(
            f"cannot write {summary}: {error.strerror}; name another file with --summary"
        ) from error


def _append(summary: Path, run: dict[str, Any]) -> None:
    line = {**run, "config": json.loads(run["config"])}
    with summary.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(line, sort_keys=True) + "\n")
