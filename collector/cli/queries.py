"""`keyreach queries`: the library itself."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from collector.ask.answer import Answer
from collector.ask.formats import Format, writer
from collector.cli.output import FormatOption
from collector.errors import KeyreachError

if TYPE_CHECKING:
    from collector.ask.library import Query


def queries(
    glob: Annotated[str, typer.Argument(metavar="GLOB", help="Queries to list.")] = "*",
    show: Annotated[
        str | None, typer.Option("--show", metavar="ID", help="Print the SQL of one query.")
    ] = None,
    test: Annotated[bool, typer.Option("--test", help="Run the cases that the queries carry.")] = False,
    format: FormatOption = Format.TABLE,
) -> None:
    """List the checks and reports of the library, show one, or run their cases.

    Example: keyreach queries 's3-*' --format json
    """
    from collector.ask.library import chosen

    if show is not None:
        _show(chosen([show])[0])
        return
    found = chosen([glob])
    if test:
        _test(found)
        return
    columns: tuple[str, ...] = ("id", "kind", "title", "severity")
    if format not in (Format.TABLE, Format.MARKDOWN):
        columns = (*columns, "tables", "frameworks", "parameters")
    entries = ([_entry(query)[column] for column in columns] for query in found)
    writer(format)(Answer(columns, (tuple(entry) for entry in entries)), sys.stdout)


def _entry(query: Query) -> dict[str, object]:
    parameters = [
        {"name": name, "default": parameter.default, "required": parameter.required, "help": parameter.help}
        for name, parameter in query.parameters.items()
    ]
    return {
        "id": query.id,
        "kind": query.kind,
        "title": query.title,
        "severity": query.severity.value if query.kind == "check" else None,
        "tables": sorted(query.reads.tables),
        "frameworks": list(query.frameworks),
        "parameters": parameters,
    }


def _show(query: Query) -> None:
    typer.echo(f"-- {query.title}")
    for line in query.description.splitlines():
        typer.echo(f"-- {line}".rstrip())
    if query.remediation:
        typer.echo(f"--\n-- Remediation: {query.remediation}")
    typer.echo(f"{query.sql};")


def _test(found: list[Query]) -> None:
    from collector.ask.cases import run

    verdicts = list(run(found))
    for verdict in verdicts:
        typer.echo(f"{'FAIL' if verdict.problem else 'ok  '} {verdict.query}: {verdict.case}")
        if verdict.problem:
            typer.echo(f"     {verdict.problem}")
    failed = sum(bool(verdict.problem) for verdict in verdicts)
    typer.echo(f"{len(verdicts)} cases, {failed} failed", err=True)
    if failed:
        raise KeyreachError("a query does not do what its cases expect")
