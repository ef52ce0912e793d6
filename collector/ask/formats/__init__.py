"""Answers as text: one file per format."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import TextIO, assert_never

from collector.ask.answer import Answer

Writer = Callable[[Answer, TextIO], None]
"""Writes a whole answer."""


class Format(StrEnum):
    """How an answer is written."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    MARKDOWN = "markdown"


class FileFormat(StrEnum):
    """How exported files are written."""

    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"


def writer(chosen: Format, raw: bool = False) -> Writer:
    """What writes a format. With `raw`, CSV cells that a spreadsheet would run stay as they are."""
    from collector.ask.formats import csv, json, markdown, table

    match chosen:
        case Format.TABLE:
            return table.write
        case Format.JSON:
            return json.write
        case Format.JSONL:
            return json.write_lines
        case Format.CSV:
            return csv.write_raw if raw else csv.write
        case Format.MARKDOWN:
            return markdown.write
    assert_never(chosen)
