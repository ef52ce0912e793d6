"""Patterns of ARNs by the text they begin with: who speaks of a resource is found without asking each."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterator
from typing import Generic, TypeVar

from collector.policy.intersection import head

T = TypeVar("T")


class PatternIndex(Generic[T]):
    """Patterns, and what each is kept for."""

    def __init__(self) -> None:
        """Start with none."""
        self._by_account: dict[str, _ByHead[T]] = defaultdict(_ByHead)

    def add(self, pattern: str, item: T) -> None:
        """Keep something for a pattern."""
        self._by_account[_account(pattern)].add(pattern, item)

    def near(self, resource: str) -> Iterator[tuple[str, dict[T, None]]]:
        """The patterns that may have something in common with a resource or a pattern of some."""
        for account in dict.fromkeys(("", _account(resource))):
            if account in self._by_account:
                yield from self._by_account[account].near(resource)


class _ByHead(Generic[T]):
    """Patterns by the text before their first wildcard."""

    def __init__(self) -> None:
        self._by_head: dict[str, dict[str, dict[T, None]]] = {}
        self._heads: list[str] = []
        self._lengths: list[int] = []

    def add(self, pattern: str, item: T) -> None:
        start = head(pattern)
        found = self._by_head.get(start)
        if found is None:
            found = self._by_head[start] = defaultdict(dict)
            insort(self._heads, start)
            if len(start) not in self._lengths:
                insort(self._lengths, len(start))
        found[pattern][item] = None

    def near(self, resource: str) -> Iterator[tuple[str, dict[T, None]]]:
        start = head(resource)
        for length in self._lengths:
            if length > len(start):
                break
            yield from self._by_head.get(start[:length], {}).items()
        if start == resource:
            return
        for place in range(bisect_left(self._heads, start), len(self._heads)):
            if not self._heads[place].startswith(start):
                break
            if self._heads[place] != start:
                yield from self._by_head[self._heads[place]].items()


def _account(pattern: str) -> str:
    """The account in a pattern of ARNs; empty: none, or any."""
    fields = pattern.split(":", 5)
    return fields[4] if len(fields) == 6 and fields[4].isdigit() else ""
