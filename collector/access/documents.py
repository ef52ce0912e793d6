"""Policy documents of an inventory: equal ones are parsed once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from collector.policy.document import Document, parse
from collector.policy.grammar import Where


@dataclass(frozen=True, slots=True)
class Policies:
    """The policies of one kind that bear on something."""

    documents: tuple[Document, ...] = ()
    labels: tuple[str, ...] = ()
    """What each is called where it is attached."""
    unread: bool = False
    """Whether there may be more: some could not be read or understood."""


class Parser:
    """Parses documents, equal ones once."""

    def __init__(self) -> None:
        """Start with nothing parsed."""
        self._parsed: dict[tuple[Where, str], Document] = {}

    def policies(
        self, where: Where, texts: Iterable[tuple[str, str | None]], unread: bool = False
    ) -> Policies:
        """Labels and texts as policies. A text that is missing or not understood leaves them unread."""
        documents, labels = [], []
        for label, text in texts:
            if text is None:
                unread = True
                continue
            document = self.document(where, text)
            unread = unread or bool(document.problems)
            documents.append(document)
            labels.append(label)
        return Policies(tuple(documents), tuple(labels), unread)

    def document(self, where: Where, text: str) -> Document:
        """The document with this text."""
        found = self._parsed.get((where, text))
        if found is None:
            found = self._parsed[where, text] = parse(text, where)
        return found
