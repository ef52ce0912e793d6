"""The event loop that calls are made on: uvloop's where there is one, else asyncio's own."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

new: Callable[[], asyncio.AbstractEventLoop]
"""Makes a loop."""
try:
    from uvloop import new_event_loop as new
except ImportError:
    new = asyncio.new_event_loop

T = TypeVar("T")

THRESHOLDS = (50_000, 20, 20)
"""How rarely cyclic garbage is looked for. By default that is after 700 new objects, and takes a third of the
CPU here: service models are hundreds of thousands of objects that stay."""


def run(main: Coroutine[Any, Any, T]) -> T:
    """The result of `main`, run to its end on a loop of its own. An interrupt cancels it."""
    before = gc.get_threshold()
    gc.set_threshold(*THRESHOLDS)
    try:
        with asyncio.Runner(loop_factory=new) as runner:
            return runner.run(main)
    finally:
        gc.set_threshold(*before)
