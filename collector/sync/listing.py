"""Which accounts a run collects: asks Organizations, or reads the list in the configuration."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from collector.collect.accounts import Account, listed, of_organization
from collector.collect.outcome import Outcome
from collector.collect.plan import ORGANIZATION_SERVICE
from collector.collect.records import Result
from collector.collect.table import Scope, Table
from collector.collect.tables import organizations
from collector.collect.transport.credentials import ORGANIZATION, Caller, Credentials
from collector.config import Config
from collector.errors import KeyreachError, UsageError

Rows = list[dict[str, Any]]
Ask = Callable[[Scope, tuple[Table, ...]], Awaitable[Result]]
"""Collects the tables of a scope."""

_MEMBERS = (organizations.ACCOUNTS, organizations.ORGANIZATIONAL_UNITS)


@dataclass(frozen=True)
class Listing:
    """The accounts to collect, and what is known of the others."""

    accounts: list[Account]
    states: dict[str, str]
    """Account -> its state, of every account that Organizations listed."""
    authoritative: bool
    """Whether an account that is not among `accounts` is known to be no longer collected."""


async def list_accounts(
    config: Config,
    caller: Caller,
    credentials: Credentials,
    tables: tuple[Table, ...],
    ask: Ask,
    last: tuple[Rows, Rows] = ((), ()),  # type: ignore[assignment]
) -> Listing:
    """Collect the organization's tables and tell the accounts.

    `last` are the accounts and units of an earlier run, for when they cannot be listed. Raises
    UsageError if there is no organization although the configuration says so, KeyreachError if its
    accounts cannot be told.
    """
    settings = config.accounts
    if settings.organization:
        tables = (*tables, *(table for table in _MEMBERS if table not in tables))
    rows, units, known, complete = await _organization(
        caller, credentials, tables, ask, settings.organization
    )
    if known and not (settings.include_ous or settings.skip_ous):
        complete = True
    states = {row["id"]: row["state"] for row in rows}
    if not settings.organization:
        return Listing(listed(settings, caller.account_id), states, authoritative=bool(settings.ids))
    if not complete:
        rows, units = last
    if not rows:
        raise KeyreachError(
            "the accounts of the organization cannot be listed, and no earlier sync knows them: run "
            "from the management account or a delegated administrator, set accounts.organization_role, "
            "or name the accounts in accounts.ids"
        )
    return Listing(of_organization(config, rows, units), states, authoritative=complete)


async def _organization(
    caller: Caller, credentials: Credentials, tables: tuple[Table, ...], ask: Ask, expected: bool
) -> tuple[Rows, Rows, bool, bool]:
    """Accounts and units of the organization, and whether that is all of them."""
    if not tables:
        return [], [], False, False
    role = credentials.role_arn(ORGANIZATION)
    asked = role.split(":")[4] if role else caller.account_id
    scope = Scope(
        ORGANIZATION_SERVICE, asked, "global", caller.partition, caller.home_region, identity=ORGANIZATION
    )
    result = await ask(scope, tables)
    if expected and any(operation.outcome is Outcome.DISABLED for operation in result.operations):
        raise UsageError(f"accounts.organization is true, but account {asked} is in no organization")
    rows, units = ([row for name, row, _ in result.rows if name == table.name] for table in _MEMBERS)
    names = {table.name for table in _MEMBERS}
    complete = all(o.outcome.complete for o in result.operations if o.table in names)
    listed = all(
        o.outcome.complete
        for o in result.operations
        if (o.table, o.operation) == (_MEMBERS[0].name, "ListAccounts")
    )
    return rows, units, listed, complete
