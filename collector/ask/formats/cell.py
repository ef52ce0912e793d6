"""One value as JSON knows it, and as text."""

from __future__ import annotations

import json
import math
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any


def plain(value: Any) -> Any:
    """A value as JSON can hold it: times in ISO 8601, bytes in hexadecimal, numbers that are none as text."""
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else str(value)
        case datetime() | date() | time():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case Decimal():
            return plain(float(value))
        case bytes():
            return value.hex()
        case Mapping():
            return {str(key): plain(part) for key, part in value.items()}
        case list() | tuple() | set():
            return [plain(part) for part in value]
        case _:
            return str(value)


def text(value: Any) -> str:
    """A value in a cell: NULL is empty, lists and objects are JSON."""
    found = plain(value)
    match found:
        case None:
            return ""
        case bool():
            return "true" if found else "false"
        case str():
            return found
        case _:
            return json.dumps(found, ensure_ascii=False, separators=(",", ":"))


def shown(value: Any, keep: str = "") -> str:
    """A value in which nothing steers the terminal: control and direction characters are spelled out.

    Those in `keep` stay as they are.
    """
    return "".join(c if c in keep else _spelled(c) for c in text(value))


def _spelled(character: str) -> str:
    if unicodedata.category(character) not in ("Cc", "Cf", "Zl", "Zp"):
        return character
    return character.encode("unicode_escape").decode("ascii")
