"""Policy documents: parsed once, held against many requests."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from collector.policy.grammar import Problem, Where, kind_of, shown
from collector.policy.once import statement
from collector.policy.statement import Statement

WITH_VARIABLES = "2012-10-17"
"""The version in which `${...}` is a variable; before, it is text."""
_VERSIONS = (WITH_VARIABLES, "2008-10-17")
_ELEMENTS = ("Version", "Id", "Statement")


class ByAction(dict[str, tuple[Statement, ...]]):
    """The statements that speak of an action, by the action in lower case: each is looked for once."""

    __slots__ = ("_statements",)

    def __init__(self, statements: Iterable[Statement]) -> None:
        """The statements among which they are."""
        self._statements = tuple(statements)

    def __missing__(self, action: str) -> tuple[Statement, ...]:
        speaking = (
            each for each in self._statements if each.actions.fit(action) is not each.actions.excluded
        )
        found = self[action] = tuple(speaking)
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """A policy, ready to be held against requests."""

    version: str
    statements: tuple[Statement, ...]
    problems: tuple[Problem, ...] = ()
    keys: frozenset[str] = field(init=False)
    """The condition keys that it depends on, in lower case."""
    speaking: ByAction = field(init=False, repr=False)
    denying: ByAction = field(init=False, repr=False)
    """Those of them that deny."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "keys", frozenset(keys_of(self.statements)))
        object.__setattr__(self, "speaking", ByAction(self.statements))
        object.__setattr__(self, "denying", ByAction(each for each in self.statements if not each.allows))

    def about(self, action: str) -> tuple[Statement, ...]:
        """The statements that speak of an action, given in lower case."""
        return self.speaking[action]


def keys_of(statements: Iterable[Statement]) -> Iterator[str]:
    """The condition keys that statements depend on, in lower case."""
    for each in statements:
        for condition in each.conditions:
            yield from condition.keys
        for template in each.resources.templates if each.resources else ():
            yield from template.keys


def parse(source: Any, where: Where) -> Document:
    """A document from its text or from parsed JSON. Never raises: what is wrong is in `problems`.

    A statement that is not well formed is left out; one whose condition cannot be understood stays, and
    is open.
    """
    problems: list[Problem] = []
    if isinstance(source, str | bytes):
        try:
            source = _loaded(source)
        except (ValueError, RecursionError) as error:
            return Document("", (), (Problem("", f"not JSON: {error}"),))
    if not isinstance(source, dict):
        return Document("", (), (Problem("", f"expected an object, found {kind_of(source)}"),))
    problems += [Problem(str(key), "no element of a policy") for key in source if key not in _ELEMENTS]
    version, id_ = source.get("Version", "2008-10-17"), source.get("Id", "")
    if version not in _VERSIONS:
        problems.append(Problem("Version", f"expected {' or '.join(_VERSIONS)}, found {shown(version)}"))
    if not isinstance(id_, str):
        problems.append(Problem("Id", f"expected a string, found {shown(id_)}"))
    found = source.get("Statement")
    if found is None:
        problems.append(Problem("Statement", "missing"))
    several = isinstance(found, list)
    raws: list[Any] = found if isinstance(found, list) else [] if found is None else [found]
    statements = []
    for index, raw in enumerate(raws):
        one, wrong = statement(index, several, raw, where, version == WITH_VARIABLES)
        if one is not None:
            statements.append(one)
        problems += wrong
    return Document(version if isinstance(version, str) else "", tuple(statements), tuple(problems))


def _loaded(text: str | bytes) -> Any:
    """What JSON says. Raises ValueError for what is none, and for half a character, which is no text."""
    found = json.loads(text)
    json.dumps(found, ensure_ascii=False).encode("utf-8")
    return found
