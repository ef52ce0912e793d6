from __future__ import annotations

import asyncio
import gc

import pytest

from collector.collect.loop import THRESHOLDS, run


def test_the_result_is_handed_back_and_garbage_is_looked_for_rarely_meanwhile():
    before = gc.get_threshold()

    async def main():
        await asyncio.sleep(0)
        return gc.get_threshold()

    assert run(main()) == THRESHOLDS != before == gc.get_threshold()


def test_an_error_comes_through():
    before = gc.get_threshold()

    async def main():
        raise ValueError("told")

    with pytest.raises(ValueError, match="told"):
        run(main())
    assert gc.get_threshold() == before
