"""How a sync goes about its work; what it collects stands in the configuration."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from collector.collect.transport.choice import DEFAULT


@dataclass(frozen=True)
class Mode:
    """How one sync is done: the options of the command that say neither what nor where."""

    transport: str = DEFAULT
    """How API calls are made: one of `transport.choice.TRANSPORTS`."""
    max_age: timedelta | None = None
    """Scopes that the published file has whole and no older than this are not asked; None: all are."""
