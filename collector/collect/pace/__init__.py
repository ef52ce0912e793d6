"""How fast AWS is asked: calls in flight, and a share of the quotas that production uses too."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from collector.collect.pace.bucket import FIRST, FURTHER, Bucket
from collector.collect.pace.places import Lane, Places
from collector.collect.quotas import published


class Turn:
    """A call's turn, for `async with`."""

    __slots__ = ("_bucket", "_kind", "_places")

    def __init__(self, places: Places, bucket: Bucket, kind: int) -> None:
        """For one call."""
        self._places, self._bucket, self._kind = places, bucket, kind

    async def __aenter__(self) -> None:
        """Wait for it."""
        await self._places.enter(self._bucket, self._kind)

    async def __aexit__(self, *_: object) -> None:
        """Leave the place to others."""
        self._places.leave()


class Pace:
    """Gives each call its turn: not faster than AWS wants it, and none at the expense of the others.

    For one event loop. Quotas are per identity, region, service and operation; places are shared by all.
    """

    def __init__(
        self,
        concurrency: int,
        quota_share: float = 1.0,
        quotas: Mapping[str, Mapping[str, float]] | None = None,
    ) -> None:
        """Allow `concurrency` calls in flight, and `quota_share` of each quota; None: the published ones."""
        self._places = Places(concurrency)
        self._share = quota_share
        self._quotas = published() if quotas is None else quotas
        self._lanes: dict[str, dict[str, Lane]] = {}

    def turn(
        self, identity: str, region: str, service: str, operation: str, *, continued: bool = False
    ) -> Turn:
        """Wait until the quota leaves room and there is a place among the calls in flight, and hold that.

        `continued`: the call asks for a further page of a listing.
        """
        bucket = self._bucket(identity, region, service, operation)
        return Turn(self._places, bucket, FURTHER if continued else FIRST)

    def throttled(self, identity: str, region: str, service: str, operation: str) -> None:
        """AWS throttled such a call: slow down, and come back step by step."""
        bucket = self._bucket(identity, region, service, operation)
        bucket.throttled(asyncio.get_running_loop().time())

    def release(self, identity: str) -> None:
        """Forget an identity that makes no more calls."""
        self._lanes.pop(identity, None)

    def _bucket(self, identity: str, region: str, service: str, operation: str) -> Bucket:
        try:
            return self._lanes[identity][region].buckets[service, operation]
        except KeyError:
            lane = self._lanes.setdefault(identity, {}).setdefault(region, Lane())
            quota = self._quotas.get(service, {}).get(operation)
            ceiling = None if quota is None else quota * self._share
            bucket = Bucket(lane, ceiling, asyncio.get_running_loop().time())
            lane.buckets[service, operation] = bucket
            return bucket
