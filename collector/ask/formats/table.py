"""A table for people, as wide as the terminal; elsewhere as wide as it needs to be."""

from __future__ import annotations

from typing import TextIO

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from collector.ask.answer import Answer
from collector.ask.formats.cell import shown

_WIDEST = 10_000


def console(stream: TextIO) -> Console:
    """What draws on a stream: as wide as its terminal, or as wide as the text where there is none."""
    return Console(file=stream, highlight=False, width=None if stream.isatty() else _WIDEST)


def write(answer: Answer, stream: TextIO) -> None:
    """Write the rows under their column names."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for name in answer.columns:
        table.add_column(Text(shown(name)), overflow="fold")
    for row in answer.rows:
        table.add_row(*(Text(shown(value)) for value in row))
    console(stream).print(table)
