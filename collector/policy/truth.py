"""Three values: true, false, and open, for what depends on something that is not known.

Kleene's strong logic: https://en.wikipedia.org/wiki/Three-valued_logic
"""

from __future__ import annotations

from collections.abc import Iterable

Truth = bool | None
"""None is open."""


def both(first: Truth, second: Truth) -> Truth:
    """True if both are, false if one is."""
    if first is False or second is False:
        return False
    return None if first is None or second is None else True


def either(first: Truth, second: Truth) -> Truth:
    """True if one is, false if both are."""
    if first or second:
        return True
    return None if first is None or second is None else False


def negated(value: Truth) -> Truth:
    """The opposite; what is open stays open."""
    return None if value is None else not value


def some(values: Iterable[Truth]) -> Truth:
    """True if one is, false if all are."""
    result: Truth = False
    for value in values:
        if value:
            return True
        if value is None:
            result = None
    return result
