"""`keyreach simulate`: what policies decide, before they change."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from collector.errors import UsageError

INCOMPLETE = 4


def simulate(
    file: Annotated[
        str, typer.Argument(metavar="FILE|-", help="Requests, one JSON object a line; - reads stdin.")
    ] = "-",
) -> None:
    """Decide about requests, offline: one JSON object a line in, one decision a line out, in order.

    A request has principal, action, resource, resource_account, the policies that bear on it
    (identity_policies, permissions_boundary, session_policy, resource_policy, scps, rcps, grants) and the
    condition keys that it carries: context has their values, unknown_context names those whose value is
    not known; any other key is absent.

    Exit codes: 0 every request was decided; 4 some line was no request: its answer says what is wrong.

    Example: keyreach simulate requests.jsonl
    """
    from collector.ask.simulate import simulate as decisions

    output, wrong = sys.stdout.buffer, 0
    with _opened(file) as lines:
        for answer, decided in decisions(lines):
            output.write(answer)
            output.flush()
            wrong += not decided
    if wrong:
        typer.echo(f"keyreach: lines that are no requests: {wrong}; their errors say why", err=True)
        raise typer.Exit(INCOMPLETE)


@contextmanager
def _opened(file: str) -> Iterator[BinaryIO]:
    if file == "-":
        yield sys.stdin.buffer
        return
    try:
        stream = Path(file).open("rb")
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}") from error
    with stream:
        yield stream
