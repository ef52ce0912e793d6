"""The decision about a request, and what it rests on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from collector.policy import services
from collector.policy.condition import Condition
from collector.policy.context import UNKNOWN, Context
from collector.policy.evaluate import Legs, Policies, Request, evaluate, permitted
from collector.policy.leg import Leg, Match
from collector.policy.truth import Truth

Place = Callable[[int, int | None], tuple[tuple[str, Any], ...]]
"""Says where a statement stands, by the places of its document and level in the leg: names and values."""


class Outcome(StrEnum):
    """How a request ends."""

    ALLOWED = "allowed"
    IMPLICIT_DENY = "implicit_deny"
    """Nothing allows it."""
    EXPLICIT_DENY = "explicit_deny"
    CONDITIONAL = "conditional"
    """It depends on what is not known, or not documented."""
    UNKNOWN = "unknown"
    """It depends on policies that could not be read."""


@dataclass(slots=True)
class Decision:
    """What comes of a request. What it rests on is told when it is asked for."""

    outcome: Outcome
    request: Request
    legs: Legs

    @property
    def blocked(self) -> bool:
        """Whether it is denied, or not allowed."""
        return self.outcome in (Outcome.EXPLICIT_DENY, Outcome.IMPLICIT_DENY)

    @property
    def blocked_by(self) -> list[str]:
        """Names of the legs that deny, or that would have to allow and do not."""
        if not self.blocked:
            return []
        needed = _needed(self.request, self.legs)
        return [
            name for name, leg in self.legs.named() if leg.deny or (name in needed and leg.permits is False)
        ]

    @property
    def conditions(self) -> list[dict[str, Any]]:
        """What it depends on: leg, policy, statement, operator, key, values, reason."""
        if self.outcome not in (Outcome.CONDITIONAL, Outcome.UNKNOWN):
            return []
        found = _once(_open(self.request, self.legs))
        if self.legs.grant.allow is not False and self.legs.limits is not True:
            found.append({"leg": "grant", "reason": _GRANT_IN_LIMITS})
        return found

    @property
    def evidence(self) -> list[dict[str, Any]]:
        """The statements and grants that decided: leg, policy, statement, effect."""
        return [entry for name, leg in self.legs.named() for entry in evidence(name, leg, _at)]


def evidence(name: str, leg: Leg, place: Place) -> Iterator[dict[str, Any]]:
    """The statements and grants that decided a leg, under the name that it is to have."""
    statements = dict.fromkeys(
        (place(match.policy, match.level), match.statement.name, match.statement.allows)
        for match in leg.deciding()
    )
    for at, statement, allows in statements:
        yield {"leg": name, **dict(at), "statement": statement, "effect": "Allow" if allows else "Deny"}
    for grant_id in dict.fromkeys(grant_id for grant_id, _ in leg.grants):
        yield {"leg": name, "grant": grant_id, "effect": "Allow"}


def decide(request: Request, policies: Policies) -> Decision:
    """Decide about a request.

    An explicit deny wins over everything; else something must allow; else what is open makes it
    conditional. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
    """
    legs = evaluate(request, policies)
    allowed, denied = permitted(request, legs), legs.denied
    if denied:
        outcome = Outcome.EXPLICIT_DENY
    elif allowed is False:
        outcome = Outcome.IMPLICIT_DENY
    elif allowed and denied is False:
        outcome = Outcome.ALLOWED
    else:
        unread = any(leg.unread for _, leg in legs.named())
        outcome = Outcome.UNKNOWN if unread else Outcome.CONDITIONAL
    return Decision(outcome, request, legs)


_GRANT_IN_LIMITS = "AWS does not say whether a permissions boundary or a session policy limits a grant"


_LIMITS = ("boundary", "session", "scp")
_OWN = ("identity", *_LIMITS)


def _needed(request: Request, legs: Legs) -> tuple[str, ...]:
    """The legs of the route that is nearest to what the policies say."""
    resource = legs.resource
    if request.principal.outside:
        return ("resource",)
    if request.crosses:
        return _LIMITS if legs.grant.allow else (*_OWN, "resource")
    if resource.direct or legs.grant.allow:
        return ("scp",)
    if resource.role:
        return _LIMITS
    if not resource.account and services.decides_itself(request.action, request.resource):
        return (*_LIMITS, "resource")
    return _OWN


def _place(match: Match) -> dict[str, Any]:
    return {**dict(_at(match.policy, match.level)), "statement": match.statement.name}


def _at(policy: int, level: int | None) -> tuple[tuple[str, Any], ...]:
    return (("policy", policy),) if level is None else (("level", level), ("policy", policy))


def _once(entries: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Entries without repetition."""
    return list({repr(entry): entry for entry in entries}.values())


def _open(request: Request, legs: Legs) -> Iterator[dict[str, Any]]:
    """What keeps the legs from being certain.

    Where a leg allows, it does not matter what else in it may allow; but within an account it matters in
    which way a resource's policy names somebody, unless one is found that is enough.
    """
    for name, leg in legs.named():
        settled, context = leg.allow, request.context
        if leg is legs.resource:
            settled = leg.allow if request.crosses else permitted(request, legs)
            context = request.resource_sees
        if not leg.unread:
            yield from _open_in(name, leg, settled, context)


def _open_in(name: str, leg: Leg, settled: Truth, context: Context) -> Iterator[dict[str, Any]]:
    for match in leg.matches:
        if match.applies is not None or (match.statement.allows and settled):
            continue
        place = {"leg": name, **_place(match)}
        told = False
        for condition in match.statement.still_open(context):
            yield {**place, **_condition(condition, context)}
            told = True
        if match.statement.open_because:
            yield {**place, "reason": match.statement.open_because}
        elif not told:
            yield {**place, "reason": _why(match, context)}
    for reason in leg.reasons:
        yield {"leg": name, "reason": reason}


def _condition(condition: Condition, context: Context) -> dict[str, Any]:
    unknown = [key for key in condition.keys if context.get(key) is UNKNOWN]
    reason = (
        f"{', '.join(unknown)}: not known"
        if unknown
        else f"AWS does not say what {condition.operator} makes of this"
    )
    return {
        "operator": condition.operator,
        "key": condition.key,
        "values": list(condition.values),
        "reason": reason,
    }


def _why(match: Match, context: Context) -> str:
    patterns = match.statement.resources
    keys = [key for template in patterns.templates for key in template.keys] if patterns else []
    unknown = [key for key in keys if context.get(key) is UNKNOWN]
    if unknown:
        return f"{', '.join(unknown)}: not known, in the resource"
    return "whether it names this principal is not known"
