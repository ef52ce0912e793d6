"""One leg of a decision: what one kind of policy says, and the statements that say it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from collector.policy.context import Context
from collector.policy.document import Document
from collector.policy.principal import Named, Principal
from collector.policy.statement import Statement
from collector.policy.truth import Truth, both, either, some


class Verdict(StrEnum):
    """What a leg says."""

    ALLOW = "allow"
    DENY = "deny"
    NONE = "none"
    """It says nothing, where it would have to allow."""
    CONDITIONAL = "conditional"
    """It depends on what is not known."""
    UNKNOWN = "unknown"
    """Not all of its policies could be read."""
    NOT_APPLICABLE = "not_applicable"


class Match(NamedTuple):
    """A statement that applies to the request, for certain or perhaps."""

    policy: int
    """Place of its document among those of the leg."""
    statement: Statement
    applies: Truth
    level: int | None = None
    """Place of the level, from the root down, in policies of an organization."""


_Found = tuple[int, Statement, Truth, int | None]


@dataclass(slots=True)
class Leg:
    """What one kind of policy says about a request."""

    applicable: bool = True
    allow: Truth = False
    deny: Truth = False
    found: Sequence[_Found] = ()
    """What a match is made of, for each: few are ever asked for."""
    grants: Sequence[tuple[str, Truth]] = ()
    """Ids of the grants that permit it, for certain or perhaps."""
    reasons: Sequence[str] = ()
    """Why it is open or has no effect, beside conditions."""
    unread: bool = False
    """Whether some of its policies could not be read."""

    @property
    def matches(self) -> list[Match]:
        """The statements that apply, for certain or perhaps."""
        return list(map(Match._make, self.found))

    @property
    def verdict(self) -> Verdict:
        """In one word."""
        if not self.applicable:
            return Verdict.NOT_APPLICABLE
        if self.deny:
            return Verdict.DENY
        if self.unread:
            return Verdict.UNKNOWN
        if self.allow is False:
            return Verdict.NONE
        if self.allow is None or self.deny is None:
            return Verdict.CONDITIONAL
        return Verdict.ALLOW

    @property
    def permits(self) -> Truth:
        """Whether it stands in no request's way: where it does not apply, it does not."""
        return self.allow if self.applicable else True

    def blur(self) -> None:
        """Take into account that there may be more policies than were read."""
        self.applicable, self.unread = True, True
        self.allow, self.deny = either(self.allow, None), either(self.deny, None)

    def deciding(self) -> list[Match]:
        """The statements that make it what it is."""
        if not self.found:
            return []
        verdict = self.verdict
        if verdict is Verdict.CONDITIONAL:
            return [match for match in self.matches if match.applies is None or match.statement.allows]
        if verdict not in (Verdict.ALLOW, Verdict.DENY):
            return []
        allows = verdict is Verdict.ALLOW
        return [Match(*each) for each in self.found if each[2] and each[1].allows is allows]


@dataclass(slots=True)
class ResourceLeg(Leg):
    """What a resource's policy says, by the way in which it names the principal."""

    account: Truth = False
    """It leaves the decision to the principal's account."""
    role: Truth = False
    """It names the role: limited by boundary and session policy."""
    direct: Truth = False
    """It names the user or the session, a service, or everybody: limited by neither."""

    def let_in(self, named: int, applies: Truth) -> None:
        """Count a statement that allows, in the ways in which it names the principal."""
        if named & Named.ACCOUNT:
            self.account = either(self.account, applies)
        if named & Named.ROLE:
            self.role = either(self.role, applies)
        if named & Named.DIRECT:
            self.direct = either(self.direct, applies)

    def blur(self) -> None:
        """Take into account that there may be more policies than were read."""
        Leg.blur(self)
        self.account, self.role = either(self.account, None), either(self.role, None)
        self.direct = either(self.direct, None)


ABSENT = Leg(applicable=False)
"""There is no such policy."""


def by_identity(documents: Iterable[Document], action: str, resource: str, context: Context) -> Leg:
    """What policies without principals say: of an identity, a boundary, a session."""
    found: list[_Found] = []
    allow, deny = _said(documents, action, resource, context, None, found)
    return Leg(True, allow, deny, found)


def by_levels(levels: Iterable[Iterable[Document]], action: str, resource: str, context: Context) -> Leg:
    """What service control policies say: every level from the root down must allow."""
    found: list[_Found] = []
    allow: Truth = True
    deny: Truth = False
    for level, documents in enumerate(levels):
        allows, denies = _said(documents, action, resource, context, level, found)
        allow, deny = both(allow, allows), either(deny, denies)
    return Leg(True, allow, deny, found)


def _said(
    documents: Iterable[Document],
    action: str,
    resource: str,
    context: Context,
    level: int | None,
    found: list[_Found],
) -> tuple[Truth, Truth]:
    """Whether documents allow and whether they deny; the statements that do are added to what is found."""
    allow: Truth = False
    deny: Truth = False
    for policy, document in enumerate(documents):
        for statement in document.speaking[action]:
            applies = statement.sweeping or statement.applies(resource, context)
            if applies is False:
                continue
            found.append((policy, statement, applies, level))
            if statement.allows:
                allow = either(allow, applies)
            else:
                deny = either(deny, applies)
    return allow, deny


def by_resource(
    documents: Iterable[Document], action: str, resource: str, context: Context, who: Principal
) -> ResourceLeg:
    """What a resource's policies say of a principal."""
    found: list[_Found] = []
    leg = ResourceLeg(found=found)
    for policy, document in enumerate(documents):
        for statement in document.speaking[action]:
            named = statement.names(who)
            applies = statement.applies(resource, context) if named else False
            if applies is False:
                continue
            if not statement.allows:
                applies = _denies(named, applies)
                leg.deny = either(leg.deny, applies)
                found.append((policy, statement, applies, None))
                continue
            if named & ~Named.PERHAPS:
                leg.let_in(named, applies)
                found.append((policy, statement, applies, None))
            if named & Named.PERHAPS:
                leg.let_in(Named.ACCOUNT | Named.DIRECT, None)
                found.append((policy, statement, None, None))
    leg.allow = some((leg.account, leg.role, leg.direct))
    return leg


def by_resource_levels(
    levels: Iterable[Iterable[Document]], action: str, resource: str, context: Context, who: Principal
) -> Leg:
    """What resource control policies say: only what they deny, since one that allows all is always there."""
    found: list[_Found] = []
    deny: Truth = False
    for level, documents in enumerate(levels):
        for policy, document in enumerate(documents):
            for statement in document.denying[action]:
                named = statement.names(who)
                applies = statement.applies(resource, context) if named else False
                if applies is not False:
                    applies = _denies(named, applies)
                    deny = either(deny, applies)
                    found.append((policy, statement, applies, level))
    return Leg(True, True, deny, found)


def _denies(named: int, applies: Truth) -> Truth:
    """Whether a statement denies somebody whom it names: perhaps, if all that is known is a perhaps."""
    return None if named & Named.PERHAPS and not named & Named.ITSELF else applies
