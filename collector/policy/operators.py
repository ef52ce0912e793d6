"""How each operator compares one value of a request with the values of a policy."""

from __future__ import annotations

import base64
import ipaddress
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from collector.policy import pattern
from collector.policy.context import Context, StartsWith, Values
from collector.policy.intersection import covers, meet
from collector.policy.pattern import LITERAL
from collector.policy.truth import Truth
from collector.policy.variables import Template, template

Fits = Callable[[str], bool]
"""Whether a value of the request fits a value of the policy."""

_POSITIVE_OF = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
    "NotIpAddress": "IpAddress",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
}
NEGATIVE = frozenset(_POSITIVE_OF)
"""Operators that ask for no match."""


@dataclass(frozen=True, slots=True)
class Tests:
    """The values of a policy, ready to be compared. They are alternatives."""

    fixed: Fits
    """Those without variables."""
    templates: tuple[tuple[Template, Callable[[str], Fits]], ...]
    """Those with variables, and what makes a filled-in one ready."""
    globs: Values | None
    """Those without variables as patterns; None where the operator has no patterns."""

    def fits(self, value: str, context: Context) -> Truth:
        """Whether a value of the request fits one of them."""
        if value.__class__ is StartsWith:
            return self._fits_beginning(value.translate(LITERAL) + "*")
        if self.fixed(value):
            return True
        result: Truth = False
        for found, ready in self.templates:
            text, unknown = found.fill(context)
            if unknown:
                result = None
            elif text is not None and ready(text)(value):
                return True
        return result

    def _fits_beginning(self, known: str) -> Truth:
        """Whether all that a value may be fits, or some of it."""
        if self.globs is None or self.templates:
            return None
        if any(covers(found, known) for found in self.globs):
            return True
        return None if any(meet(found, known) is not None for found in self.globs) else False


def compile_tests(operator: str, values: Values, variables: bool) -> Tests:
    """Make the values of a policy ready. Raises ValueError for one that the operator cannot have.

    Variables count only with operators of text and ARNs, and where the policy's version has them.
    """
    positive = _POSITIVE_OF.get(operator, operator)
    ready = _READY[positive]
    templates, fixed = [], []
    for value in values:
        found = template(value) if variables and positive.startswith(("String", "Arn")) else None
        if found:
            templates.append((found, ready))
        else:
            fixed.append(value)
    return Tests(_any(positive, fixed, ready), tuple(templates), _globs(positive, fixed))


def known(operator: str) -> str | None:
    """The operator's name as AWS spells it, whatever its case; None if there is no such operator."""
    return _NAMES.get(operator.lower())


def _globs(operator: str, values: list[str]) -> Values | None:
    if operator == "StringEquals":
        return tuple(value.translate(LITERAL) for value in values)
    return tuple(values) if operator in ("StringLike", "ArnEquals", "ArnLike") else None


def _any(operator: str, values: list[str], ready: Callable[[str], Fits]) -> Fits:
    if operator == "StringEquals":
        return frozenset(map(pattern.literal, values)).__contains__
    return pattern.any_of([ready(value) for value in values])


def _equal_ignoring_case(value: str) -> Fits:
    wanted = pattern.literal(value).lower()
    return lambda found: found.lower() == wanted


def boolean(value: str) -> str:
    """A truth value in lower case. Raises ValueError for anything else."""
    if value.lower() not in ("true", "false"):
        raise ValueError(f"{value!r} is neither true nor false")
    return value.lower()


def _bool(value: str) -> Fits:
    wanted = boolean(value)
    return lambda found: found.lower() == wanted


def _binary(value: str) -> Fits:
    base64.b64decode(value, validate=True)
    return value.__eq__


def _ordered(parse: Callable[[str], Any], compare: Callable[[Any, Any], bool]) -> Callable[[str], Fits]:
    """A comparison of numbers or dates; a value of the request that is none fits nothing."""

    def ready(value: str) -> Fits:
        wanted = parse(value)

        def fits(found: str) -> bool:
            try:
                return compare(parse(found), wanted)
            except ValueError:
                return False

        return fits

    return ready


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text!r} is no number")
    return number


_YEAR_OR_MONTH = re.compile(r"[0-9]{4}(-[0-9]{2})?")


def _date(text: str) -> float:
    """Seconds since 1970 of a date in ISO 8601, down to a bare year, or of such a number."""
    if _YEAR_OR_MONTH.fullmatch(text):
        text = f"{text}-01-01"[:10]
    try:
        return _number(text)
    except ValueError:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def _ip(value: str) -> Fits:
    network = ipaddress.ip_network(value, strict=False)

    def fits(found: str) -> bool:
        try:
            return ipaddress.ip_address(found) in network
        except ValueError:
            return False

    return fits


_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "Equals": lambda found, wanted: bool(found == wanted),
    "LessThan": lambda found, wanted: bool(found < wanted),
    "LessThanEquals": lambda found, wanted: bool(found <= wanted),
    "GreaterThan": lambda found, wanted: bool(found > wanted),
    "GreaterThanEquals": lambda found, wanted: bool(found >= wanted),
}
_READY: dict[str, Callable[[str], Fits]] = {
    "StringEquals": lambda value: pattern.literal(value).__eq__,
    "StringEqualsIgnoreCase": _equal_ignoring_case,
    "StringLike": pattern.glob,
    "ArnEquals": pattern.arn,
    "ArnLike": pattern.arn,
    "Bool": _bool,
    "BinaryEquals": _binary,
    "IpAddress": _ip,
    **{f"Numeric{name}": _ordered(_number, compare) for name, compare in _COMPARISONS.items()},
    **{f"Date{name}": _ordered(_date, compare) for name, compare in _COMPARISONS.items()},
}
_NAMES = {name.lower(): name for name in (*_READY, *_POSITIVE_OF, "Null")}
