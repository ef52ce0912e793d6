"""`keyreach explain`: every leg of a path, what decides it, and what is missing."""

from __future__ import annotations

import json
from typing import Annotated, Any, TextIO

import typer

from collector.ask.formats import Format, writer
from collector.ask.formats.cell import shown
from collector.ask.formats.markdown import cell
from collector.cli.output import FormatOption, OutputOption, opened
from collector.cli.settings import Settings


def explain(
    ctx: typer.Context,
    bucket: Annotated[str, typer.Option("--bucket", metavar="NAME", help="The bucket, by name or ARN.")],
    principal: Annotated[
        str | None,
        typer.Option("--principal", metavar="ARN", help="Who. Without it: everybody whose path is blocked."),
    ] = None,
    key: Annotated[
        str | None,
        typer.Option("--key", metavar="ARN", help="A key that takes the place of the bucket's default key."),
    ] = None,
    action: Annotated[
        str | None,
        typer.Option("--action", metavar="A", help="s3:GetObject, which is the default, or s3:PutObject."),
    ] = None,
    format: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """Show every leg of a path across accounts, and the statement to add where one is missing.

    A statement is printed only if it opens the path: where something denies, limits or cannot serve, the
    obstacle is named instead.

    Example: keyreach explain --principal arn:aws:iam::444444444444:role/etl --bucket acme-lake-events
    """
    from collector.ask.answer import Answer
    from collector.ask.explain import explain as explained
    from collector.ask.inventory import open_inventory

    engine = open_inventory(Settings.of(ctx).db)
    with engine.connect() as connection:
        found = explained(connection, bucket, principal, key, action)
    engine.dispose()
    with opened(output) as stream:
        if format in (Format.TABLE, Format.MARKDOWN):
            for path in found:
                _write(path, format, stream)
            if not found:
                stream.write(f"no path to {shown(bucket)} is blocked\n")
        else:
            columns = tuple(found[0]) if found else ()
            writer(format)(Answer(columns, (tuple(path.values()) for path in found)), stream)


def _write(path: dict[str, Any], format: Format, stream: TextIO) -> None:
    """One path for people: its legs as a table, then what can be done."""
    from collector.ask.answer import Answer

    rows = [
        (leg["leg"], leg["verdict"], _decided(leg))
        for leg in path["legs"]
        if leg["verdict"] != "not_applicable"
    ]
    say = _say_markdown if format is Format.MARKDOWN else _say
    say(stream, f"{path['principal_arn']}, {path['access']} of {path['resource_pattern']}: {path['verdict']}")
    writer(format)(Answer(("leg", "verdict", "decided by"), iter(rows)), stream)
    stream.write("\n")
    for obstacle in path["obstacles"]:
        say(stream, f"In the way: {obstacle}.")
    for each in path["statements_to_add"]:
        say(stream, f"Missing: {each['leg']}. Add to the {each['where']}:")
        _say(stream, _fenced(each["statement"], format))
    for condition in path["conditions"] if not path["obstacles"] else ():
        say(stream, f"Open: {condition['leg']}: {condition['reason']}")
    for role in path["works_through_roles"]:
        say(stream, f"There is a way through the role {role}.")


def _say(stream: TextIO, text: str) -> None:
    stream.write(shown(text, keep="\n") + "\n\n")


def _say_markdown(stream: TextIO, text: str) -> None:
    stream.write(cell(shown(text)) + "\n\n")


def _fenced(statement: dict[str, Any], format: Format) -> str:
    text = json.dumps(statement, indent=2)
    return f"```json\n{text}\n```" if format is Format.MARKDOWN else text


def _decided(leg: dict[str, Any]) -> str:
    return "; ".join(
        f"grant {each['grant']}" if "grant" in each else f"{each['policy']}: {json.dumps(each['statement'])}"
        for each in leg["decided_by"]
    )
