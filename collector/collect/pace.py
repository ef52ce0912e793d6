"""How fast AWS is asked: calls in flight, and a share of the quotas that production uses too."""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

from aiolimiter import AsyncLimiter

_BURST_SECONDS = 0.1
"""How much of a second's worth of calls may be made at once."""


class Pace:
    """Gives each call its turn. For one event loop."""

    def __init__(self, concurrency: int, quota_share: float = 1.0) -> None:
        """Allow `concurrency` calls in flight, and `quota_share` of each quota per account and region."""
        self._in_flight = asyncio.Semaphore(concurrency)
        self._share = quota_share
        self._limiters: dict[str, dict[tuple[str, str, str], AsyncLimiter]] = {}

    @asynccontextmanager
    async def turn(
        self, identity: str, region: str, service: str, operation: str, *, continued: bool = False
    ) -> AsyncIterator[None]:
        """Wait until the quota leaves room, then until there is a place among the calls in flight."""
        if quota := quotas().get(service, {}).get(operation):
            await self._limiter(identity, (region, service, operation), quota * self._share).acquire()
        async with self._in_flight:
            yield

    def throttled(self, identity: str, region: str, service: str, operation: str) -> None:
        """AWS throttled such a call."""

    def release(self, identity: str) -> None:
        """Forget an identity that makes no more calls."""
        self._limiters.pop(identity, None)

    def _limiter(self, identity: str, key: tuple[str, str, str], rate: float) -> AsyncLimiter:
        limiters = self._limiters.setdefault(identity, {})
        if key not in limiters:
            burst = max(1.0, rate * _BURST_SECONDS)
            limiters[key] = AsyncLimiter(burst, burst / rate)
        return limiters[key]


@cache
def quotas() -> Mapping[str, Mapping[str, float]]:
    """Requests a second by service and operation, from quotas.toml."""
    return tomllib.loads(Path(__file__).with_name("quotas.toml").read_text(encoding="utf-8"))
