"""Which scopes are to be asked, given which changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from collector.collect import registry
from collector.collect.plan import ORGANIZATION_SERVICE, REGIONS_SERVICE, Services
from collector.collect.records import planned
from collector.collect.table import Each, Scope, Table
from collector.collect.tables import ec2, organizations
from collector.config import Config
from collector.globs import matches
from collector.store.attempts import Attempt
from collector.sync.fresh import covered
from collector.sync.news import News
from collector.sync.selection import EVERY_REGION

MARGIN = timedelta(minutes=1)
"""How long after a change a listing may still lack it."""

Rows = Iterable[Mapping[str, Any]]


class Due:
    """The scopes of which the file may lack a change."""

    def __init__(self, config: Config, services: Services, news: News, attempts: Iterable[Attempt]) -> None:
        """`attempts` are the last whole ones, in any order."""
        self._config, self._services, self._news = config, services, news
        accounts = {scope.account_id for scope in news.changed}
        self._attempts: defaultdict[tuple[str, str], list[Attempt]] = defaultdict(list)
        for attempt in attempts:
            if attempt.account_id in accounts:
                self._attempts[attempt.account_id, attempt.region].append(attempt)

    def scopes(self, regions: Mapping[str, Rows], gaps: Rows) -> set[Scope]:
        """What changed, is selected, and was not collected since; and what has to be known to ask it.

        `regions` are those of each account as last collected, `gaps` what the file lacks.
        """
        changed = self._news.changed.items()
        found = {scope for scope, at in changed if self._selected(scope) and not self._collected(scope, at)}
        return found | self._unreached(found, gaps) | self._listings(found, regions)

    def _selected(self, scope: Scope) -> bool:
        settings = self._config.regions
        if scope.service == ORGANIZATION_SERVICE and self._config.accounts.organization:
            return True
        if scope.service not in (*self._services, REGIONS_SERVICE):
            return False
        included = matches(settings.include, scope.region) and not matches(settings.skip, scope.region)
        return scope.region == "global" or included

    def _collected(self, scope: Scope, at: datetime) -> bool:
        """Whether the last attempt began late enough after the change to have it."""
        later = (a for a in self._attempts[scope.account_id, scope.region] if a.started_at - MARGIN >= at)
        operations = planned(self._tables(scope), self._config.sync.options)
        wanted = {f"{table} {operation}" for table, operation in operations}
        return wanted <= covered(later).get((scope.account_id, scope.region, False), frozenset())

    def _tables(self, scope: Scope) -> tuple[Table, ...]:
        """What is collected in a scope, at least."""
        found = self._services.get(scope.service, ())
        if scope.service == ORGANIZATION_SERVICE:
            return organizations.ACCOUNTS, organizations.ORGANIZATIONAL_UNITS, *found
        if scope.region != "global":
            return tuple(table for table in found if table.each is Each.REGION)
        of_account = tuple(table for table in found if table.each is Each.ACCOUNT)
        return (ec2.REGIONS, *of_account) if scope.service == REGIONS_SERVICE else of_account

    def _unreached(self, found: set[Scope], gaps: Rows) -> set[Scope]:
        """All regions of a service where none could be asked: one alone would look as if it were all."""
        unreached = {(stem, account) for stem, account, region in lacking(gaps) if region == EVERY_REGION}
        alone = {scope for scope in found if scope.region != "global"}
        alone = {scope for scope in alone if (scope.service, scope.account_id) in unreached}
        return {Scope(scope.service, scope.account_id, EVERY_REGION) for scope in alone} | {
            Scope(REGIONS_SERVICE, scope.account_id, "global") for scope in alone
        }

    def _listings(self, found: set[Scope], regions: Mapping[str, Rows]) -> set[Scope]:
        """The regions of accounts where something changed in one that the file does not have as enabled."""
        accounts = {scope.account_id for scope in found}
        return {
            Scope(REGIONS_SERVICE, account_id, "global")
            for account_id, region in self._news.places
            if account_id in accounts and account_id in regions
            if not any(row["enabled"] and row["region"] == region for row in regions[account_id])
        }


def lacking(gaps: Rows) -> set[tuple[str, str, str]]:
    """Service, account and region of gaps, rows of sync_coverage."""
    stems = {table.name: stem for stem, tables in registry.by_service().items() for table in tables}
    return {
        (stems[gap["table_name"]], gap["account_id"], gap["region"])
        for gap in gaps
        if gap["table_name"] in stems
    }
