"""The grammar of a statement: what AWS accepts, and what is wrong with the rest, with its place.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Any

from collector.policy import condition, operators, pattern
from collector.policy.condition import Condition, Quantifier
from collector.policy.principal import Element, element
from collector.policy.statement import EVERYTHING, Patterns, Statement
from collector.policy.variables import template

_KEPT = 4096
"""Parts of statements that are parsed once: policies repeat each other's."""


class Where(Enum):
    """What a policy is attached to: it decides which elements it may have."""

    IDENTITY = "identity"
    """A role, user or group; a permissions boundary too."""
    SESSION = "session"
    """One session of a role."""
    RESOURCE = "resource"
    """A bucket, a key, an access point."""
    TRUST = "trust"
    """A role, saying who may assume it."""
    SCP = "scp"
    RCP = "rcp"


@dataclass(frozen=True)
class Problem:
    """Something in a document that AWS would not accept."""

    path: str
    """Where: `Statement[1].Condition.StringEqals`."""
    message: str

    def within(self, place: str) -> Problem:
        """The same in a document that has a place itself."""
        return Problem(f"{place}.{self.path}" if self.path else place, self.message)

    def __str__(self) -> str:
        """Place and message in one line."""
        return f"{self.path}: {self.message}" if self.path else self.message


class _Wrong(Exception):
    """A statement that cannot be used; its problem is noted."""


class StatementParser:
    """Parses one statement."""

    problems: list[Problem]
    """What is wrong with it."""

    def __init__(self, path: str, where: Where, variables: bool) -> None:
        """`path` is the statement's place; `variables`, whether the document has them."""
        self.path, self.where, self.variables = path, where, variables
        self.problems = []

    def statement(self, index: int, raw: Any) -> Statement | None:
        """The statement; None if it cannot be used."""
        try:
            return self._statement(index, raw)
        except _Wrong:
            return None

    def _statement(self, index: int, raw: Any) -> Statement:
        if not isinstance(raw, dict):
            raise self._wrong("", f"expected an object, found {kind_of(raw)}")
        for key in raw:
            if key not in _ELEMENTS:
                self._note(str(key), "no element of a statement")
        effect = raw.get("Effect")
        if effect not in ("Allow", "Deny"):
            raise self._wrong("Effect", f"expected Allow or Deny, found {shown(effect)}")
        sid = raw.get("Sid", "")
        if not isinstance(sid, str):
            raise self._wrong("Sid", f"expected a string, found {kind_of(sid)}")
        principals, others = self._principals(raw)
        conditions, open_because = self._conditions(raw.get("Condition", {}))
        if others is not None and effect == "Allow":
            self._note("NotPrincipal", "not supported with Allow")
            open_because = open_because or "NotPrincipal with Allow is not supported"
        statement = Statement(
            index=index,
            sid=sid,
            allows=effect == "Allow",
            actions=self._actions(raw),
            resources=self._resources(raw),
            principals=principals,
            others=others,
            conditions=conditions,
            open_because=open_because,
            raw=raw,
        )
        if self.where is Where.RCP:
            self._check_rcp(statement)
        return statement

    def _check_rcp(self, statement: Statement) -> None:
        """https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_syntax.html"""
        if statement.others is not None:
            self._note("NotPrincipal", "not supported in a policy of kind rcp")
        elif statement.principals != Element(everybody=True):
            self._note("Principal", "expected '*'")
        if statement.actions.excluded:
            self._note("NotAction", "not supported in a policy of kind rcp")
        if statement.allows and not (statement.sweeping and statement.actions.texts == ("*",)):
            self._note("Effect", "expected Deny: of these policies only RCPFullAWSAccess allows")

    def _actions(self, raw: dict[str, Any]) -> Patterns:
        name, texts = self._one_of(raw, "Action", "NotAction")
        for number, text in enumerate(texts):
            if text != "*" and text.count(":") != 1:
                self._note(f"{name}[{number}]", f"{text!r} is no action: service:Operation")
        return _of_actions(tuple(texts), name == "NotAction")

    def _resources(self, raw: dict[str, Any]) -> Patterns | None:
        if "Resource" not in raw and "NotResource" not in raw:
            if self.where is Where.TRUST:
                return EVERYTHING
            if self.where is not Where.RESOURCE:
                raise self._wrong("Resource", "missing")
            return None
        name, texts = self._one_of(raw, "Resource", "NotResource")
        if self.where is Where.TRUST:
            self._note(name, "not allowed in a policy of kind trust")
            return EVERYTHING
        if self.where is Where.SESSION:
            for number, text in enumerate(texts):
                if pattern.completed(text) != text:
                    self._note(f"{name}[{number}]", f"{text!r} leaves out fields of an ARN")
        return _of_resources(
            tuple(texts), name == "NotResource", self.where is Where.IDENTITY, self.variables
        )

    def _principals(self, raw: dict[str, Any]) -> tuple[Element | None, Element | None]:
        given = [name for name in ("Principal", "NotPrincipal") if name in raw]
        if self.where in (Where.IDENTITY, Where.SESSION, Where.SCP):
            for name in given:
                self._note(name, f"not allowed in a policy of kind {self.where.value}")
            return None, None
        if len(given) != 1:
            raise self._wrong("Principal", "expected one of Principal and NotPrincipal")
        (name,) = given
        if self.where is Where.TRUST and name == "NotPrincipal":
            self._note(name, "not supported in a policy of kind trust")
        pairs = tuple(self._pairs(name, raw[name]))
        try:
            found = element(pairs)
        except ValueError as error:
            raise self._wrong(name, str(error)) from error
        return (found, None) if name == "Principal" else (None, found)

    def _pairs(self, name: str, value: Any) -> Iterator[tuple[str, str]]:
        if value == "*":
            yield "AWS", "*"
            return
        if not isinstance(value, dict) or not value:
            raise self._wrong(name, f"expected '*' or an object, found {kind_of(value)}")
        for kind, texts in value.items():
            if kind not in ("AWS", "Service", "Federated", "CanonicalUser"):
                raise self._wrong(f"{name}.{kind}", "expected AWS, Service, Federated or CanonicalUser")
            for text in self._texts(f"{name}.{kind}", texts):
                yield kind, text

    def _conditions(self, block: Any) -> tuple[tuple[Condition, ...], str]:
        if not isinstance(block, dict):
            raise self._wrong("Condition", f"expected an object, found {kind_of(block)}")
        found, reason = [], ""
        for operator, keys in block.items():
            path = f"Condition.{operator}"
            if not isinstance(keys, dict):
                raise self._wrong(path, f"expected an object, found {kind_of(keys)}")
            for key, values in keys.items():
                try:
                    texts = tuple(map(_text, values if isinstance(values, list) else [values]))
                    found.append(_condition(operator, key, texts, self.variables))
                except ValueError as error:
                    self._note(f"{path}.{key}", str(error))
                    reason = reason or f"{path}.{key}: {error}"
        return tuple(found), reason

    def _one_of(self, raw: dict[str, Any], name: str, opposite: str) -> tuple[str, list[str]]:
        given = [each for each in (name, opposite) if each in raw]
        if len(given) != 1:
            raise self._wrong(name, f"expected one of {name} and {opposite}")
        return given[0], self._texts(given[0], raw[given[0]])

    def _texts(self, path: str, value: Any) -> list[str]:
        texts = value if isinstance(value, list) else [value]
        if not texts:
            raise self._wrong(path, "an empty list")
        for number, text in enumerate(texts):
            if not isinstance(text, str):
                raise self._wrong(f"{path}[{number}]", f"expected a string, found {kind_of(text)}")
        return texts

    def _note(self, path: str, message: str) -> None:
        self.problems.append(Problem(f"{self.path}.{path}" if path else self.path, message))

    def _wrong(self, path: str, message: str) -> _Wrong:
        self._note(path, message)
        return _Wrong()


_ELEMENTS = {
    "Sid",
    "Effect",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Principal",
    "NotPrincipal",
    "Condition",
}


@lru_cache(maxsize=_KEPT)
def _of_actions(texts: tuple[str, ...], excluded: bool) -> Patterns:
    return Patterns(texts, excluded, tuple(map(pattern.action, texts)))


@lru_cache(maxsize=_KEPT)
def _of_resources(texts: tuple[str, ...], excluded: bool, complete: bool, variables: bool) -> Patterns:
    """`complete`: an ARN that leaves out fields means any."""
    fixed, templates = [], []
    for text in texts:
        full = pattern.completed(text) if complete else text
        found = template(full, pattern.last_field(full)) if variables else None
        if found:
            templates.append(found)
        else:
            fixed.append(pattern.arn(full))
    return Patterns(texts, excluded, tuple(fixed), tuple(templates))


@lru_cache(maxsize=_KEPT)
def _condition(operator: str, key: str, values: tuple[str, ...], variables: bool) -> Condition:
    """One condition. Raises ValueError for an operator or a value that there cannot be."""
    name, quantifier, if_exists = operator, Quantifier.ONE, False
    if ":" in name:
        prefix, _, name = name.partition(":")
        known = {each.value.lower(): each for each in (Quantifier.ANY, Quantifier.ALL)}
        if prefix.lower() not in known:
            raise ValueError(f"{prefix!r} is neither ForAnyValue nor ForAllValues")
        quantifier = known[prefix.lower()]
    if name.lower().endswith("ifexists"):
        name, if_exists = name[: -len("IfExists")], True
    base = operators.known(name)
    if base is None:
        raise ValueError("no such operator")
    if base == "Null":
        if if_exists:
            raise ValueError("Null cannot have IfExists")
        return condition.null(operator, key, values)
    return condition.compare(operator, base, quantifier, if_exists, key, values, variables)


def _text(value: Any) -> str:
    """A value of a condition as text. Raises ValueError for one that there cannot be."""
    if not isinstance(value, str | bool | int | float):
        raise ValueError(f"expected a string, a number, true or false, found {kind_of(value)}")
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def shown(value: Any) -> str:
    """A value as a message tells it: a string itself, the kind of anything else."""
    return repr(value) if isinstance(value, str) else kind_of(value)


def kind_of(value: Any) -> str:
    """A value's kind in JSON's words."""
    if value is None:
        return "null"
    for kind, name in ((bool, "true or false"), (str, "a string"), (dict, "an object"), (list, "a list")):
        if isinstance(value, kind):
            return name
    return "a number"
