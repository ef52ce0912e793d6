"""Conditions: operators over the keys of a request, with three values.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from collector.policy.context import UNKNOWN, Context, Perhaps, StartsWith, Values
from collector.policy.operators import NEGATIVE, Tests, boolean, compile_tests
from collector.policy.truth import Truth


class Quantifier(Enum):
    """How many of a key's values must fit."""

    ONE = ""
    """The key has one value."""
    ANY = "ForAnyValue"
    ALL = "ForAllValues"


@dataclass(frozen=True, slots=True)
class Condition:
    """One operator and key with its values: `StringEquals`, `aws:PrincipalOrgID`, [`o-...`]."""

    operator: str
    """As it is written, quantifier and IfExists included."""
    key: str
    """As it is written."""
    values: Values
    keys: tuple[str, ...]
    """The keys that it depends on, in lower case: its own, and those of variables in its values."""
    check: Callable[[Context], Truth]
    """Whether the request fits. Open: it depends on a key that is not known, or is not documented."""


def null(operator: str, key: str, values: Values) -> Condition:
    """`Null`: whether the key is absent ("true") or there ("false"). Raises ValueError for anything else."""
    wanted = set(map(boolean, values))
    name = key.lower()

    def check(context: Context) -> Truth:
        found = context.get(name)
        if len(wanted) == 2:
            return True
        if found is UNKNOWN or isinstance(found, Perhaps):
            return None
        return ("true" if found is None else "false") in wanted

    return Condition(operator, key, values, (name,), check)


def compare(
    operator: str,
    base: str,
    quantifier: Quantifier,
    if_exists: bool,
    key: str,
    values: Values,
    variables: bool,
) -> Condition:
    """Any other operator. `base` is its name without quantifier and IfExists; the values are alternatives."""
    tests = compile_tests(base, values, variables)
    negative = base in NEGATIVE
    name = key.lower()
    missing = _missing(quantifier, negative, if_exists)
    keys = (name, *(each for found, _ in tests.templates for each in found.keys))
    if quantifier is Quantifier.ONE and not tests.templates:
        return Condition(operator, key, values, keys, _plain(name, tests, negative, missing))

    def check(context: Context) -> Truth:
        found = context.get(name)
        if found is UNKNOWN:
            return None
        if found is None:
            return missing
        counted = [value for value in found if value or quantifier is Quantifier.ONE]
        if not counted:
            return missing
        results = [tests.fits(value, context) for value in counted]
        if negative:
            results = [None if result is None else not result for result in results]
        result = _quantified(quantifier, results)
        return None if isinstance(found, Perhaps) and result is not missing else result

    return Condition(operator, key, values, keys, check)


def _plain(name: str, tests: Tests, negative: bool, missing: Truth) -> Callable[[Context], Truth]:
    """The common case: one value, and nothing in the policy that depends on the request."""
    fixed = tests.fixed

    def check(context: Context) -> Truth:
        found = context.get(name)
        if found is None:
            return missing
        if found is UNKNOWN or len(found) != 1:
            return None
        if found[0].__class__ is StartsWith:
            fits = tests.fits(found[0], context)
            return None if fits is None else fits is not negative
        result = fixed(found[0]) is not negative
        return None if result is not missing and found.__class__ is Perhaps else result

    return check


def _missing(quantifier: Quantifier, negative: bool, if_exists: bool) -> Truth:
    """What comes of a key that is not in the request; an empty text is no value for ForAny- and ForAllValues.

    AWS does not say what ForAnyValue with IfExists makes of it.
    """
    if quantifier is Quantifier.ANY:
        return None if if_exists else False
    if quantifier is Quantifier.ALL or if_exists:
        return True
    return negative


def _quantified(quantifier: Quantifier, results: Sequence[Truth]) -> Truth:
    """AWS does not say what an operator without quantifier makes of several values."""
    if quantifier is Quantifier.ONE:
        return results[0] if len(results) == 1 else None
    decisive = quantifier is Quantifier.ANY
    if decisive in results:
        return decisive
    return None if None in results else not decisive
