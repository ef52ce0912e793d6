from __future__ import annotations

import asyncio

import pytest

from collector.collect.each import each, together


def test_everything_is_done_in_order_and_no_more_than_allowed_at_once():
    started, running, most = [], 0, 0

    async def do(item):
        nonlocal running, most
        started.append(item)
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.001 * (item % 3))
        running -= 1

    asyncio.run(each(range(50), 7, do))
    assert started == list(range(50)) and most == 7


def test_nothing_to_do_is_done():
    asyncio.run(each([], 0, lambda item: pytest.fail("there is none")))


def test_an_error_ends_it():
    async def do(item):
        if item == 3:
            raise RuntimeError("the third")
        await asyncio.sleep(10)

    with pytest.raises(RuntimeError, match="the third"):
        asyncio.run(each(range(9), 5, do))


@pytest.mark.parametrize("count", [0, 1, 3])
def test_all_of_it_is_done_together(count):
    running = set()

    async def do(n):
        running.add(n)
        while len(running) < count:
            await asyncio.sleep(0)

    asyncio.run(asyncio.wait_for(together([do(n) for n in range(count)]), 5))
    assert len(running) == count
