"""Everybody who may ask: collected roles and users, accounts as a whole, the organization, and the rest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import chain

from collector.access.documents import Policies
from collector.access.identities import Identity
from collector.access.organization import FREE, Bounds, Organization
from collector.policy.context import PartlyKnown, Perhaps, StartsWith, Values
from collector.policy.document import Document
from collector.policy.grammar import Where
from collector.policy.principal import Kind, Principal, principal

_SOMETHING_ELSE = "\ue002" * 7
"""A value that is known to be none that a policy names."""

_ABSENT_FOR_PRINCIPALS = (
    "aws:sourcearn",
    "aws:sourceaccount",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:sourceowner",
    "aws:principalservicename",
    "aws:principalservicenameslist",
)
"""Condition keys that only calls by AWS services carry."""


@dataclass(frozen=True, eq=False)
class Who:
    """Somebody who may ask, and what bears on whatever he asks."""

    principal: Principal
    kind: str
    """role, user, session, account, organization, everybody or other."""
    policies: Policies
    boundary: Policies | None
    bounds: Bounds
    """Of his account, by service control policies."""
    shared: PartlyKnown
    """Condition keys in which he is like everybody of his account."""
    identity: Identity | None = None

    @property
    def arn(self) -> str:
        """How he is named."""
        return self.principal.text

    @property
    def account_id(self) -> str:
        """His account; empty for everybody and for the organization."""
        return self.principal.account_id

    @property
    def context(self) -> PartlyKnown:
        """Condition keys about himself: made whenever they are asked for, since there are many of him."""
        return PartlyKnown({**self.shared, **self._own()})

    def _own(self) -> dict[str, Values | None]:
        """Condition keys in which he may differ from others of his account."""
        who, identity = self.principal, self.identity
        if identity is None:
            if who.kind is Kind.SESSION:
                return {"aws:principaltype": ("AssumedRole",)}
            return {} if who.kind in (Kind.ROOT, Kind.SERVICE) else {"aws:principalarn": (who.text,)}
        user = who.kind is Kind.USER
        return {
            "aws:principalarn": (who.text,),
            "aws:userid": (identity.unique_id,) if user else (StartsWith(identity.unique_id + ":"),),
            "aws:username": (identity.name,) if user else None,
            "aws:principaltype": ("User" if user else "AssumedRole",),
            **{f"aws:principaltag/{key.lower()}": (value,) for key, value in identity.tags.items()},
        }

    @property
    def limits(self) -> Iterator[Document]:
        """The policies that limit whatever his own allow."""
        yield from self.boundary.documents if self.boundary else ()
        yield from chain.from_iterable(self.bounds.documents)

    @cached_property
    def unread(self) -> frozenset[str]:
        """The legs on his side of which not everything was read."""
        legs = (
            ("identity", self.policies.unread),
            ("boundary", self.boundary is not None and self.boundary.unread),
            ("scp", self.bounds.unread),
        )
        return frozenset(name for name, unread in legs if unread)


class People:
    """Everybody, by name."""

    def __init__(
        self, identities: Iterable[Identity], organization: Organization, listed: Mapping[str, bool]
    ) -> None:
        """`listed`: the collected accounts, and whether everybody in them is known."""
        self.organization = organization
        self.listed = listed
        self.identities = {each.principal.text: each for each in identities}
        self.by_role_name: dict[tuple[str, str], Identity] = {}
        self.by_id: dict[str, Identity] = {}
        for each in self.identities.values():
            if each.principal.kind is Kind.ROLE:
                self.by_role_name[each.principal.account_id, each.name] = each
            if each.unique_id:
                self.by_id[each.unique_id] = each
        self._found: dict[str, Who] = {}
        self._shared = lru_cache(None)(self._of_account)

    def collected(self) -> Iterator[Who]:
        """Every collected role and user."""
        return (self.named(arn) for arn in self.identities)

    def named(self, arn: str) -> Who:
        """Who is behind an ARN: a session's role, where it was collected."""
        found = self._found.get(arn)
        if found is None:
            found = self._found[arn] = self._named(arn)
        return found

    def service(self, name: str) -> Who:
        """An AWS service that acts by itself. Whose behalf it acts on is not known."""
        shared = PartlyKnown({"aws:principalisawsservice": ("true",), "aws:principalservicename": (name,)})
        shared["aws:principalorgid"] = shared["aws:principalarn"] = None
        return Who(Principal(name, Kind.SERVICE), "service", Policies(), None, FREE, shared)

    def account(self, account_id: str, partition: str) -> Who:
        """An account as a whole: what it can do if its administrators want it."""
        return self.named(f"arn:{partition}:iam::{account_id}:root")

    @cached_property
    def everybody(self) -> Who:
        """Somebody of an account that nobody names."""
        shared = self._of_account("")
        shared["aws:principalaccount"] = shared["kms:calleraccount"] = (_SOMETHING_ELSE,)
        return Who(Principal("*", Kind.ROOT), "everybody", Policies(), None, FREE, shared)

    @cached_property
    def members(self) -> Who:
        """The organization as a whole."""
        shared = self._of_account("")
        shared["aws:principalorgid"] = (self.organization.id,)
        shared.pop("aws:principalorgpaths", None)
        whole = Principal(self.organization.arn, Kind.ROOT)
        return Who(whole, "organization", Policies(), None, self.organization.for_all, shared)

    def _named(self, arn: str) -> Who:
        if identity := self.identities.get(arn):
            return self._known(identity)
        found = principal(arn)
        if found.kind is Kind.SESSION and (
            role := self.by_role_name.get((found.account_id, found.role_name))
        ):
            return self.named(role.principal.text)
        return self._unknown(found)

    def _known(self, identity: Identity) -> Who:
        who = identity.principal
        return Who(
            principal=who,
            kind=who.kind.value,
            policies=identity.policies,
            boundary=identity.boundary,
            bounds=self.organization.bounds(Where.SCP, who.account_id),
            shared=self._shared(who.account_id),
            identity=identity,
        )

    def _unknown(self, who: Principal) -> Who:
        """Nobody that was collected: an account, or somebody in it."""
        collected = who.account_id in self.listed
        root = who.kind is Kind.ROOT
        missing = not collected if root else not self.listed.get(who.account_id, False)
        return Who(
            principal=who,
            kind="account" if root else who.kind.value,
            policies=Policies(unread=missing),
            boundary=Policies(unread=True) if missing and not root else None,
            bounds=self.organization.bounds(Where.SCP, who.account_id),
            shared=self._shared(who.account_id),
        )

    def _of_account(self, account_id: str) -> PartlyKnown:
        """What is alike for everybody of an account; empty: of one that is not known."""
        organization = self.organization
        context = PartlyKnown(dict.fromkeys(_ABSENT_FOR_PRINCIPALS))
        context["aws:principalisawsservice"] = ("false",)
        context["aws:securetransport"] = ("true",)
        context["s3:tlsversion"] = ("1.2",)
        if account_id:
            context["aws:principalaccount"] = context["kms:calleraccount"] = (account_id,)
        if account_id in organization.paths:
            context["aws:principalorgid"] = (organization.id,)
            if path := organization.path(account_id):
                context["aws:principalorgpaths"] = (path,)
        elif organization.known and not organization.id and account_id in self.listed:
            context["aws:principalorgid"] = context["aws:principalorgpaths"] = None
        elif organization.known and organization.id:
            context["aws:principalorgid"] = Perhaps((_SOMETHING_ELSE,))
            context["aws:principalorgpaths"] = Perhaps((_SOMETHING_ELSE,))
        return context


def by_account(people: Iterable[Who]) -> dict[str, list[Who]]:
    """People, account by account."""
    found: dict[str, list[Who]] = defaultdict(list)
    for who in people:
        found[who.account_id].append(who)
    return found
