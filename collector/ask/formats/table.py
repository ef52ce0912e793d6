"""A table for people, as wide as the terminal; elsewhere as wide as it needs to be."""

from __future__ import annotations

import unicodedata
from typing import Any, TextIO

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from collector.ask.answer import Answer
from collector.ask.formats.cell import text

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


def shown(value: Any) -> str:
    """A value in which nothing steers the terminal: control and direction characters are spelled out."""
    return "".join(_spelled(character) for character in text(value))


def _spelled(character: str) -> str:
    if unicodedata.category(character) not in ("Cc", "Cf", "Zl", "Zp"):
        return character
    return character.encode("unicode_escape").decode("ascii")
