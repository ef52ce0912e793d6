"""`keyreach status`: the last run, its age, and what it did not collect."""

from __future__ import annotations

import sys
from datetime import timedelta

import typer

from collector.ask.formats import Format, writer
from collector.cli.output import FormatOption
from collector.cli.settings import Settings

_FACTS = (
    "run_id",
    "started_at",
    "finished_at",
    "outcome",
    "caller_arn",
    "accounts",
    "calls",
    "rows",
    "failures",
)
INCOMPLETE = 4


def status(ctx: typer.Context, format: FormatOption = Format.TABLE) -> None:
    """Say when the inventory was collected, and what is missing in it.

    Exit codes: 0 complete; 4 something was not collected, accepted gaps aside.

    Example: keyreach status --format json
    """
    from collector.ask.answer import Answer
    from collector.ask.inventory import open_inventory
    from collector.ask.status import status as read

    engine = open_inventory(Settings.of(ctx).db)
    with engine.connect() as connection:
        found = read(connection)
    engine.dispose()
    facts = {name: found.run[name] for name in _FACTS}
    facts |= {"age": _age(found.age), "oldest": found.oldest}
    if throttled := found.run.get("throttled"):
        facts["throttled"] = throttled
    columns = tuple(found.gaps[0]) if found.gaps else ()
    if format in (Format.TABLE, Format.MARKDOWN):
        writer(format)(Answer(("fact", "value"), iter(facts.items())), sys.stdout)
        if found.gaps:
            typer.echo("\nNot collected:\n")
            writer(format)(Answer(columns, (tuple(gap.values()) for gap in found.gaps)), sys.stdout)
    else:
        row = {**facts, "age_seconds": int(found.age.total_seconds()), "not_collected": found.gaps}
        writer(format)(Answer(tuple(row), iter([tuple(row.values())])), sys.stdout)
    if any(not gap["accepted"] for gap in found.gaps):
        raise typer.Exit(INCOMPLETE)


def _age(age: timedelta) -> str:
    """In the largest unit that fits."""
    seconds = int(age.total_seconds())
    for unit, length in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length} {unit}"
    return f"{seconds} seconds"
