"""CSV as RFC 4180 has it, in UTF-8, with NULL as empty.

A text cell that a spreadsheet would run as a formula gets an apostrophe in front.
https://owasp.org/www-community/attacks/CSV_Injection
"""

from __future__ import annotations

import csv
from typing import Any, TextIO

from collector.ask.answer import Answer
from collector.ask.formats.cell import text

_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def write(answer: Answer, stream: TextIO) -> None:
    """Write header and rows; no cell starts a formula."""
    _write(answer, stream, raw=False)


def write_raw(answer: Answer, stream: TextIO) -> None:
    """Write header and rows with every cell as it is."""
    _write(answer, stream, raw=True)


def _write(answer: Answer, stream: TextIO, raw: bool) -> None:
    rows = csv.writer(stream, lineterminator="\r\n")
    rows.writerow(answer.columns)
    rows.writerows([_cell(value, raw) for value in row] for row in answer.rows)


def _cell(value: Any, raw: bool) -> str:
    found = text(value)
    dangerous = isinstance(value, str) and found.startswith(_STARTS_A_FORMULA)
    return f"'{found}" if dangerous and not raw else found
