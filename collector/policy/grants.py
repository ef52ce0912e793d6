"""KMS grants: what a grant permits, to whom, and under which constraints.

https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
https://docs.aws.amazon.com/kms/latest/APIReference/API_GrantConstraints.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from collector.policy import pattern
from collector.policy.context import UNKNOWN, Context, Perhaps, StartsWith, Values
from collector.policy.leg import Leg
from collector.policy.principal import Element, Named, Principal, element
from collector.policy.truth import Truth, both, negated, some

_ENCRYPTION_CONTEXT = "kms:encryptioncontext:"
_ENCRYPTION_CONTEXT_KEYS = "kms:encryptioncontextkeys"
_UNCONSTRAINED = ("kms:describekey", "kms:retiregrant")
"""Encryption context constrains cryptographic operations and CreateGrant only."""


@dataclass(frozen=True, slots=True, eq=False)
class Grant:
    """One grant."""

    id: str
    grantee: Element
    retirer: Element
    operations: frozenset[str]
    """As actions, in lower case."""
    equals: dict[str, str] | None
    """The whole encryption context of a request. Keys in lower case."""
    subset: dict[str, str] | None
    """Pairs that must be in it. Keys in lower case."""
    source_arn: str | None

    def applies(self, action: str, context: Context, who: Principal) -> Truth:
        """Whether it permits a principal an action. Open: to the whole account, or for want of knowledge."""
        named = self.grantee.names(who) if action in self.operations else Named.NOT
        if action == "kms:retiregrant":
            named |= self.retirer.names(who)
        if not named:
            return False
        certain = not named & (Named.PERHAPS | Named.ACCOUNT)
        return both(True if certain else None, self._constraints_hold(action, context))

    def _constraints_hold(self, action: str, context: Context) -> Truth:
        result: Truth = True
        if self.source_arn is not None:
            result = both(result, _source(self.source_arn, context))
        if action in _UNCONSTRAINED or (self.equals is None and self.subset is None):
            return result
        if action == "kms:creategrant":
            return both(result, None)
        for key, value in {**(self.equals or {}), **(self.subset or {})}.items():
            found = context.get(_ENCRYPTION_CONTEXT + key)
            result = both(result, _has(found, value))
        if self.equals is not None:
            result = both(result, _nothing_else(self.equals, context))
        return result


def grant(listed: Mapping[str, Any]) -> Grant:
    """A grant as ListGrants returns it. Raises ValueError, naming the member, where it is not that."""
    operations = listed.get("Operations", [])
    if not isinstance(operations, list) or not all(isinstance(each, str) for each in operations):
        raise ValueError("Operations: expected a list of strings")
    constraints = listed.get("Constraints") or {}
    if not isinstance(constraints, dict):
        raise ValueError("Constraints: expected an object")
    source = constraints.get("SourceArn")
    if source is not None and not isinstance(source, str):
        raise ValueError("Constraints.SourceArn: expected a string")
    return Grant(
        id=str(listed.get("GrantId", "")),
        grantee=_element(listed, "GranteePrincipal", "GranteeServicePrincipal"),
        retirer=_element(listed, "RetiringPrincipal", "RetiringServicePrincipal"),
        operations=frozenset(f"kms:{each}".lower() for each in operations),
        equals=_pairs(constraints, "EncryptionContextEquals"),
        subset=_pairs(constraints, "EncryptionContextSubset"),
        source_arn=source,
    )


def by_grants(grants: Iterable[Grant], action: str, context: Context, who: Principal) -> Leg:
    """What the grants of a key say."""
    found = [(each.id, each.applies(action, context, who)) for each in grants]
    giving = [each for each in found if each[1] is not False]
    allow = some([applies for _, applies in giving])
    return Leg(allow=allow, grants=giving, reasons=[_PERHAPS] if allow is None else ())


_PERHAPS = "a grant to the whole account of the caller, or under constraints that may not be met"


def _element(listed: Mapping[str, Any], member: str, service_member: str) -> Element:
    """Whom a member names. What is no principal known to IAM stands for something inside a service."""
    who, service = listed.get(member), listed.get(service_member)
    for name, value in ((member, who), (service_member, service)):
        if value is not None and not isinstance(value, str):
            raise ValueError(f"{name}: expected a string")
    named = (("Service", service),) if service else ()
    if who and who != "*":
        kind = "AWS" if ":" in who or who.isdigit() or who.isupper() else "Service"
        try:
            return element((*named, (kind, who)))
        except ValueError:
            pass
    return element(named)


def _pairs(constraints: Mapping[str, Any], member: str) -> dict[str, str] | None:
    pairs = constraints.get(member)
    if pairs is None:
        return None
    if not isinstance(pairs, dict) or not all(isinstance(value, str) for value in pairs.values()):
        raise ValueError(f"Constraints.{member}: expected an object of strings")
    return {key.lower(): value for key, value in pairs.items()}


def _source(wanted: str, context: Context) -> Truth:
    found = context.get("aws:sourcearn")
    if found is UNKNOWN:
        return None
    return _unless_absent(found, any(pattern.arn(wanted)(value) for value in found or ()))


def _has(found: Values | None, value: str) -> Truth:
    if found is UNKNOWN:
        return None
    if found and isinstance(found[0], StartsWith):
        return None if value.startswith(found[0]) else False
    return _unless_absent(found, found == (value,))


def _unless_absent(found: Values | None, fits: bool) -> Truth:
    """Whether values fit, where they may as well be absent."""
    return None if fits and isinstance(found, Perhaps) else fits


def _nothing_else(equals: Mapping[str, str], context: Context) -> Truth:
    """Whether the request's encryption context has no pair beside these."""
    keys = context.get(_ENCRYPTION_CONTEXT_KEYS)
    if keys is UNKNOWN:
        return None
    others = [
        values
        for key, values in context.items()
        if values and key.startswith(_ENCRYPTION_CONTEXT) and key[len(_ENCRYPTION_CONTEXT) :] not in equals
    ]
    if {key.lower() for key in keys or ()} - equals.keys():
        return False
    return negated(
        some(None if values is UNKNOWN or isinstance(values, Perhaps) else True for values in others)
    )
