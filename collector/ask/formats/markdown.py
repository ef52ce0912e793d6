"""A table in GitHub's Markdown. What a cell holds stays text: no markup, no HTML, no new row."""

from __future__ import annotations

import html
import re
from typing import Any, TextIO

from collector.ask.answer import Answer
from collector.ask.formats.cell import text


def write(answer: Answer, stream: TextIO) -> None:
    """Write header, rule and rows."""
    stream.write(_row(answer.columns))
    stream.write(_row(["---"] * len(answer.columns)))
    for row in answer.rows:
        stream.write(_row([cell(value) for value in row]))


def cell(value: Any) -> str:
    """A value that is shown as it is, whatever Markdown or HTML is in it."""
    escaped = html.escape(text(value), quote=False)
    escaped = re.sub(r"([\\`*_|\[\]~])", r"\\\1", escaped)
    return re.sub(r"\r\n|\r|\n", "<br>", escaped)


def _row(cells: list[str] | tuple[str, ...]) -> str:
    return "| " + " | ".join(cells) + " |\n"
