"""`keyreach sync`: the main job."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from collector.cli.settings import Settings
from collector.errors import UsageError

if TYPE_CHECKING:
    from collector.config import Config
    from collector.sync import Report
    from collector.sync.collection import Filters

INCOMPLETE = 4

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
        bool, typer.Option("--dry-run", help="Say what would be collected, and stop.")
    ] = False,
    concurrency: Annotated[
        int | None, typer.Option("--concurrency", metavar="N", min=1, max=1024, help="Calls in flight.")
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Publish nothing if the collection is incomplete, and exit 1.")
    ] = False,
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
    from collector.sync.mode import Mode, Shard

    settings = Settings.of(ctx)
    mode = Mode(
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
    if dry_run:
        _describe(chosen, filters)
        return
    _writable(summary)
    with (Bar if settings.shows_progress else Lines)() as observer:
        if mode.shard:
            from collector.sync import shards

            left = shards.collect(chosen, settings.db, filters, mode, observer)
            complete, line = left.complete, left.summary
        else:
            report = run(chosen, settings.db, filters, mode, strict=strict, observer=observer)
            complete, line = report.complete, {**report.run, "retired": report.retired}
    if mode.shard:
        _tell_shard(line, mode.staging)
    else:
        _tell(report, settings.db)
    if summary:
        _append(summary, line)
    if not complete:
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


def _describe(config: Config, filters: Filters) -> None:
    """The tables and the operations that fill them."""
    from collector.sync import selected

    for tables in selected(config, filters).values():
        for table in tables:
            made = [call for call in table.calls if not call.option or call.option in config.sync.options]
            operations = ", ".join(call.operation for call in made if not table.reads_parent(call))
            typer.echo(f"{table.name}: once per {table.each.value}: {operations or 'read from its parent'}")


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
