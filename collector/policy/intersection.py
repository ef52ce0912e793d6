"""What two patterns have in common, and whether one covers the other."""

from __future__ import annotations

import re
from functools import lru_cache

from collector.policy.pattern import expression

_SOME = "\ue002" * 7
"""Stands in a text for whatever a star may stand for: no pattern names it, so only wildcards match it."""


@lru_cache(maxsize=4096)
def covers(wide: str, narrow: str) -> bool:
    """Whether all that matches the second pattern matches the first."""
    return wide == narrow or _covered(wide).fullmatch(narrow) is not None


@lru_cache(maxsize=2048)
def _covered(wide: str) -> re.Pattern[str]:
    """What a pattern covers, of the patterns as they are written.

    A star there may stand for nothing: where a character is needed it does not count.
    """
    return re.compile(expression(wide, one=r"[^*]", counted=r"\**[^*]"), re.DOTALL)


def example(pattern: str) -> str:
    """A text that matches a pattern and no narrower one that can be told from it."""
    return pattern.replace("*", _SOME).replace("?", _SOME[0])


@lru_cache(maxsize=4096)
def meet(first: str, second: str) -> str | None:
    """A pattern of what matches both; None if nothing does.

    Where one covers the other it is the narrower one. Otherwise it may leave out texts in which parts of
    both patterns overlap: of `ab*` and `*bc` it is `ab*bc`, which leaves out `abc`.
    """
    if _apart(head(first), head(second)):
        return None
    if covers(first, second):
        return second
    if covers(second, first):
        return first
    first, second = re.sub(r"\*+", "*", first), re.sub(r"\*+", "*", second)
    end = (len(first), len(second))
    came: dict[_Place, tuple[_Place, str]] = {}
    todo: list[tuple[_Place, _Place, str]] = [((0, 0), (0, 0), "")]
    while todo:
        place, before, added = todo.pop()
        if place in came:
            continue
        came[place] = before, added
        if place == end:
            return _made(came, end)
        todo += [(after, place, text) for after, text in _steps(first, second, *place)]
    return None


@lru_cache(maxsize=4096)
def head(pattern: str) -> str:
    """The text with which everything begins that matches a pattern."""
    return re.split(r"[*?]", pattern, maxsplit=1)[0]


def _apart(first: str, second: str) -> bool:
    """Whether no text can begin with both."""
    shared = min(len(first), len(second))
    return first[:shared] != second[:shared]


_Place = tuple[int, int]
"""How far a common text has come in either pattern."""


def _made(came: dict[_Place, tuple[_Place, str]], place: _Place) -> str:
    """The common text, by the way on which its end was reached."""
    made = []
    while place != (0, 0):
        place, added = came[place]
        made.append(added)
    return re.sub(r"\*+", "*", "".join(reversed(made)))


def _steps(first: str, second: str, i: int, j: int) -> list[tuple[_Place, str]]:
    """How to go on, and the text that is added: the last one is tried first."""
    a = first[i] if i < len(first) else ""
    b = second[j] if j < len(second) else ""
    if a == b == "*":
        return [((i + 1, j), "*"), ((i, j + 1), "*")]
    if a == "*":
        return [((i + 1, j), ""), *([((i, j + 1), b)] if b else [])]
    if b == "*":
        return [((i, j + 1), ""), *([((i + 1, j), a)] if a else [])]
    if a and b and (a == b or "?" in (a, b)):
        return [((i + 1, j + 1), b if a == "?" else a)]
    return []
