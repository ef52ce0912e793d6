"""Doing something with every item of a long list, some of them at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from typing import Any, TypeVar

T = TypeVar("T")


async def each(items: Iterable[T], at_once: int, do: Callable[[T], Awaitable[None]]) -> None:
    """Start on the items in their order, `at_once` of them at a time. Raises the first error at once."""
    waiting = iter(items)

    async def work() -> None:
        """Take one after the other."""
        for item in waiting:
            await do(item)

    await asyncio.gather(*(work() for _ in range(at_once)))


async def together(work: list[Coroutine[Any, Any, None]]) -> None:
    """Do all of it at once. Raises the first error at once. What is alone needs no task of its own."""
    if len(work) == 1:
        await work[0]
    elif work:
        await asyncio.gather(*work)
