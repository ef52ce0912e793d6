"""What a queue of CloudTrail's events tells: which scopes changed, since when, and by which messages."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from collector.collect.changes import Event, MalformedError, changed, read
from collector.collect.plan import ORGANIZATION_SERVICE
from collector.collect.table import Scope
from collector.collect.transport.queue import Message

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Known:
    """What an event must name to be heeded."""

    accounts: Collection[str]
    """Those that are collected."""
    regions: Collection[str]
    """Every region there is."""
    organization: Scope
    """The scope in which the organization's tables are collected."""
    management: Collection[str]
    """Accounts whose events about the organization count, collected or not."""


@dataclass
class News:
    """The messages that were understood, and what they come to."""

    receipts: dict[str, str] = field(default_factory=dict)
    """Message -> what it is deleted by."""
    scopes: dict[str, frozenset[Scope]] = field(default_factory=dict)
    """Message -> the scopes that it says have changed."""
    changed: dict[Scope, datetime] = field(default_factory=dict)
    """Scope -> time of its latest change."""
    places: set[tuple[str, str]] = field(default_factory=set)
    """Accounts and regions in which something changed."""
    counts: Counter[str] = field(default_factory=Counter)
    """How many messages of each kind there were."""
    unknown: Counter[str] = field(default_factory=Counter)
    """Source from which no table is filled -> events."""

    def log(self) -> None:
        """Say what the messages were. Nothing of what stands in them but names that were checked."""
        kinds = ", ".join(f"{number} {kind}" for kind, number in sorted(self.counts.items()))
        log.info("%d messages: %s", self.counts.total(), kinds or "none")
        for source, number in self.unknown.most_common(10):
            log.info("no table is filled from %s: %d events ignored", source, number)
        if number := self.counts[_MALFORMED]:
            log.warning("%d messages are no events and were left in the queue", number)


_CHANGED, _MALFORMED = "with changes", "not understood"


def gather(messages: Iterable[Message], known: Known) -> News:
    """Read messages, one at a time, so that no body is kept. A message that came twice counts once."""
    news = News()
    for message in messages:
        if message.id in news.receipts:
            news.receipts[message.id] = message.receipt
            continue
        try:
            event = read(message.body)
            scopes = _heeded(event, known, news)
        except MalformedError:
            news.counts[_MALFORMED] += 1
            continue
        news.receipts[message.id] = message.receipt
        news.scopes[message.id] = scopes
        for scope in scopes:
            news.changed[scope] = max(event.time, news.changed.get(scope, event.time))
            news.places |= {(scope.account_id, region) for region in event.regions}
    return news


def _heeded(event: Event, known: Known, news: News) -> frozenset[Scope]:
    """The scopes that an event changed, of those that are collected."""
    scopes = changed(event)
    if scopes is None:
        news.unknown[event.source] += 1
        news.counts["from other sources"] += 1
        return frozenset()
    if not set(event.regions) <= set(known.regions):
        raise MalformedError("region")
    of_organization = event.source == ORGANIZATION_SERVICE
    if event.account_id not in (known.management if of_organization else known.accounts):
        news.counts["of other accounts"] += 1
        return frozenset()
    if not scopes:
        news.counts["without changes"] += 1
        return frozenset()
    news.counts[_CHANGED] += 1
    return frozenset([known.organization]) if of_organization else scopes
