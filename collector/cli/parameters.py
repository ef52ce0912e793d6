"""`-p NAME VALUE`: values for the parameters of a query."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from collector.errors import UsageError

_FLAGS = ("-p", "--param")

Given = Annotated[
    list[str] | None,
    typer.Option(
        *_FLAGS, metavar="NAME VALUE", help="A value for a parameter of the query. Can be repeated."
    ),
]


class WithParameters(TyperCommand):
    """A command whose `-p` takes two values, which Typer cannot declare for an option that repeats."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Join the two values of each `-p` into one before the options are read."""
        joined: list[str] = []
        rest = iter(args)
        for argument in rest:
            joined.append(argument)
            if argument in _FLAGS:
                name, value = next(rest, None), next(rest, None)
                if name is None or value is None:
                    ctx.fail(f"{argument} takes two values: {argument} NAME VALUE")
                joined.append(f"{name}={value}")
            elif argument == "--":
                joined.extend(rest)
        return super().parse_args(ctx, joined)


def values(given: list[str] | None) -> dict[str, str]:
    """The parameters by name. Raises UsageError if one is given twice."""
    found: dict[str, str] = {}
    for text in given or []:
        name, _, value = text.partition("=")
        if name in found:
            raise UsageError(f"-p {name} is given twice")
        found[name] = value
    return found
