"""Where results go: stdout, or the file that -o names."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, TextIO

import typer

from collector.ask.formats import Format
from collector.errors import UsageError

FormatOption = Annotated[Format, typer.Option("--format", help="How the result is written.")]
OutputOption = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="FILE", help="Write the result to a file instead of stdout."),
]
RawOption = Annotated[
    bool, typer.Option("--raw", help="CSV: leave cells as they are that a spreadsheet would run as formulas.")
]


@contextmanager
def opened(path: Path | None) -> Iterator[TextIO]:
    """The stream to write to. A file is for its owner only. Raises UsageError if it cannot be written."""
    if path is None:
        yield sys.stdout
        sys.stdout.flush()
        return
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from error
    with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
        yield stream
