"""Times that follow from what they are about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bench.endpoint.scramble import number

_BEGINNING = datetime(2023, 1, 1, tzinfo=UTC)
_MINUTES = 3 * 365 * 24 * 60


def when(*parts: object) -> datetime:
    """A minute of 2023, 2024 or 2025."""
    return _BEGINNING + timedelta(minutes=number(_MINUTES, "when", *parts))
