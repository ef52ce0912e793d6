"""Doing something with every item of a long list, some of them at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

T = TypeVar("T")


async def each(items: Iterable[T], at_once: int, do: Callable[[T], Awaitable[None]]) -> None:
    """Start on the items in their order, `at_once` of them at a time. Raises the first error at once."""
    waiting = iter(items)

    async def work() -> None:
        """Take one after the other."""
        for item in waiting:
            await do(item)

    await asyncio.gather(*(work() for _ in range(at_once)))
