"""`keyreach export`: tables and results as files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from collector.ask.formats import FileFormat
from collector.cli.output import RawOption
from collector.cli.settings import Settings

INCOMPLETE = 4


def export(
    ctx: typer.Context,
    to: Annotated[
        Path, typer.Option("--to", metavar="DIR", help="Folder to write to; it is made if needed.")
    ],
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="TABLE|QUERY-ID|GLOB", help="What to export. Default: all tables and views."),
    ] = None,
    format: Annotated[FileFormat, typer.Option("--format", help="How files are written.")] = FileFormat.CSV,
    raw: RawOption = False,
) -> None:
    """Write tables and results of queries as files, one each, and manifest.json with counts and coverage.

    Exit codes: 0 done; 4 done, but not everything that the files are made from was collected.

    Example: keyreach export aws_kms_keys 'kms-grant-*' --to out --format parquet
    """
    from collector.ask.export import export as write
    from collector.ask.export import names as matching
    from collector.ask.inventory import open_inventory

    db = Settings.of(ctx).db
    chosen = matching(names or [])
    engine = open_inventory(db)
    files = write(engine, db, chosen, to, format, raw)
    engine.dispose()
    typer.echo(f"{to}: {len(files)} files, {sum(file.rows for file in files)} rows", err=True)
    if any(not gap["accepted"] for file in files for gap in file.missing):
        typer.echo("not everything that they are made from was collected: manifest.json says what", err=True)
        raise typer.Exit(INCOMPLETE)
