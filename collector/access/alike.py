"""What cannot differ is decided once: keys of the same policy, principals on whom the same statements bear.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from functools import lru_cache
from itertools import chain

from collector.access import apart
from collector.access.actions import CAPABILITIES
from collector.access.granting import Granting
from collector.access.pattern_index import PatternIndex
from collector.access.people import Who
from collector.access.requests import READ, WRITE
from collector.access.resources import Key
from collector.access.side import Side
from collector.access.world import World
from collector.policy import pattern
from collector.policy.document import Document, keys_of
from collector.policy.grammar import Where
from collector.policy.intersection import meet
from collector.policy.statement import Statement
from collector.policy.variables import anything

Actions = tuple[str, ...]
"""In lower case."""

OF_CAPABILITY: dict[str, Actions] = {
    name: tuple(map(str.lower, actions)) for name, actions in CAPABILITIES.items()
}
OF_ACCESS: dict[str, Actions] = {each.name: (each.s3_action, each.kms_action) for each in (READ, WRITE)}
_ALL = (*chain.from_iterable(OF_CAPABILITY.values()), *chain.from_iterable(OF_ACCESS.values()))
"""What is decided about."""

Speaking = Mapping[str, Hashable]
"""The resources in anybody's policies that may be what is decided about -> all that a decision sees of it."""

_KEPT = 256
"""Policies of keys, and keys, that are remembered."""
_OWN_KEPT = 2048
"""People, with what they ask for, that are."""


class Alike:
    """Tells for which keys and principals every decision is the same."""

    def __init__(self, world: World) -> None:
        """Look at the policies of everybody, and at those from above."""
        self._world = world
        spoken = [_speaking(document, _ALL) for document in dict.fromkeys(_elsewhere(world))]
        self._asked = frozenset(key for statements in spoken for key in keys_of(statements))
        self._patterns: PatternIndex[str] = PatternIndex()
        for text in {text for statements in spoken for each in statements for text in apart.resources(each)}:
            self._patterns.add(pattern.completed(anything(text)), text)
        self._sides: dict[Hashable, Side] = {}
        self._granting: dict[str, Granting] = {}
        self._own: dict[tuple[Who, Actions], _Own] = {}

    def side(self, key: Key) -> Side:
        """What is on a key's side, for all keys of the account with the same policy."""
        documents = key.policies.documents
        found = self._sides.get((key.account_id, documents))
        if found is None:
            if len(self._sides) >= _KEPT:
                self._sides.clear()
            found = self._sides[key.account_id, documents] = self.behind(key.account_id, documents)
        return found

    def behind(self, account_id: str, documents: tuple[Document, ...]) -> Side:
        """Policies on the side of a resource of an account, with those that bind it from above."""
        rcps = chain.from_iterable(self._world.requests.bounds(Where.RCP, account_id).documents)
        return Side(account_id, (*documents, *rcps), self._asked)

    def granting(self, key: Key) -> Granting:
        """The grants of a key."""
        found = self._granting.get(key.arn)
        if found is None:
            if len(self._granting) >= _KEPT:
                self._granting.clear()
            found = self._granting[key.arn] = Granting(key.grants)
        return found

    def own(self, who: Who, actions: Actions, speaking: Speaking) -> Hashable:
        """What on somebody's own side bears on one of some actions: equal where every decision is.

        His own policies count by their places: decisions call them so.
        """
        found = self._own.get((who, actions))
        if found is None:
            if len(self._own) >= _OWN_KEPT:
                self._own.clear()
            found = self._own[who, actions] = _Own(who, actions)
        return found.bearing(speaking)

    def speaking_of(self, arn: str) -> dict[str, Hashable]:
        """The resources in anybody's policies that may be a key -> all that a decision sees of its ARN."""
        return {
            text: arn if "${" in text else pattern.arn(near)(arn)
            for near, texts in self._patterns.near(arn)
            if pattern.glob(near)(arn)
            for text in texts
        }

    def speaking_within(self, objects: str) -> dict[str, Hashable]:
        """The resources in anybody's policies that have something in common with a pattern of objects."""
        return {
            text: objects
            for near, texts in self._patterns.near(objects)
            if meet(near, objects) is not None
            for text in texts
        }


class _Own:
    """What is on the side of somebody who asks for one of some actions."""

    def __init__(self, who: Who, actions: Actions) -> None:
        limits = [each for document in who.limits for each in _speaking(document, actions)]
        self._who: Hashable = who.arn
        if who.identity is not None:
            told = tuple(apart.told_of(each, who) for each in limits)
            linked = who.principal.service_linked
            self._who = (who.kind, who.account_id, who.boundary, who.unread, linked, told)
        self._statements: list[tuple[frozenset[str], tuple[int, Statement, Hashable]]] = []
        for place, document in enumerate(who.policies.documents):
            for each in _speaking(document, actions):
                excluding = each.resources is not None and each.resources.excluded
                named = frozenset(() if excluding else apart.resources(each))
                self._statements.append((named, (place, each, apart.told_of(each, who))))
        speaking = chain(limits, (each for _, (_, each, _) in self._statements))
        self._named = frozenset(chain.from_iterable(map(apart.resources, speaking)))

    def bearing(self, speaking: Speaking) -> Hashable:
        """Himself as far as it matters, the statements that may speak of a resource, and how they name it."""
        statements = tuple(
            found for named, found in self._statements if not named or not named.isdisjoint(speaking)
        )
        return self._who, statements, tuple(item for item in speaking.items() if item[0] in self._named)


def _elsewhere(world: World) -> Iterator[Document]:
    """Every policy that is no key's own."""
    for who in world.people.collected():
        yield from who.policies.documents
        yield from who.limits
    for policies in world.organization.targets.values():
        yield from policies.documents


@lru_cache(maxsize=4096)
def _speaking(document: Document, actions: Actions) -> tuple[Statement, ...]:
    """The statements that speak of an action."""
    return tuple(dict.fromkeys(chain.from_iterable(map(document.about, actions))))
