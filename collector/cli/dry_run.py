"""`keyreach sync --dry-run`: what would be called, by what the last sync called."""

from __future__ import annotations

import sys
from pathlib import Path

import typer

from collector.ask.answer import Answer
from collector.ask.formats import Format, writer
from collector.config import Config
from collector.sync import selected
from collector.sync.collection import Filters
from collector.sync.estimate import Estimate, asked, calls, estimate


def describe(config: Config, filters: Filters, db: Path) -> None:
    """Say it. Calls nobody, and raises the errors that a sync raises before it calls anybody."""
    services = selected(config, filters)
    found = estimate(config, filters, services, db)
    if found:
        _counted(found, config.sync.quota_share)
        return
    for table in asked(config, services):
        operations = ", ".join(call.operation for call in calls(table, config.sync.options))
        typer.echo(f"{table.name}: once per {table.each.value}: {operations or 'read from its parent'}")
    typer.echo(f"there is no inventory at {db}: after the first sync there are numbers, too")


def _counted(found: Estimate, share: float) -> None:
    totals = found.totals()
    rows = ((*total, found.rates.get(total[:2])) for total in totals)
    writer(Format.TABLE)(Answer(("service", "operation", "calls", "calls_a_second"), rows), sys.stdout)
    number = sum(calls for _, _, calls in totals)
    began = f"{found.began:%Y-%m-%d %H:%M} UTC"
    typer.echo(f"{number:,} calls for {found.accounts:,} accounts, by the sync of {began}")
    if bound := found.bound():
        typer.echo(
            f"{share:.0%} of the quotas allow that in {_time(bound.seconds)} at least: {bound.operation} in "
            f"{bound.account_id} {bound.region}, {bound.calls:,} calls at {bound.rate:g} a second"
        )
    else:
        typer.echo("none of these calls has a published quota")
    if found.new_accounts:
        _not_counted("accounts that were not collected then", list(found.new_accounts))
    if found.new_regions:
        _not_counted("regions that were not collected then", [" ".join(one) for one in found.new_regions])
    if found.new_operations:
        _not_counted("operations that were not called then", list(found.new_operations))


def _not_counted(what: str, names: list[str], most: int = 5) -> None:
    told = ", ".join(names[:most]) + (f" and {len(names) - most:,} more" if len(names) > most else "")
    typer.echo(f"not counted: {what}: {told}")


def _time(seconds: float) -> str:
    """In the two largest units that say something."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s" if whole else "less than a second"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
