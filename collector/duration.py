"""Durations as people write them: `90s`, `30m`, `6h`, `30d`."""

from __future__ import annotations

import re
from datetime import timedelta

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def duration(text: str) -> timedelta:
    """The duration that `text` says. Raises ValueError."""
    found = re.fullmatch(r"([0-9]{1,6})([smhd])", text)
    if not found:
        raise ValueError(f"{text!r} is no duration: write 90s, 30m, 6h or 30d")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})
