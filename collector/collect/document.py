"""Policy documents: the parsed form of a text that AWS stores unread."""

from __future__ import annotations

import json
import math
from typing import Any
from urllib.parse import unquote

from collector.collect.table import Column, Scope


def parsed(member: str, encoded: bool = False) -> Column:
    """A column with the JSON document in a text member. None if there is no text, or it is not JSON.

    `encoded` texts are percent-encoded, as IAM returns them.
    """

    def column(answer: Any, _: Scope) -> Any:
        text = _text(answer, member, encoded)
        try:
            return None if text is None else json.loads(text, parse_float=_finite, parse_constant=_finite)
        except (ValueError, RecursionError):
            return None

    return column


def _finite(number: str) -> float:
    """A number that JSON can hold again: neither NaN nor infinite."""
    if not math.isfinite(float(number)):
        raise ValueError(f"{number} is no number of JSON")
    return float(number)


def text(member: str) -> Column:
    """A column with a percent-encoded text member, decoded."""
    return lambda answer, _: _text(answer, member, encoded=True)


def _text(answer: Any, member: str, encoded: bool) -> str | None:
    value = answer.get(member)
    return unquote(value) if encoded and value is not None else value
