"""`keyreach sql`: somebody's own questions."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from collector.ask.formats import Format, writer
from collector.ask.formats.cell import shown
from collector.cli.output import FormatOption, OutputOption, RawOption, opened
from collector.cli.parameters import Given, values
from collector.cli.settings import Settings
from collector.errors import KeyreachError, UsageError


def sql(
    ctx: typer.Context,
    query: Annotated[
        str | None,
        typer.Argument(metavar="QUERY|-", help="SQL in DuckDB's dialect; - reads it from stdin."),
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--file", "-f", metavar="FILE", help="Read the SQL from a file.")
    ] = None,
    param: Given = None,
    format: FormatOption = Format.TABLE,
    output: OutputOption = None,
    raw: RawOption = False,
    timeout: Annotated[
        float, typer.Option("--timeout", metavar="SECONDS", min=0.001, help="Longest that a query may take.")
    ] = 300.0,
) -> None:
    """Ask the inventory in SQL: read-only, without access to files, the network or settings.

    Without a query: a prompt on a terminal, where a semicolon ends a query; otherwise stdin is read.
    `$name` in the SQL stands for the value of `-p name VALUE`.

    Example: keyreach sql 'select key_type, count(*) from kms_key_types group by all'
    """
    from collector.ask.sql import answer, sandbox

    if query is not None and file is not None:
        raise UsageError("give either a query or --file, not both")
    given, limit = values(param), timedelta(seconds=timeout)
    with sandbox(Settings.of(ctx).db) as connection:
        if query is None and file is None and sys.stdin.isatty():
            _prompt(connection, given, limit, format)
            return
        with answer(connection, _text(query, file), given, limit) as found, opened(output) as stream:
            writer(format, raw)(found, stream)


def _text(query: str | None, file: Path | None) -> str:
    if file is not None:
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"cannot read {file}: {error}") from error
    else:
        text = sys.stdin.read() if query in (None, "-") else query or ""
    if not text.strip():
        raise UsageError("there is no query: write one, name a file with --file, or pipe it in")
    return text


def _prompt(connection: object, given: dict[str, str], limit: timedelta, format: Format) -> None:
    """Read queries until the end of input; one that fails does not end it."""
    import contextlib

    with contextlib.suppress(ImportError):
        import readline  # noqa: F401  (line editing and history for input)
    from sqlalchemy import Connection

    from collector.ask.sql import answer

    assert isinstance(connection, Connection)
    lines: list[str] = []
    while True:
        try:
            lines.append(input("   ...> " if lines else "keyreach> "))
        except EOFError:
            typer.echo(err=True)
            return
        if not lines[-1].rstrip().endswith(";"):
            continue
        text, lines = "\n".join(lines), []
        try:
            with answer(connection, text, given, limit) as found:
                writer(format)(found, sys.stdout)
        except KeyreachError as error:
            connection.rollback()
            typer.echo(shown(f"keyreach: {error}", keep="\n"), err=True)
