"""The policies on the side of a resource: what they ask about it, and on whom which of them bear."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from collector.access import apart
from collector.access.people import Who
from collector.access.requests import about_key
from collector.access.resources import Key
from collector.policy.document import Document
from collector.policy.grants import Grant
from collector.policy.services import KMS_ACROSS_ACCOUNTS

Bearing = tuple[tuple[int, str, int, Hashable], ...]
"""Statements that bear on somebody: each with the place of its document, all that it says but whom it names,
how it names him, and what it makes of who he is."""


class Side:
    """The policies on the side of a resource, and whom they tell apart."""

    def __init__(self, account_id: str, documents: tuple[Document, ...], asked: frozenset[str]) -> None:
        """`asked` are the condition keys that other policies depend on."""
        self._account, self._documents = account_id, documents
        self._asked = asked.union(*(document.keys for document in documents))
        self._statements = [
            (place, each) for place, document in enumerate(documents) for each in document.statements
        ]
        self._selective = any(apart.resources(each) for _, each in self._statements)
        self._personal = any(apart.personal(each) for _, each in self._statements)
        self._bearing: dict[Hashable, Bearing] = {}
        self._distinct: dict[Bearing, Bearing] = {}
        self._handles: set[str] = set()
        """By what they name single principals."""
        for _, statement in self._statements:
            for element in (statement.principals, statement.others):
                if element is not None:
                    self._handles |= element.handles - element.accounts - element.canonical_ids

    def facts(self, key: Key) -> Hashable:
        """What any policy may ask about a key itself, and a policy of its own about its ARN."""
        facts = tuple((name, value) for name, value in about_key(key).items() if name in self._asked)
        read = (key.tags is None, key.policies.unread, key.grants_unread)
        return (key.manager == "AWS", *read, facts, key.arn if self._selective else "")

    def bearing(self, who: Who) -> Bearing:
        """The statements that bear on somebody: equal for those between whom they do not tell."""
        principal = who.principal
        kind: Hashable = who.arn
        named = not self._handles.isdisjoint(principal.handles)
        if who.identity is not None and not self._personal and not named:
            kind = (who.account_id, who.kind, principal.bounded, principal.canonical_id)
        found = self._bearing.get(kind)
        if found is None:
            bearing = tuple(
                (place, apart.without_principals(statement), how, apart.told_of(statement, who))
                for place, statement in self._statements
                if (how := statement.names(principal))
            )
            found = self._bearing[kind] = self._distinct.setdefault(bearing, bearing)
        return found

    def actions(self, who: Who, grants: Iterable[Grant], actions: Iterable[str]) -> list[list[str]]:
        """The actions, those together about which the same statements and grants decide."""
        crossing = who.account_id != self._account
        documents = (*self._documents, *who.policies.documents, *who.limits)
        groups: dict[Hashable, list[str]] = {}
        for action in actions:
            lowered = action.lower()
            statements = tuple(document.speaking[lowered] for document in documents)
            granting = tuple(grant.id for grant in grants if lowered in grant.operations)
            counts = crossing and lowered in KMS_ACROSS_ACCOUNTS
            groups.setdefault((statements, granting, counts), []).append(action)
        return list(groups.values())
