"""The places among the calls in flight, given in turn to all identities and regions that want one."""

from __future__ import annotations

import asyncio
from collections import deque

from collector.collect.pace.bucket import FIRST, FURTHER, Bucket

_SHORTEST_TIMER = 0.001
"""Some event loops know no shorter one, and would spin."""


class Lane:
    """An identity in a region: its operations, and those of them that have a call to make."""

    __slots__ = ("buckets", "listed", "ready")

    def __init__(self) -> None:
        """No operation yet."""
        self.buckets: dict[tuple[str, str], Bucket] = {}
        self.ready: tuple[deque[Bucket], deque[Bucket]] = (deque(), deque())
        """By kind of call. A token may be missing still: that is looked at when their turn comes."""
        self.listed = [False, False]
        """By ring, which are of the same kinds: whether the lane is in it."""


class Places:
    """A number of places. A call takes one, and its token, when both are there.

    Lanes take turns, and so do the operations of a lane. Within a lane further pages go before everything
    else. Of all places every second one goes to the lanes that have such pages: no chain of pages waits for
    a long queue, and no lane holds up the others with its chains. What is done for a call does not grow with
    the number of those that wait.
    """

    def __init__(self, count: int) -> None:
        """All of them are free."""
        self._free = count
        self._rings: tuple[deque[Lane], deque[Lane]] = (deque(), deque())
        self._turn = FURTHER

    async def enter(self, bucket: Bucket, kind: int) -> None:
        """Wait for a token and a place. Whoever is cancelled meanwhile leaves both to others."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        if self._free and not (bucket.waiting[FURTHER] or bucket.waiting[FIRST]) and not bucket.wait(now):
            bucket.take(now)
            self._free -= 1
            return
        waiter = loop.create_future()
        bucket.waiting[kind].append(waiter)
        if bucket.timer is None:
            self._list(bucket)
            self._give(loop)
        try:
            await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled():
                bucket.give_back()
                self.leave()
            raise

    def leave(self) -> None:
        """Give the place to whoever is next."""
        self._free += 1
        if self._rings[FURTHER] or self._rings[FIRST]:
            self._give(asyncio.get_running_loop())

    def _give(self, loop: asyncio.AbstractEventLoop) -> None:
        """Give the free places to those whose turn it is."""
        while self._free and (self._rings[FURTHER] or self._rings[FIRST]):
            ring = self._turn if self._rings[self._turn] else 1 - self._turn
            lane = self._rings[ring].popleft()
            lane.listed[ring] = False
            if ring == FIRST and lane.listed[FURTHER]:
                continue
            waiter = self._next(lane, loop)
            self._list_lane(lane)
            if waiter:
                self._free -= 1
                self._turn = 1 - ring
                waiter.set_result(None)

    def _next(self, lane: Lane, loop: asyncio.AbstractEventLoop) -> asyncio.Future[None] | None:
        """A call of the lane that has its token; buckets without one come back by their timer."""
        now = loop.time()
        while lane.ready[FURTHER] or lane.ready[FIRST]:
            kind = FURTHER if lane.ready[FURTHER] else FIRST
            bucket = lane.ready[kind].popleft()
            bucket.ready[kind] = False
            if bucket.timer is not None:
                continue
            if missing := bucket.wait(now):
                when = now + max(missing, _SHORTEST_TIMER)
                bucket.timer = loop.call_at(when, self._due, bucket, loop)
            elif waiter := bucket.next(kind):
                bucket.take(now)
                self._list(bucket)
                return waiter
        return None

    def _due(self, bucket: Bucket, loop: asyncio.AbstractEventLoop) -> None:
        bucket.timer = None
        self._list(bucket)
        self._give(loop)

    def _list(self, bucket: Bucket) -> None:
        for kind in (FURTHER, FIRST):
            if bucket.waiting[kind] and not bucket.ready[kind]:
                bucket.ready[kind] = True
                bucket.lane.ready[kind].append(bucket)
        self._list_lane(bucket.lane)

    def _list_lane(self, lane: Lane) -> None:
        ring = FURTHER if lane.ready[FURTHER] else FIRST
        if lane.ready[ring] and not lane.listed[ring]:
            lane.listed[ring] = True
            self._rings[ring].append(lane)
