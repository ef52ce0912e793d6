"""Which objects a path concerns: where the patterns of all sides intersect."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from collector.policy.context import Context
from collector.policy.document import Document
from collector.policy.intersection import covers, meet
from collector.policy.pattern import completed
from collector.policy.principal import Named, Principal
from collector.policy.statement import Patterns
from collector.policy.variables import anything, template

_MOST = 40
"""Patterns that are followed up: more than that are no longer told apart."""


def regions(base: str, sides: Iterable[Iterable[str]], exempt: Iterable[str] = ()) -> list[str]:
    """Patterns of what all sides speak of within `base`; a side that speaks of nothing there is left out.

    `exempt` are patterns that a Deny leaves out: they are told apart from the rest.
    """
    found = [base]
    for side in sides:
        patterns = tuple(side)
        met = _met(found, patterns)
        found = met or found
    return _distinct([*found, *_met(found, exempt)])


def allowed(document: Document, action: str) -> tuple[str, ...]:
    """The patterns of resources for which a document allows an action to somebody."""
    return tuple(
        text
        for statement in document.about(action)
        if statement.allows and statement.resources
        for text in _texts(statement.resources, None)
    )


def allowed_to(who: Principal, document: Document, action: str, context: Context) -> tuple[str, ...]:
    """The patterns of resources for which a document allows somebody an action, his variables filled in."""
    return tuple(
        text
        for statement in document.about(action)
        if statement.allows and statement.resources
        if (statement.principals is None and statement.others is None)
        or statement.names(who) is not Named.NOT
        for text in _texts(statement.resources, context)
    )


@lru_cache(maxsize=4096)
def spared(document: Document, action: str) -> tuple[str, ...]:
    """The patterns that statements leave out, with Effect Deny and NotResource."""
    return tuple(
        completed(anything(text))
        for statement in document.about(action)
        if not statement.allows and statement.resources and statement.resources.excluded
        for text in statement.resources.texts
    )


def merged(patterns: Iterable[str]) -> list[str]:
    """The patterns without those that another one covers."""
    found: list[str] = []
    for pattern in sorted(set(patterns), key=lambda each: (len(each), each)):
        if not any(covers(wide, pattern) for wide in found):
            found.append(pattern)
    return sorted(found)


def _texts(patterns: Patterns, context: Context | None) -> Iterator[str]:
    """The patterns of a statement. What a variable stands for is whatever it may be, if that is not known."""
    if patterns.excluded:
        yield "*"
        return
    for text in patterns.texts:
        found = template(text) if patterns.templates else None
        if found is None:
            yield completed(text)
            continue
        filled, unknown = found.fill(context) if context is not None else (None, True)
        if unknown:
            yield completed(anything(text))
        elif filled is not None:
            yield completed(filled)


def _met(found: Iterable[str], patterns: Iterable[str]) -> list[str]:
    patterns = tuple(patterns)
    common = (meet(each, pattern) for each in found for pattern in patterns)
    return _distinct(pattern for pattern in common if pattern is not None)[:_MOST]


def _distinct(patterns: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(patterns))
