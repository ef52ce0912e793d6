"""`keyreach sync`: the main job."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from collector.cli.settings import Settings
from collector.duration import duration
from collector.errors import UsageError

if TYPE_CHECKING:
    from collector.sync import Report

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
    from collector.sync.mode import Mode

    report: Report | None
    settings = Settings.of(ctx)
    chosen = configuration.load(config)
    if concurrency:
        chosen = replace(chosen, sync=replace(chosen.sync, concurrency=concurrency))
    filters = Filters(tuple(accounts or ()), tuple(regions or ()), tuple(tables or ()))
    mode = Mode(transport.value, _age(max_age))
    if events and (dry_run or max_age or filters != Filters()):
        raise UsageError("--events says itself what to ask: leave out filters, --max-age and --dry-run")
    if dry_run:
        from collector.cli.dry_run import describe

        describe(chosen, filters, settings.db)
        return
    _writable(summary)
    with (Bar if settings.shows_progress else Lines)() as observer:
        if events:
            report = sync_events(events, chosen, settings.db, mode, strict=strict, observer=observer)
        else:
            report = run(chosen, settings.db, filters, mode, strict=strict, observer=observer)
    if report is None:
        log.info("nothing changed that is collected: %s stays as it is", settings.db)
        return
    _tell(report, settings.db)
    if summary:
        _append(summary, report)
    if not report.complete:
        raise typer.Exit(INCOMPLETE)


def _tell(report: Report, db: Path) -> None:
    run = report.run
    for account_id, reason in sorted(report.retired.items()):
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
    if not report.complete:
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


def _append(summary: Path, report: Report) -> None:
    line = {**report.run, "config": json.loads(report.run["config"]), "retired": report.retired}
    with summary.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(line, sort_keys=True) + "\n")
