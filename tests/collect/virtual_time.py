"""An event loop whose clock jumps to the next timer: hours pass at once, and to the digit."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class VirtualLoop(asyncio.SelectorEventLoop):
    """Sleeps take no time. Raises RuntimeError where everybody waits and nothing will ever happen."""

    def __init__(self) -> None:
        self._now = 1000.0
        super().__init__()
        self._really = self._selector.select
        self._selector.select = self._jump

    def time(self) -> float:
        return self._now

    def _jump(self, timeout: float | None = None) -> Any:
        events = self._really(0)
        if not events and timeout is None:
            raise RuntimeError("everybody waits for something that cannot happen")
        self._now += timeout or 0.0
        return events


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run to the end on such a loop."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)


def now() -> float:
    """Its time."""
    return asyncio.get_running_loop().time()
