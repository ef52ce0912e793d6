"""What in a statement tells principals of an account apart, and which resources it tells from others.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

import json
from collections.abc import Hashable
from functools import lru_cache

from collector.access.people import Who
from collector.policy.condition import Condition
from collector.policy.statement import Statement

_PERSONAL = ("aws:principalarn", "aws:principaltag/", "aws:principaltype", "aws:userid", "aws:username")
"""Condition keys in which principals of the same account may differ."""


def resources(statement: Statement) -> tuple[str, ...]:
    """The resources that a statement tells from others."""
    found = statement.resources
    return () if found is None or found.everything else found.texts


@lru_cache(maxsize=4096)
def without_principals(statement: Statement) -> str:
    """All that a statement says but whom it names: equal for those that say the same."""
    raw = {name: value for name, value in statement.raw.items() if name not in ("Principal", "NotPrincipal")}
    return json.dumps([statement.index, statement.open_because, raw])


def personal(statement: Statement) -> bool:
    """Whether a statement asks who somebody is."""
    conditions, variables = _asking(statement)
    return bool(conditions) or variables


def told_of(statement: Statement, who: Who) -> Hashable:
    """What a statement makes of who somebody is: equal for those between whom it does not tell.

    A condition about nothing else holds or does not. Whatever else asks who he is may tell him from all.
    """
    conditions, variables = _asking(statement)
    if variables:
        return who.arn
    held = []
    for condition in conditions:
        holds = condition.check(who.context) if all(map(_is_personal, condition.keys)) else None
        if holds is None:
            return who.arn
        held.append(holds)
    return tuple(held)


@lru_cache(maxsize=4096)
def _asking(statement: Statement) -> tuple[tuple[Condition, ...], bool]:
    """The conditions that ask who somebody is, and whether a variable in its resources does."""
    templates = statement.resources.templates if statement.resources else ()
    return (
        tuple(each for each in statement.conditions if any(map(_is_personal, each.keys))),
        any(_is_personal(key) for template in templates for key in template.keys),
    )


def _is_personal(key: str) -> bool:
    return key.startswith(_PERSONAL)
