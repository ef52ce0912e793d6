"""JSON: one list of objects, or an object a line."""

from __future__ import annotations

import json
from typing import Any, TextIO

from collector.ask.answer import Answer
from collector.ask.formats.cell import plain


def write(answer: Answer, stream: TextIO) -> None:
    """Write a list of objects, one row a line."""
    stream.write("[")
    for number, row in enumerate(answer.dicts()):
        stream.write(",\n" if number else "\n")
        stream.write(_object(row))
    stream.write("\n]\n")


def write_lines(answer: Answer, stream: TextIO) -> None:
    """Write an object a line."""
    for row in answer.dicts():
        stream.write(_object(row) + "\n")


def _object(row: dict[str, Any]) -> str:
    return json.dumps(plain(row), ensure_ascii=False)
