"""One operation of one identity in one region: the tokens that its rate brings, and who waits for one."""

from __future__ import annotations

from asyncio import Future, TimerHandle
from collections import deque
from typing import TYPE_CHECKING

from collector.collect.pace.rate import Rate

if TYPE_CHECKING:
    from collector.collect.pace.places import Lane

BURST_SECONDS = 0.05
"""How much of a second's worth of calls may be made at once: what a busy event loop is late by."""

FURTHER, FIRST = 0, 1
"""Kinds of calls: further pages of a listing go before first calls, for each waits for the one before."""

_ROUNDING = 1e-6


class Bucket:
    """A token bucket. In any second no more calls than the rate and one burst are made."""

    __slots__ = (
        "_at",
        "_count",
        "_count_before",
        "_counted_from",
        "_tokens",
        "lane",
        "rate",
        "ready",
        "timer",
        "waiting",
    )

    def __init__(self, lane: Lane, ceiling: float | None, now: float) -> None:
        """A full bucket, that nobody waits for."""
        self.lane = lane
        self.rate = Rate(ceiling)
        self.waiting: tuple[deque[Future[None]], deque[Future[None]]] = (deque(), deque())
        self.ready = [False, False]
        """By kind: whether the lane has it among those that can make such a call."""
        self.timer: TimerHandle | None = None
        self._tokens = _burst(ceiling or 0.0)
        self._at = self._counted_from = now
        self._count = self._count_before = 0

    def wait(self, now: float) -> float:
        """Seconds until there is a token; 0: there is one."""
        rate = self.rate.now
        if rate is None:
            return 0.0
        self._tokens = min(_burst(rate), self._tokens + (now - self._at) * rate)
        self._at = now
        missing = 1.0 - self._tokens
        return missing / rate if missing > _ROUNDING else 0.0

    def take(self, now: float) -> None:
        """Take a token: a call is made."""
        self._tokens -= 1.0
        if now - self._counted_from >= 1.0:
            self._count_before = self._count if now - self._counted_from < 2.0 else 0
            self._counted_from, self._count = now, 0
        self._count += 1
        self.rate.called()

    def give_back(self) -> None:
        """The call is not made after all."""
        self._tokens += 1.0
        self._count -= 1

    def throttled(self, now: float) -> None:
        """AWS throttled such a call: what was saved up is lost, and new tokens come more slowly."""
        if self.rate.throttled(now, self._used(now)):
            self._tokens, self._at = 0.0, now

    def next(self, kind: int) -> Future[None] | None:
        """Whoever waits longest with a call of a kind, and has not given up."""
        queue = self.waiting[kind]
        while queue:
            waiter = queue.popleft()
            if not waiter.done():
                return waiter
        return None

    def _used(self, now: float) -> float:
        """About how many calls were made in the last second: some of them may stand in the count before."""
        elapsed = now - self._counted_from
        if elapsed >= 2.0:
            return 0.0
        if elapsed >= 1.0:
            return self._count * (2.0 - elapsed)
        return self._count + self._count_before * (1.0 - elapsed)


def _burst(rate: float) -> float:
    return max(1.0, rate * BURST_SECONDS)
