"""What a sync takes from the last file instead of asking."""

from __future__ import annotations

from dataclasses import dataclass, field

from collector.collect.plan import ORGANIZATION_SERVICE, REGIONS
from collector.collect.records import Result, planned
from collector.collect.table import Scope, Table
from collector.config import Config
from collector.sync.published import Published
from collector.sync.selection import Everything, Selection


@dataclass
class Reuse:
    """Answers for the scopes that a selection leaves out."""

    config: Config
    published: Published
    selection: Selection = field(default_factory=Everything)
    resumed: frozenset[str] = frozenset()
    """Accounts of which staging holds scopes of a stopped run."""
    accounts_known: bool = False
    """Whether the accounts to collect were read from the file. Then none of them is known to have left."""

    def answer(self, scope: Scope, tables: tuple[Table, ...]) -> Result | None:
        """What the last file says of a scope that is not asked. None: it is asked.

        What tells which other scopes there are is asked even so by a run that resumes, and where the file
        does not have it.
        """
        if not self.selection.skips(scope, planned(tables, self.config.sync.options)):
            return None
        known = self.published.answer(scope)
        if scope.service == ORGANIZATION_SERVICE:
            needed = self.config.accounts.organization
            if self.resumed or (needed and not known.rows):
                return None
            self.accounts_known |= needed
        elif tables[0].name == REGIONS and (scope.account_id in self.resumed or not known.rows):
            return None
        return known

    def skips(self, result: Result, switched_off: bool = False) -> bool:
        """Whether something that would be recorded without asking is not to be recorded."""
        operations = [(operation.table, operation.operation) for operation in result.operations]
        return self.selection.skips(result.scope, operations, switched_off)
