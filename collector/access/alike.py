"""What cannot differ is decided once: keys of the same policy, principals of the same, actions of the same.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

from collector.access.actions import CAPABILITIES
from collector.access.pattern_index import PatternIndex
from collector.access.people import Who
from collector.access.requests import READ, WRITE, about_key
from collector.access.resources import Key
from collector.access.world import World
from collector.policy import pattern
from collector.policy.document import Document, keys_of
from collector.policy.grammar import Where
from collector.policy.grants import Grant
from collector.policy.principal import Named
from collector.policy.services import KMS_ACROSS_ACCOUNTS
from collector.policy.statement import Statement

_PERSONAL = ("aws:principalarn", "aws:principaltag/", "aws:principaltype", "aws:userid", "aws:username")
"""Condition keys in which principals of the same account may differ."""

Actions = tuple[str, ...]
"""In lower case."""

OF_CAPABILITY: dict[str, Actions] = {
    name: tuple(map(str.lower, actions)) for name, actions in CAPABILITIES.items()
}
OF_ACCESS: dict[str, Actions] = {each.name: (each.s3_action, each.kms_action) for each in (READ, WRITE)}
_ALL = (*chain.from_iterable(OF_CAPABILITY.values()), *chain.from_iterable(OF_ACCESS.values()))
"""What is decided about."""

_SIDES = 256
"""Policies of keys that are remembered."""


class Alike:
    """Tells for which keys and principals every decision is the same."""

    def __init__(self, world: World) -> None:
        """Look at the policies of everybody, and at those from above."""
        self._world = world
        documents = dict.fromkeys(_elsewhere(world))
        self._asked = frozenset(key for document in documents for key in keys_of(_speaking(document, _ALL)))
        self._patterns: PatternIndex[str] = PatternIndex()
        for text in {text for document in documents for text in _named(_speaking(document, _ALL))}:
            fixed, *variables = text.split("${")
            self._patterns.add(f"{fixed}*" if variables else pattern.completed(text), text)
        self._sides: dict[Hashable, Side] = {}
        self._own: dict[tuple[Who, Actions], Own] = {}
        self._likenesses: dict[Hashable, int] = {}

    def side(self, key: Key) -> Side:
        """What is on a key's side, for all keys of the account with the same policy."""
        documents = key.policies.documents
        found = self._sides.get((key.account_id, documents))
        if found is None:
            if len(self._sides) >= _SIDES:
                self._sides.clear()
            found = self._sides[key.account_id, documents] = self.behind(key.account_id, documents)
        return found

    def behind(self, account_id: str, documents: tuple[Document, ...]) -> Side:
        """Policies on the side of a resource of an account, with those that bind it from above."""
        rcps = chain.from_iterable(self._world.requests.bounds(Where.RCP, account_id).documents)
        return Side(account_id, (*documents, *rcps), self._asked)

    def own(self, who: Who, actions: Actions) -> Own:
        """What is on the side of somebody who asks for one of some actions."""
        found = self._own.get((who, actions))
        if found is None:
            sides = [_deciding(document, actions) for document in _own(who)]
            likeness: Hashable = who.arn
            if who.identity is not None and not any(personal for personal, _ in sides):
                likeness = (who.kind, who.account_id, who.policies, who.boundary, who.unread)
            number = self._likenesses.setdefault(likeness, len(self._likenesses))
            resources = frozenset(text for _, texts in sides for text in texts)
            found = self._own[who, actions] = Own(number, resources)
        return found

    def speaking_of(self, arn: str) -> dict[str, Hashable]:
        """The resources in anybody's policies that may be a key -> all that a decision sees of its ARN."""
        return {
            text: arn if "${" in text else pattern.arn(near)(arn)
            for near, texts in self._patterns.near(arn)
            if pattern.glob(near)(arn)
            for text in texts
        }


class Own(NamedTuple):
    """What is on the side of somebody who asks."""

    likeness: int
    """Equal for those of one account with the same policies, if none asks who somebody is."""
    resources: frozenset[str]
    """The resources that his policies tell from others."""


class Side:
    """The policies on the side of a resource, and whom they tell apart."""

    def __init__(self, account_id: str, documents: tuple[Document, ...], asked: frozenset[str]) -> None:
        """`asked` are the condition keys that other policies depend on."""
        self._account, self._documents = account_id, documents
        self._asked = asked.union(*(document.keys for document in documents))
        self._selective = any(True for document in documents for _ in _named(document.statements))
        self._bearing: dict[Hashable, Bearing] = {}
        self._handles = {
            handle
            for document in documents
            for statement in document.statements
            for element in (statement.principals, statement.others)
            if element is not None
            for handle in element.handles
        }

    def facts(self, key: Key) -> Hashable:
        """What any policy may ask about a key itself, and a policy of its own about its ARN."""
        facts = tuple((name, value) for name, value in about_key(key).items() if name in self._asked)
        read = (key.tags is None, key.policies.unread, key.grants_unread)
        return (key.manager == "AWS", *read, facts, key.arn if self._selective else "")

    def bearing(self, who: Who) -> Bearing:
        """The statements that bear on somebody."""
        principal = who.principal
        named = any(how != Named.ACCOUNT and each in self._handles for each, how in principal.handles.items())
        kind: Hashable = who.arn
        if not named and who.identity is not None:
            kind = (who.account_id, who.kind, principal.bounded, principal.canonical_id)
        found = self._bearing.get(kind)
        if found is None:
            found = self._bearing[kind] = Bearing(
                tuple(
                    statement
                    for document in self._documents
                    for statement in document.statements
                    if statement.names(principal)
                ),
                named,
            )
        return found

    def actions(self, who: Who, grants: Iterable[Grant], actions: Iterable[str]) -> list[list[str]]:
        """The actions, those together about which the same statements and grants decide."""
        crossing = who.account_id != self._account
        documents = (*self._documents, *_own(who))
        groups: dict[Hashable, list[str]] = {}
        for action in actions:
            lowered = action.lower()
            statements = tuple(document.speaking[lowered] for document in documents)
            granting = tuple(grant.id for grant in grants if lowered in grant.operations)
            counts = crossing and lowered in KMS_ACROSS_ACCOUNTS
            groups.setdefault((statements, granting, counts), []).append(action)
        return list(groups.values())


class Bearing:
    """Statements of a resource's side that name somebody."""

    def __init__(self, statements: tuple[Statement, ...], named: bool) -> None:
        """`named`: whether they name him other than as one of his account's or of everybody."""
        self.statements = statements
        self.personal = named or _personal(statements)


def _elsewhere(world: World) -> Iterator[Document]:
    """Every policy that is no key's own."""
    for who in world.people.collected():
        yield from _own(who)
    for policies in world.organization.targets.values():
        yield from policies.documents


@lru_cache(maxsize=4096)
def _deciding(document: Document, actions: Actions) -> tuple[bool, tuple[str, ...]]:
    """For some actions: whether a policy asks who somebody is, and which resources it tells from others."""
    statements = _speaking(document, actions)
    return _personal(statements), tuple(_named(statements))


def _speaking(document: Document, actions: Actions) -> Iterable[Statement]:
    """The statements that speak of an action."""
    return dict.fromkeys(chain.from_iterable(map(document.about, actions)))


def _named(statements: Iterable[Statement]) -> Iterator[str]:
    """The resources that statements tell from others."""
    for statement in statements:
        if statement.resources is not None and not statement.resources.everything:
            yield from statement.resources.texts


def _own(who: Who) -> Iterator[Document]:
    yield from who.policies.documents
    yield from who.boundary.documents if who.boundary else ()
    yield from chain.from_iterable(who.bounds.documents)


def _personal(statements: Iterable[Statement]) -> bool:
    return any(key.startswith(_PERSONAL) for key in keys_of(statements))
