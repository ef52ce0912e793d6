"""Which roles and users have a policy that allows an action on a resource: found without asking each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from collector.access.pattern_index import PatternIndex
from collector.access.people import Who, by_account
from collector.access.regions import allowed
from collector.policy.document import Document
from collector.policy.intersection import meet

Holders = dict[str, list[Who]]
"""Account -> who holds a document."""


class Reach:
    """An index of what collected roles and users are allowed, by the resources that their policies name."""

    def __init__(self, people: Iterable[Who]) -> None:
        """Everybody with a document of his own."""
        held: dict[Document, list[Who]] = defaultdict(list)
        for who in people:
            for document in who.policies.documents:
                held[document].append(who)
        self._held = {document: by_account(holders) for document, holders in held.items()}
        self._indexes: dict[str, _Index] = {}

    def naming(self, action: str, resource: str) -> Iterator[Who]:
        """Whoever has a policy that allows an action on a resource that it names by itself."""
        for document in self._index(action).exact.get(_subject(resource), ()):
            for holders in self._held[document].values():
                yield from holders

    def reaching(self, action: str, resource: str, accounts: Iterable[str] | None) -> Iterator[Who]:
        """Whoever of these accounts has a policy that allows an action on a resource. None: of all."""
        index = self._index(action)
        wanted = None if accounts is None else set(accounts)
        documents = dict.fromkeys(index.exact.get(_subject(resource), ()))
        for pattern, holding in index.wild.near(resource):
            if meet(pattern, resource) is not None:
                documents.update(holding)
        for document in documents:
            by_account = self._held[document]
            for account in by_account if wanted is None else by_account.keys() & wanted:
                yield from by_account[account]

    def _index(self, action: str) -> _Index:
        found = self._indexes.get(action)
        if found is None:
            found = self._indexes[action] = _Index(self._held, action)
        return found


class _Index:
    """For one action: documents by the resource that they name, and by the pattern."""

    def __init__(self, documents: Iterable[Document], action: str) -> None:
        self.exact: dict[str, dict[Document, None]] = defaultdict(dict)
        self.wild: PatternIndex[Document] = PatternIndex()
        for document in documents:
            for pattern in dict.fromkeys(allowed(document, action)):
                subject = _subject(pattern)
                if "*" in subject or "?" in subject:
                    self.wild.add(pattern, document)
                else:
                    self.exact[subject][document] = None


def _subject(resource: str) -> str:
    """What a pattern is about: the bucket of objects, the access point, or the resource itself."""
    fields = resource.split(":", 5)
    if len(fields) < 6 or fields[2] != "s3":
        return resource
    if fields[5].startswith("accesspoint/"):
        return resource.split("/object/")[0]
    return resource.split("/")[0]
