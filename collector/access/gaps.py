"""What the inventory lacks: an empty list counts only where the call that fills it was complete."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from collector.access import Ask


@dataclass(frozen=True)
class Gaps:
    """Which listings are complete, as of their latest attempt."""

    complete: Mapping[str, frozenset[tuple[str, str]]]
    """Account -> table and region of its listings that came to an end. Accounts share equal ones."""
    failed: Mapping[tuple[str, str], frozenset[str] | None]
    """Table and resource of single calls that failed -> the columns that they fill. None: all."""
    everywhere: frozenset[tuple[str, str]]
    """Table and account of those of which not even the regions are known."""

    @classmethod
    def read(cls, ask: Ask) -> Gaps:
        """The gaps of an inventory, from its ledger."""
        failed: dict[tuple[str, str], frozenset[str] | None] = {}
        for table, resource, columns in ask(
            "select f.table_name, f.resource_arn, s.columns from sync_failures f left join sync_scopes s "
            "on s.run_id = f.run_id and s.table_name = f.table_name and s.account_id = f.account_id "
            "and s.region = f.scope_region and s.operation = f.operation"
        ):
            last = failed.get((table, resource), frozenset())
            failed[table, resource] = None if columns is None or last is None else last.union(columns)
        complete = ask(
            "select account_id, list_sort(list((table_name, region))) from ("
            "select distinct table_name, account_id, region from sync_scopes s "
            "where columns is null and (outcome in ('ok', 'gone', 'disabled', 'unsupported') "
            "or exists (from sync_failures f where f.table_name = s.table_name "
            "and f.account_id = s.account_id and f.scope_region = s.region and f.operation = s.operation)) "
            "except select table_name, account_id, region from sync_coverage c where columns is null "
            "and not exists (from sync_failures f where f.table_name = c.table_name "
            "and f.account_id = c.account_id and f.scope_region = c.region and f.operation = c.operation)"
            ") group by account_id order by account_id"
        )
        everywhere = ask("select distinct table_name, account_id from sync_coverage where region = '*'")
        shared: dict[tuple[tuple[str, str], ...], frozenset[tuple[str, str]]] = {}
        listings = {
            account: shared.setdefault(tuple(listed), frozenset(listed)) for account, listed in complete
        }
        return cls(listings, failed, frozenset(everywhere))

    def listed(self, table: str, account_id: str, region: str = "global") -> bool:
        """Whether all rows of a table are there, for an account and region."""
        if (table, account_id) in self.everywhere:
            return False
        return (table, region) in self.complete.get(account_id, ())

    def accounts(self, tables: Collection[str]) -> set[str]:
        """The accounts in which one of some tables is complete."""
        complete = self.complete.items()
        return {account for account, listed in complete if any(table in tables for table, _ in listed)}

    def answered(self, table: str, resource_arn: str, column: str = "") -> bool:
        """Whether the calls about a resource did not fail: those that fill a column, or any."""
        columns = self.failed.get((table, resource_arn), frozenset())
        return columns is not None and (not columns or (bool(column) and column not in columns))
