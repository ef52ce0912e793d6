"""The words of a verdict: how bad, and which of the three."""

from __future__ import annotations

from enum import StrEnum


class Severity(StrEnum):
    """How bad a failed check is."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return list(Severity).index(self)


class Status(StrEnum):
    """The three verdicts."""

    FAIL = "fail"
    UNKNOWN = "unknown"
    PASS = "pass"
