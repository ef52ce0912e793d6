"""Names of accounts and of the units that they are in, for people who read results."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from collector.ask.inventory import ask


@dataclass(frozen=True)
class Members:
    """The accounts of the organization, as far as they were collected."""

    accounts: dict[str, dict[str, Any]] = field(default_factory=dict)
    units: dict[str, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def read(cls, connection: Connection) -> Members:
        """Read them from an inventory."""
        accounts = ask(connection, "select id, name, parent_id from aws_organizations_accounts").dicts()
        units = ask(connection, "select id, name, parent_id from aws_organizations_organizational_units")
        return cls({row["id"]: row for row in accounts}, {row["id"]: row for row in units.dicts()})

    def name(self, account_id: str) -> str | None:
        """The account's name; None: it is not in the organization, or the organization is not known."""
        account = self.accounts.get(account_id)
        return account["name"] if account else None

    def ou_path(self, account_id: str) -> str | None:
        """Names of the units from the root down, as in `Root/Workloads/Data`."""
        account = self.accounts.get(account_id)
        names: list[str] = []
        unit = self.units.get(account["parent_id"]) if account else None
        while unit:
            names.append(unit["name"])
            unit = self.units.get(unit["parent_id"])
        return "/".join(reversed(names)) or None
