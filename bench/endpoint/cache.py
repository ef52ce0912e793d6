"""What was used last, as far as it fits."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Cache(Generic[Value]):
    """A least-recently-used cache that is bounded by the size of what it holds."""

    def __init__(self, most: int) -> None:
        """Hold at most so many bytes."""
        self._most, self.size = most, 0
        self._held: OrderedDict[Hashable, tuple[Value, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._held)

    def get(self, key: Hashable) -> Value | None:
        """What is held under the key."""
        found = self._held.get(key)
        if found is None:
            return None
        self._held.move_to_end(key)
        return found[0]

    def put(self, key: Hashable, value: Value, size: int) -> None:
        """Hold it, and let go of what was used longest ago."""
        if size > self._most or key in self._held:
            return
        self._held[key] = (value, size)
        self.size += size
        while self.size > self._most:
            self.size -= self._held.popitem(last=False)[1][1]
