"""Who makes a request, and whom a statement names.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from typing import Any

_SERVICE = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
_ACCOUNT_ID = re.compile(r"[0-9]{12}")
_UNIQUE_ID = re.compile(r"A[A-Z]{3}[A-Z0-9]{12,}")
_SERVICE_LINKED = ":role/aws-service-role/"
_SERVICE_LINKED_NAME = "AWSServiceRoleFor"
_CLOUDFRONT = re.compile(r"arn:[a-z-]+:iam::cloudfront:user/[^*?]+")
"""An origin access identity: CloudFront itself, for some distributions."""


class Kind(Enum):
    """What a principal is."""

    ROOT = "root"
    """The account itself."""
    ROLE = "role"
    SESSION = "session"
    """A session of a role."""
    USER = "user"
    SERVICE = "service"
    ANONYMOUS = "anonymous"
    OTHER = "other"
    """A federated user."""


class Named:
    """How an element names a principal. Bits of a number: several ways at once are possible."""

    NOT = 0
    ACCOUNT = 1
    """As one of its account's: the decision is left to the account."""
    ROLE = 2
    """By the ARN of its role."""
    SESSION = 4
    USER = 8
    EVERYBODY = 16
    SERVICE = 32
    PERHAPS = 64
    """Something about it that is not known decides."""

    DIRECT = SESSION | USER | EVERYBODY | SERVICE
    """In a way that leaves nothing to its account, nor to limits of the role."""
    ITSELF = ACCOUNT | ROLE | SESSION | USER | SERVICE
    """As somebody, and not as one of everybody."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who makes a request."""

    text: str
    """ARN, or the name of a service."""
    kind: Kind
    partition: str = "aws"
    account_id: str = ""
    """Empty: an AWS service, or nobody's."""
    role_name: str = ""
    """Of a role, or of the role that a session is of; without its path."""
    ids: frozenset[str] = frozenset()
    """Unique ids that it is known to have: a policy that names one of them names it."""
    canonical_id: str | None = None
    """Canonical user id of its account. None: not known."""
    bounded: bool = False
    """Whether it has a permissions boundary."""
    handles: dict[str, int] = field(init=False, compare=False, repr=False)
    """By what an element may name it, and how it is named then."""
    outside: bool = field(init=False, compare=False, repr=False)
    """Whether it is of no account, so that no policy but the resource's bears on it."""
    service_linked: bool = field(init=False, compare=False, repr=False)
    """Whether it is a service-linked role: no policy from above binds it. Sessions tell no path."""

    def __post_init__(self) -> None:
        linked = _SERVICE_LINKED in self.text
        if self.kind is Kind.SESSION:
            linked = self.role_name.startswith(_SERVICE_LINKED_NAME)
        object.__setattr__(self, "outside", self.kind in (Kind.SERVICE, Kind.ANONYMOUS))
        object.__setattr__(self, "service_linked", linked)
        object.__setattr__(self, "handles", dict(_handles(self)))


def _handles(who: Principal) -> Iterator[tuple[str, int]]:
    kind = who.kind
    if kind is Kind.ANONYMOUS:
        return
    if kind is Kind.SERVICE:
        yield _service(who.text), Named.SERVICE
        return
    yield who.account_id, Named.ACCOUNT | Named.USER if kind is Kind.ROOT else Named.ACCOUNT
    if who.canonical_id is not None:
        yield who.canonical_id, Named.ACCOUNT
    itself = Named.ROLE if kind in (Kind.ROLE, Kind.SESSION) else Named.USER
    yield who.text, Named.SESSION if kind is Kind.SESSION else itself
    for each in who.ids:
        yield each, itself
    if kind is Kind.ROLE:
        yield _a_session_of(who.account_id, who.role_name), Named.PERHAPS
    if kind is Kind.SESSION:
        yield _the_role(who.partition, who.account_id, who.role_name), Named.ROLE


def _service(name: str) -> str:
    return f"service {name}"


def _a_session_of(account_id: str, role_name: str) -> str:
    return f"session of {account_id}/{role_name}"


def _the_role(partition: str, account_id: str, role_name: str) -> str:
    return f"role {partition}:{account_id}/{role_name}"


@lru_cache(maxsize=4096)
def principal(text: str, **more: object) -> Principal:
    """The principal with an ARN, the service of that name, or nobody known by `*`.

    Raises ValueError for anything else.
    """
    if text == "*":
        return Principal(text, Kind.ANONYMOUS)
    parts = text.split(":", 5)
    if _CLOUDFRONT.fullmatch(text) or _SERVICE.fullmatch(text):
        return Principal(text, Kind.SERVICE)
    if len(parts) < 6 or parts[0] != "arn" or not _ACCOUNT_ID.fullmatch(parts[4]):
        raise ValueError(f"{text!r} is neither the ARN of a principal nor the name of a service")
    _, partition, service, _, account_id, name = parts
    kind, role_name = Kind.OTHER, ""
    if (service, name) == ("iam", "root"):
        kind = Kind.ROOT
    elif service == "iam" and name.startswith("role/"):
        kind, role_name = Kind.ROLE, name.rpartition("/")[2]
    elif service == "iam" and name.startswith("user/"):
        kind = Kind.USER
    elif service == "sts" and name.startswith("assumed-role/") and name.count("/") >= 2:
        kind, role_name = Kind.SESSION, name.split("/")[1]
    return Principal(text, kind, partition, account_id, role_name, **more)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Element:
    """The content of `Principal` or `NotPrincipal`."""

    everybody: bool = False
    accounts: frozenset[str] = frozenset()
    """Ids of accounts that are named as a whole."""
    roles: frozenset[tuple[str, str, str]] = frozenset()
    """Partition, account and name of roles: sessions do not tell their role's path."""
    arns: frozenset[str] = frozenset()
    sessions_of: frozenset[tuple[str, str]] = frozenset()
    """Account and role of sessions that are named: for the role itself they are a perhaps."""
    services: frozenset[str] = frozenset()
    ids: frozenset[str] = frozenset()
    canonical_ids: frozenset[str] = frozenset()
    federated: frozenset[str] = frozenset()
    handles: frozenset[str] = field(init=False, compare=False, repr=False)
    """By what it names anybody."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "handles", frozenset(self._naming()))

    def _naming(self) -> Iterator[str]:
        yield from self.accounts | self.arns | self.ids | self.canonical_ids
        yield from map(_service, self.services)
        yield from (_the_role(*role) for role in self.roles)
        yield from (_a_session_of(*role) for role in self.sessions_of)

    def names(self, who: Principal) -> int:
        """How it names a principal."""
        found = Named.EVERYBODY if self.everybody else Named.NOT
        if self.canonical_ids and who.canonical_id is None and who.account_id:
            found |= Named.PERHAPS
        if not self.handles.isdisjoint(who.handles):
            for handle, named in who.handles.items():
                if handle in self.handles:
                    found |= named
        return found & ~Named.PERHAPS if self.everybody else found


@lru_cache(maxsize=4096)
def element(named: tuple[tuple[str, str], ...]) -> Element:
    """The element with (type, value) pairs such as ("AWS", "111122223333").

    Raises ValueError for a value that names nobody.
    """
    everybody = False
    found: dict[str, set[Any]] = defaultdict(set)
    for kind, value in named:
        if kind != "AWS":
            found[_KINDS[kind]].add(value)
        elif value == "*":
            everybody = True
        elif _ACCOUNT_ID.fullmatch(value):
            found["accounts"].add(value)
        elif _UNIQUE_ID.fullmatch(value):
            found["ids"].add(value)
        elif _CLOUDFRONT.fullmatch(value):
            found["services"].add(value)
        else:
            _add(found, _one(value))
    return Element(everybody, **{name: frozenset(values) for name, values in found.items()})


_KINDS = {"Service": "services", "Federated": "federated", "CanonicalUser": "canonical_ids"}


def _one(value: str) -> Principal:
    """The principal that an ARN names."""
    if "*" in value or "?" in value:
        raise ValueError(f"{value!r}: only a lone * is a wildcard")
    who = principal(value)
    if who.kind is Kind.SERVICE:
        raise ValueError(f"{value!r} is the name of a service, under AWS")
    return who


def _add(found: dict[str, set[Any]], who: Principal) -> None:
    if who.kind is Kind.ROOT:
        found["accounts"].add(who.account_id)
        return
    found["arns"].add(who.text)
    if who.kind is Kind.ROLE:
        found["roles"].add((who.partition, who.account_id, who.role_name))
    if who.kind is Kind.SESSION:
        found["sessions_of"].add((who.account_id, who.role_name))
