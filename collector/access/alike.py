"""What cannot differ is decided once: principals with the same policies, actions of the same statements."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from collector.access.people import Who
from collector.access.resources import Key
from collector.access.world import World
from collector.policy.document import Document
from collector.policy.grammar import Where
from collector.policy.principal import Named
from collector.policy.services import KMS_ACROSS_ACCOUNTS

_PERSONAL = ("aws:principalarn", "aws:principaltag/", "aws:principaltype", "aws:userid", "aws:username")
"""Condition keys in which principals of the same account may differ."""


class Alike:
    """For one key: who is to it like who, and which actions are for him like which."""

    def __init__(self, world: World, key: Key) -> None:
        """Look at the policies and grants on the key's side."""
        self._key = key
        bounds = world.organization.bounds(Where.RCP, key.account_id)
        self._documents = [*key.policies.documents, *_flat(bounds.documents)]
        self._personal = any(map(_personal, self._documents))
        named = [
            element
            for document in self._documents
            for statement in document.statements
            for element in (statement.principals, statement.others)
            if element is not None
        ]
        named += [grant.grantee for grant in key.grants]
        self._handles = {handle for element in named for handle in element.handles}

    def who(self, who: Who) -> Any:
        """Equal for principals about whom every decision is the same."""
        named = any(
            how != Named.ACCOUNT and handle in self._handles for handle, how in who.principal.handles.items()
        )
        if named or self._personal or who.identity is None or any(map(_personal, _own(who))):
            return who.arn
        return (who.kind, who.account_id, who.policies, who.boundary, who.unread)

    def actions(self, who: Who, actions: Iterable[str]) -> list[list[str]]:
        """The actions, those together about which the same statements and grants decide."""
        crossing = who.account_id != self._key.account_id
        documents = (*self._documents, *_own(who))
        groups: dict[Any, list[str]] = {}
        for action in actions:
            lowered = action.lower()
            statements = tuple(document.about(lowered) for document in documents)
            grants = tuple(grant.id for grant in self._key.grants if lowered in grant.operations)
            counts = crossing and lowered in KMS_ACROSS_ACCOUNTS
            groups.setdefault((statements, grants, counts), []).append(action)
        return list(groups.values())


def _own(who: Who) -> Iterator[Document]:
    yield from who.policies.documents
    yield from who.boundary.documents if who.boundary else ()
    yield from _flat(who.bounds.documents)


def _flat(levels: Iterable[Iterable[Document]]) -> Iterator[Document]:
    for level in levels:
        yield from level


def _personal(document: Document) -> bool:
    return any(key.startswith(_PERSONAL) for key in document.keys)
