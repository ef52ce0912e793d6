"""Rows about who there is: an organization, roles, users and groups with their policies."""

from __future__ import annotations

import json
from typing import Any

import duckdb

from collector.ask.cases import NOW
from collector.store import catalog
from tests.access.words import COMPUTE, DATA, MANAGEMENT, ORG, ORG_ARN, REGION, allow, document

_FILLED = {"VARCHAR": "", "BOOLEAN": False, "BIGINT": 0, "INTEGER": 0, "TIMESTAMP WITH TIME ZONE": NOW}
_POLICY = f"arn:aws:organizations::{MANAGEMENT}:policy/"


def _literal(value: Any, type: str) -> str:
    """A value as SQL has it."""
    if value is None:
        return "null"
    if type.endswith("[]"):
        return "[" + ", ".join(_literal(part, "") for part in value) + "]"
    text = json.dumps(value) if type == "JSON" or not isinstance(value, str) else value
    return "'" + text.replace("'", "''") + "'"


class Holders:
    """Who there is, in an inventory that is empty at first."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        self.regions = {REGION}
        self.rows: dict[str, list[dict[str, Any]]] = {}
        self.accounts: set[str] = set()
        self.broken: set[tuple[str, str, str]] = set()
        self.failed: list[tuple[str, str, str]] = []
        self.never: set[tuple[str, str]] = set()
        self._row("sync_runs", run_id="r1", outcome="complete", partition="aws", started_at=NOW)

    def _row(self, table: str, **columns: Any) -> None:
        self.rows.setdefault(table, []).append(columns)
        self.regions |= {columns.get("region", REGION)} - {"global", "*"}

    def flush(self) -> None:
        """Write the rows that were told so far."""
        while self.rows:
            table, rows = self.rows.popitem()
            columns = {each.name: each for each in catalog.tables()[table].columns}
            filled = {name: _FILLED[each.type] for name, each in columns.items() if not each.nullable}
            rows = [{**filled, **row} for row in rows]
            names = sorted(set().union(*rows))
            values = ", ".join(
                "(" + ", ".join(_literal(row.get(name), columns[name].type) for name in names) + ")"
                for row in rows
            )
            self.connection.execute(f"insert into {table} ({', '.join(names)}) values {values}")

    def _in(self, account: str) -> dict[str, str]:
        self.accounts.add(account)
        return {"account_id": account, "region": "global"}

    def organization(
        self,
        units=None,
        scps=None,
        rcps=None,
        bare=(),
        kinds=("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"),
        feature_set="ALL",
    ):
        """Accounts -> their units under the root; target -> statements that are attached there.

        FullAWSAccess is attached everywhere but to the `bare` targets.
        """
        units = {DATA: "data", COMPUTE: "work"} if units is None else units
        place = self._in(MANAGEMENT)
        self._row(
            "aws_organizations",
            **place,
            arn=ORG_ARN,
            id=ORG,
            feature_set=feature_set,
            master_account_id=MANAGEMENT,
        )
        types = [{"Type": kind, "Status": "ENABLED"} for kind in kinds]
        table = "aws_organizations_organizational_units"
        self._row(table, **place, arn="r", id="r-1", type="ROOT", policy_types=types)
        for unit in sorted(set(units.values()) - {""}):
            self._row(table, **place, arn=unit, id=f"ou-{unit}", type="ORGANIZATIONAL_UNIT", parent_id="r-1")
        for account, unit in {MANAGEMENT: "", **units}.items():
            parent = f"ou-{unit}" if unit else "r-1"
            self._row("aws_organizations_accounts", **place, arn=account, id=account, parent_id=parent)
        targets = ["r-1", *(f"ou-{unit}" for unit in sorted(set(units.values()) - {""})), MANAGEMENT, *units]
        everything = [allow("*")]
        self._policy("SERVICE_CONTROL_POLICY", "FullAWSAccess", everything, set(targets) - set(bare))
        for kind, attached in (("SERVICE_CONTROL_POLICY", scps), ("RESOURCE_CONTROL_POLICY", rcps)):
            for target, given in (attached or {}).items():
                self._policy(kind, f"{kind[:1].lower()}cp-{target}", given, [target])

    def _policy(self, kind, name, given, targets):
        place = self._in(MANAGEMENT)
        text = None if given is None else document(*given)
        self._row(
            "aws_organizations_policies",
            **place,
            arn=f"{_POLICY}{name}",
            name=name,
            type=kind,
            content_text=text,
        )
        for target in sorted(targets):
            self._row(
                "aws_organizations_policy_targets",
                **place,
                policy_arn=f"{_POLICY}{name}",
                policy_type=kind,
                target_id=target,
            )

    def role(
        self, name, account, *own, trust=(), boundary=None, tags=None, id="AROAEXAMPLEEXAMPLE01", path="/"
    ):
        """A role with an inline policy `own`; a boundary that is `missing` was not collected."""
        arn = f"arn:aws:iam::{account}:role{path}{name}"
        self._row(
            "aws_iam_roles",
            **self._in(account),
            arn=arn,
            role_id=id,
            role_name=name,
            assume_role_policy_text=document(*trust),
            tags=tags,
            permissions_boundary_arn=self._boundary(account, name, boundary),
        )
        if own:
            self._row(
                "aws_iam_role_policies",
                **self._in(account),
                role_arn=arn,
                policy_name="own",
                policy_text=own[0] if isinstance(own[0], str) else document(*own),
            )
        return arn

    def user(self, name, account, *own, groups=(), boundary=None, tags=None, id="AIDAEXAMPLEEXAMPLE01"):
        arn = f"arn:aws:iam::{account}:user/{name}"
        self._row(
            "aws_iam_users",
            **self._in(account),
            arn=arn,
            user_id=id,
            user_name=name,
            groups=list(groups),
            tags=tags,
            permissions_boundary_arn=self._boundary(account, name, boundary),
        )
        if own:
            text = document(*own)
            self._row(
                "aws_iam_user_policies",
                **self._in(account),
                user_arn=arn,
                policy_name="own",
                policy_text=text,
            )
        return arn

    def _boundary(self, account, name, boundary):
        if boundary is None:
            return None
        arn = f"arn:aws:iam::{account}:policy/limit-{name}"
        if boundary != "missing":
            self.managed(account, arn, *boundary)
        return arn

    def managed(self, account, arn, *given):
        """A managed policy's document, and no attachment."""
        self._row(
            "aws_iam_policy_versions",
            **self._in(account),
            policy_arn=arn,
            version_id="v1",
            document=document(*given),
        )

    def attach(self, kind, holder, policy):
        """Attach a managed policy to a role, user or group, by ARN or, for a group, by name."""
        account = policy.split(":")[4] if holder[:4] != "arn:" else holder.split(":")[4]
        place, table = self._in(account), f"aws_iam_{kind}_attached_policies"
        names = {"group_name": holder} if kind == "group" else {}
        self._row(table, **place, **{f"{kind}_arn": holder}, **names, policy_arn=policy)

    def group_policy(self, account, group, *given):
        self._row(
            "aws_iam_group_policies",
            **self._in(account),
            group_arn=f"arn:aws:iam::{account}:group/{group}",
            group_name=group,
            policy_name="inline",
            policy_text=document(*given),
        )
