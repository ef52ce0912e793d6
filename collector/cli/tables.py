"""`keyreach tables`: what the inventory holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from collector.ask.formats import Format, writer
from collector.cli.output import FormatOption
from collector.cli.settings import Settings
from collector.globs import select

if TYPE_CHECKING:
    from collector.collect.table import Call, Table


def tables(
    ctx: typer.Context,
    glob: Annotated[str, typer.Argument(metavar="GLOB", help="Tables and views to list.")] = "*",
    columns: Annotated[bool, typer.Option("--columns", help="List their columns.")] = False,
    counts: Annotated[bool, typer.Option("--counts", help="Count their rows in the inventory.")] = False,
    permissions: Annotated[
        bool, typer.Option("--permissions", help="List the API calls and the permissions that they need.")
    ] = False,
    format: FormatOption = Format.TABLE,
) -> None:
    """List tables and views, with their columns, rows or permissions.

    Example: keyreach tables 'aws_kms_*' --columns
    """
    from collector.ask.answer import Answer
    from collector.store import catalog

    known = catalog.tables()
    names = select(known, [glob], where=("tables", ""))
    if permissions:
        found = _permissions(names)
    elif columns:
        found = [
            {
                "table": name,
                "column": c.name,
                "type": c.type,
                "nullable": c.nullable,
                "description": c.comment,
            }
            for name in names
            for c in known[name].columns
        ]
    else:
        rows = _counts(ctx, names) if counts else {}
        found = [
            {
                "table": name,
                "kind": known[name].kind,
                **({"rows": rows[name]} if counts else {}),
                "description": known[name].comment,
            }
            for name in names
        ]
    header = tuple(found[0]) if found else ()
    import sys

    writer(format)(Answer(header, (tuple(row.values()) for row in found)), sys.stdout)


def _counts(ctx: typer.Context, names: list[str]) -> dict[str, int]:
    from collector.ask.inventory import ask, open_inventory

    engine = open_inventory(Settings.of(ctx).db)
    with engine.connect() as connection:
        found = {name: next(ask(connection, f"select count(*) from {name}").rows)[0] for name in names}
    engine.dispose()
    return found


def _permissions(names: list[str]) -> list[dict[str, Any]]:
    from collector.collect import registry

    return [
        {
            "table": table.name,
            "operation": call.operation,
            "permission": table.made(call).action,
            "made": _when(table, call),
        }
        for table in registry.tables()
        if table.name in names
        for call in table.calls
    ]


def _when(table: Table, call: Call) -> str:
    if table.reads_parent(call):
        return "never: the answer about the parent is read"
    return f"if sync.{call.option} is on" if call.option else "always"
