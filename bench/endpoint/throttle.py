"""Token buckets as AWS keeps them: for every account, region and operation."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

_PUBLISHED = Path(__file__).parents[2] / "collector" / "collect" / "quotas.toml"


def published() -> dict[str, float]:
    """AWS's published quotas, requests a second by `service:operation`."""
    found = tomllib.loads(_PUBLISHED.read_text(encoding="utf-8"))
    return {
        f"{service}:{operation}": float(rate)
        for service, operations in found.items()
        if isinstance(operations, dict)
        for operation, rate in operations.items()
        if isinstance(rate, int | float)
    }


class Throttle:
    """Says whether a call is within its quota. A bucket holds what one second allows."""

    def __init__(self, quotas: Mapping[str, float]) -> None:
        """`quotas` by `service:operation`; what is not in it is never throttled."""
        self._quotas = quotas
        self._buckets: dict[tuple[str, str, str], tuple[float, float]] = {}

    def admits(self, account: str, region: str, operation: str, now: float) -> bool:
        """Take a token; False: there is none."""
        rate = self._quotas.get(operation)
        if rate is None:
            return True
        most = max(rate, 1.0)
        level, then = self._buckets.get((account, region, operation), (most, now))
        level = min(most, level + (now - then) * rate)
        admitted = level >= 1.0
        self._buckets[account, region, operation] = (level - admitted, now)
        return admitted
