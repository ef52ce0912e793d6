"""Which accounts are collected: the caller's own, a list, or what is active in the organization."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from collector.config import Accounts, Config
from collector.globs import matches, select


@dataclass(frozen=True)
class Account:
    """An account to collect."""

    id: str
    name: str = ""


def listed(accounts: Accounts, caller_account: str) -> list[Account]:
    """The accounts of a configuration that does not use the organization."""
    return [Account(id) for id in accounts.ids or (caller_account,) if id not in accounts.skip]


def of_organization(
    config: Config, rows: Iterable[Mapping[str, Any]], units: Iterable[Mapping[str, Any]]
) -> list[Account]:
    """The active accounts that the configuration selects, by id.

    `rows` are those of aws_organizations_accounts, `units` those of its organizational units. Raises
    UsageError for a glob that matches no unit.
    """
    accounts = config.accounts
    parents = {unit["id"]: unit["parent_id"] for unit in units}
    known = sorted({name for id in parents for name in (id, "/".join(reversed([*_upwards(id, parents)])))})
    where = config.keys("accounts.include_ous", "accounts.skip_ous")
    select(known, accounts.include_ous, accounts.skip_ous, where)
    found = []
    for row in rows:
        above = _units_above(row, parents)
        included = not accounts.include_ous or any(matches(accounts.include_ous, name) for name in above)
        skipped = row["id"] in accounts.skip or any(matches(accounts.skip_ous, name) for name in above)
        if row["state"] == "ACTIVE" and included and not skipped:
            found.append(Account(row["id"], row["name"] or ""))
    return sorted(found, key=lambda account: account.id)


def _units_above(row: Mapping[str, Any], parents: Mapping[str, str | None]) -> list[str]:
    """Id and path of every unit that an account is in, the root first."""
    ids = [*reversed([*_upwards(row["parent_id"], parents)])]
    return [name for n, id in enumerate(ids) for name in (id, "/".join(ids[: n + 1]))]


def _upwards(unit_id: str | None, parents: Mapping[str, str | None]) -> Iterable[str]:
    while unit_id:
        yield unit_id
        unit_id = parents.get(unit_id)
