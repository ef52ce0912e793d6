"""One statement of a policy, ready to be held against requests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from collector.policy import pattern
from collector.policy.condition import Condition
from collector.policy.context import Context
from collector.policy.pattern import Match
from collector.policy.principal import Element, Kind, Named, Principal
from collector.policy.truth import Truth, both, negated
from collector.policy.variables import Template


@dataclass(frozen=True, slots=True)
class Patterns:
    """The content of Action, Resource or their opposites."""

    texts: tuple[str, ...]
    """As they are written."""
    excluded: bool
    """NotAction or NotResource: everything but these."""
    matches: tuple[Match, ...]
    templates: tuple[Template, ...] = ()
    """Those with variables, for resources."""
    fit: Match = field(init=False)
    """Whether the patterns without variables speak of a text; `excluded` is not minded."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "fit", pattern.any_of(self.matches))

    @property
    def everything(self) -> bool:
        """Whether they speak of whatever there is."""
        return "*" in self.texts and not self.excluded

    def speaks_of(self, text: str, context: Context) -> Truth:
        """Whether the element speaks of it."""
        found: Truth = self.fit(text)
        if self.templates and not found:
            found = self._templates_fit(text, context)
        return negated(found) if self.excluded else found

    def _templates_fit(self, text: str, context: Context) -> Truth:
        result: Truth = False
        for template in self.templates:
            filled, unknown = template.fill(context)
            if unknown:
                result = None
            elif filled is not None and pattern.arn(filled)(text):
                return True
        return result


EVERYTHING = Patterns(("*",), False, (pattern.arn("*"),))
"""What a lone `*` says."""


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """One statement."""

    index: int
    """Its place in the document."""
    sid: str
    allows: bool
    actions: Patterns
    resources: Patterns | None
    """None: it has none."""
    principals: Element | None
    """None: it has none, as in policies of identities."""
    others: Element | None
    """The content of NotPrincipal."""
    conditions: tuple[Condition, ...]
    open_because: str
    """Why it cannot be told what it means; empty: it can."""
    raw: dict[str, Any]
    names: Callable[[Principal], int] = field(init=False)
    """How it names a principal: as one of everybody, where it says whom it leaves out."""
    holds: Callable[[Context], Truth] = field(init=False)
    """Whether its conditions do."""
    sweeping: bool = field(init=False)
    """Whether it applies to all resources, whatever the request is like."""

    def __post_init__(self) -> None:
        names = (self.principals or Element()).names
        holds = _all_of(self.conditions, bool(self.open_because))
        everywhere = self.resources is not None and self.resources.everything
        object.__setattr__(self, "names", partial(_not_exempt, self.others) if self.others else names)
        object.__setattr__(self, "holds", holds)
        object.__setattr__(self, "sweeping", everywhere and holds is _always)

    @property
    def name(self) -> str | int:
        """Its Sid, or its place where it has none."""
        return self.sid or self.index

    def applies(self, resource: str, context: Context) -> Truth:
        """Whether it speaks of a resource, and its conditions hold. One without Resource applies to none."""
        if self.resources is None:
            return False
        spoken = self.resources.speaks_of(resource, context)
        return spoken if spoken is False else both(spoken, self.holds(context))

    def still_open(self, context: Context) -> list[Condition]:
        """The conditions that cannot be decided."""
        return [condition for condition in self.conditions if condition.check(context) is None]


def _always(_: Context) -> Truth:
    return True


def _all_of(conditions: Sequence[Condition], open_: bool) -> Callable[[Context], Truth]:
    """Whether all conditions hold, beside something that is open or not."""
    checks = [condition.check for condition in conditions]
    if not open_ and len(checks) <= 1:
        return checks[0] if checks else _always

    def holds(context: Context) -> Truth:
        result: Truth = None if open_ else True
        for check in checks:
            found = check(context)
            if found is False:
                return False
            if found is None:
                result = None
        return result

    return holds


def _not_exempt(others: Element, who: Principal) -> int:
    """Whom NotPrincipal leaves: everybody but the principals for whom it lists the account too.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
    """
    found = others.names(who)
    if found & Named.EVERYBODY:
        return Named.NOT
    if who.bounded and who.kind in (Kind.ROLE, Kind.SESSION, Kind.USER):
        return Named.EVERYBODY
    needed = {
        Kind.ROOT: Named.ACCOUNT,
        Kind.SERVICE: Named.SERVICE,
        Kind.ROLE: Named.ACCOUNT | Named.ROLE,
        Kind.SESSION: Named.ACCOUNT | Named.ROLE | Named.SESSION,
    }.get(who.kind, Named.ACCOUNT | Named.USER)
    if found & needed == needed:
        return Named.NOT
    return Named.EVERYBODY | Named.PERHAPS if found else Named.EVERYBODY
