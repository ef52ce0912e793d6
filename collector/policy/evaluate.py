"""One request against all policies that bear on it: every leg, and what they come to.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
https://docs.aws.amazon.com/kms/latest/developerguide/policy-evaluation.html
"""

from __future__ import annotations

from dataclasses import dataclass

from collector.policy import leg, services
from collector.policy.context import Context
from collector.policy.document import Document
from collector.policy.grants import Grant, by_grants
from collector.policy.leg import ABSENT, Leg, ResourceLeg
from collector.policy.principal import Kind, Principal
from collector.policy.truth import Truth, both, either, some

Levels = tuple[tuple[Document, ...], ...]
"""The policies of an organization, from the root down to the account."""


@dataclass(frozen=True, slots=True)
class Request:
    """Who asks for what."""

    principal: Principal
    action: str
    """In lower case: `kms:decrypt`."""
    resource: str
    resource_account: str
    context: Context
    resource_context: Context | None = None
    """What the resource's policy sees, where that is less. None: the same."""

    @property
    def crosses(self) -> bool:
        """Whether it crosses an account boundary."""
        return self.principal.account_id != self.resource_account

    @property
    def resource_sees(self) -> Context:
        """The context as the resource's policy sees it."""
        return self.context if self.resource_context is None else self.resource_context


@dataclass(frozen=True, slots=True)
class Policies:
    """What bears on a request. None: there is no such policy."""

    identity: tuple[Document, ...] = ()
    boundary: Document | None = None
    session: Document | None = None
    resource: tuple[Document, ...] | None = None
    scps: Levels = ()
    """Of the principal's account. Empty: nothing restricts it; an empty level allows nothing."""
    rcps: Levels = ()
    """Of the resource's account."""
    grants: tuple[Grant, ...] | None = None
    """Of the key."""
    unread: frozenset[str] = frozenset()
    """Names of legs of which not all policies could be read."""


@dataclass(slots=True)
class Legs:
    """What each kind of policy says about a request."""

    identity: Leg
    resource: ResourceLeg
    boundary: Leg
    session: Leg
    scp: Leg
    rcp: Leg
    grant: Leg

    def named(self) -> tuple[tuple[str, Leg], ...]:
        """The legs with their names, in the order in which they are told."""
        return (
            ("identity", self.identity),
            ("resource", self.resource),
            ("boundary", self.boundary),
            ("session", self.session),
            ("scp", self.scp),
            ("rcp", self.rcp),
            ("grant", self.grant),
        )

    @property
    def denied(self) -> Truth:
        """Whether one of them denies."""
        own = (self.identity.deny, self.boundary.deny, self.session.deny, self.scp.deny)
        return some((*own, self.resource.deny, self.rcp.deny, self.grant.deny))

    @property
    def limits(self) -> Truth:
        """Whether permissions boundary and session policy let the request through."""
        return both(self.boundary.permits, self.session.permits)


def evaluate(request: Request, policies: Policies) -> Legs:
    """Every leg of a request, with no short cut."""
    who = request.principal
    own, bound = not who.outside, not who.service_linked
    legs = Legs(
        _own(request, policies.identity) if own else ABSENT,
        _resource(request, policies),
        _limit(request, policies.boundary) if own and policies.boundary is not None else ABSENT,
        _limit(request, policies.session) if own and policies.session is not None else ABSENT,
        _scp(request, policies.scps) if own and policies.scps and bound else ABSENT,
        _rcp(request, policies.rcps) if policies.rcps and bound else ABSENT,
        _grant(request, policies.grants) if policies.grants is not None else ABSENT,
    )
    return _blurred(request, legs, policies.unread) if policies.unread else legs


def _blurred(request: Request, legs: Legs, unread: frozenset[str]) -> Legs:
    """The legs as far as they are known, where some of their policies could not be read."""
    exempt = {"scp", "rcp"} if request.principal.service_linked else set()
    if services.under_rcps(request.action) is False:
        exempt.add("rcp")
    found = {name: Leg() if leg is ABSENT and name in unread - exempt else leg for name, leg in legs.named()}
    for name in unread - exempt:
        found[name].blur()
    return Legs(**found)  # type: ignore[arg-type]


def permitted(request: Request, legs: Legs) -> Truth:
    """Whether something allows the request, leaving aside what denies it."""
    who, resource = request.principal, legs.resource
    if who.outside:
        if who.kind is Kind.ANONYMOUS and services.is_key(request.resource):
            return False
        return either(resource.direct, legs.grant.allow)
    limits = legs.limits
    identity, role = both(legs.identity.allow, limits), both(resource.role, limits)
    # AWS does not say whether what boundary or session policy leaves out limits a grant.
    grant = both(legs.grant.allow, limits or None)
    if request.crosses:
        found = either(both(identity, resource.allow), grant)
    elif services.decides_itself(request.action, request.resource):
        found = some((both(resource.account, identity), role, resource.direct, grant))
    else:
        found = some((identity, role, resource.direct))
    return both(found, legs.scp.permits)


def _own(request: Request, documents: tuple[Document, ...]) -> Leg:
    found = leg.by_identity(documents, request.action, request.resource, request.context)
    if request.principal.kind is Kind.ROOT:
        found.allow = True
    return found


def _limit(request: Request, document: Document) -> Leg:
    """What a boundary or a session policy says."""
    return leg.by_identity((document,), request.action, request.resource, request.context)


def _resource(request: Request, policies: Policies) -> ResourceLeg:
    if policies.resource is None:
        needed = request.crosses or services.decides_itself(request.action, request.resource)
        return ResourceLeg(applicable=needed)
    if request.action == services.RETIRE and services.is_key(request.resource):
        return ResourceLeg(reasons=["a key policy neither allows nor denies kms:RetireGrant"])
    found = leg.by_resource(
        policies.resource, request.action, request.resource, request.resource_sees, request.principal
    )
    if (
        found.allow is not False
        and request.crosses
        and services.is_key(request.resource)
        and request.principal.kind is not Kind.SERVICE
        and request.action not in services.KMS_ACROSS_ACCOUNTS
    ):
        found.allow = found.account = found.role = found.direct = False
        found.reasons = [f"{request.action} has no effect on keys of other accounts"]
    return found


def _scp(request: Request, levels: Levels) -> Leg:
    return leg.by_levels(levels, request.action, request.resource, request.context)


def _rcp(request: Request, levels: Levels) -> Leg:
    bound = services.under_rcps(request.action)
    if bound is False:
        return ABSENT
    found = leg.by_resource_levels(
        levels, request.action, request.resource, request.context, request.principal
    )
    if bound is None and found.deny:
        found.deny = None
        found.reasons = [f"whether resource control policies bind {request.action} is not known"]
    return found


def _grant(request: Request, grants: tuple[Grant, ...]) -> Leg:
    if not services.is_key(request.resource):
        return ABSENT
    return by_grants(grants, request.action, request.context, request.principal)
