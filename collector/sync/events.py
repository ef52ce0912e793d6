"""`--events`: asks what changed since the last sync, as a queue of CloudTrail's events tells."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from pathlib import Path

from collector.collect.accounts import listed, of_organization
from collector.collect.plan import ORGANIZATION_SERVICE
from collector.collect.table import Scope
from collector.collect.transport.credentials import Caller, identify
from collector.collect.transport.queue import Queue
from collector.collect.transport.session import new_session
from collector.config import Config
from collector.errors import KeyreachError, UsageError
from collector.store import previous
from collector.store.publish import check
from collector.sync import Report, known_regions, selected, sync
from collector.sync.collection import Filters
from collector.sync.due import Due, lacking
from collector.sync.fresh import last_attempts
from collector.sync.lines import scope_name
from collector.sync.mode import Mode
from collector.sync.news import Known, News, gather
from collector.sync.observer import Observer
from collector.sync.published import Published
from collector.sync.selection import EVERY_REGION

log = logging.getLogger(__name__)

MOST_MESSAGES = 10_000
"""What one sync takes from the queue, so that memory is bounded. The rest waits for the next."""


def sync_events(
    url: str,
    config: Config,
    db: Path,
    mode: Mode | None = None,
    *,
    strict: bool = False,
    observer: Observer | None = None,
) -> Report | None:
    """Bring `db` up to date with what the messages of the queue `url` say has changed.

    Messages are deleted when the file that has their changes is published, and not before. None: they
    name nothing that is collected and not known yet, so nothing was asked or published. Raises UsageError
    for a file that no whole sync has made, and the errors of `sync`.
    """
    services = selected(config, Filters())
    check(db)
    published = Published(db)
    if not db.exists() or (config.accounts.organization and not published.organization[0]):
        raise UsageError(f"--events: {db} has nothing to bring up to date: run a whole sync first")
    session = new_session()
    queue = Queue(session, url)
    known = _known(config, identify(session), published)
    news = gather(queue.messages(MOST_MESSAGES), known)
    news.log()
    attempts = last_attempts(db, min(news.changed.values(), default=datetime.now(UTC)))
    due = Due(config, services, news, attempts).scopes(published.regions, previous.gaps(db))
    if not due:
        queue.delete([*news.receipts.values()])
        return None
    filters = Filters(scopes=frozenset(map(scope_name, due)))
    report = sync(config, db, filters, mode, strict=strict, observer=observer)
    try:
        queue.delete(_done(news, due, db))
    except KeyreachError as error:
        log.warning("%s was published, but messages were not deleted, and will come again: %s", db, error)
    return report


def _known(config: Config, caller: Caller, published: Published) -> Known:
    settings = config.accounts
    rows, units = published.organization
    found = (
        of_organization(config, rows, units) if settings.organization else listed(settings, caller.account_id)
    )
    accounts = {account.id for account in found}
    role = settings.organization_role
    asked = role.split(":")[4] if role else caller.account_id
    management = {row["id"] for row in rows if row["is_management_account"]}
    return Known(
        accounts=accounts,
        regions=frozenset(known_regions()),
        organization=Scope(ORGANIZATION_SERVICE, asked, "global"),
        management={*accounts, *management, asked},
    )


def _done(news: News, asked: set[Scope], db: Path) -> list[str]:
    """What deletes the messages of which the file now has every change that was asked for."""
    failed = lacking(gap for gap in previous.gaps(db) if not gap["accepted"])
    wanting = {
        scope
        for scope in asked
        if (scope.service, scope.account_id, scope.region) in failed
        or (scope.region != "global" and (scope.service, scope.account_id, EVERY_REGION) in failed)
    }
    return [receipt for id, receipt in news.receipts.items() if not news.scopes[id] & wanting]
