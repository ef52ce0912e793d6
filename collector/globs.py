"""Globs over names that are known, so that one which matches nothing is an error and not silence."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from collector.errors import UsageError


def matches(patterns: Iterable[str], name: str) -> bool:
    """Whether any of the globs matches."""
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def select(
    names: Iterable[str], include: Iterable[str], skip: Iterable[str] = (), where: Sequence[str] = ("", "")
) -> list[str]:
    """The names that `include` matches and `skip` does not, in their order.

    `where` says what the globs are called in errors: those of `include`, and those of `skip`. Raises
    UsageError for a glob that matches none of the names, with the nearest one.
    """
    known = list(names)
    for patterns, label in zip((list(include), list(skip)), where, strict=False):
        for pattern in patterns:
            if pattern != "*" and not any(fnmatchcase(name, pattern) for name in known):
                raise UsageError(_nothing(label, pattern, known))
    return [name for name in known if matches(include, name) and not matches(skip, name)]


def _nothing(label: str, pattern: str, known: list[str]) -> str:
    near = difflib.get_close_matches(pattern, known, 1, cutoff=0.5)
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"{label}: {pattern!r} matches nothing{hint}"
