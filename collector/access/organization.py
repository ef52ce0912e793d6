"""The organization: who belongs to it, and the policies that bind an account from above.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import msgspec

from collector.access import Ask
from collector.access.documents import Parser, Policies
from collector.access.gaps import Gaps
from collector.policy.document import Document
from collector.policy.grammar import Where

_TABLES = tuple(
    f"aws_organizations{suffix}"
    for suffix in ("", "_accounts", "_organizational_units", "_policies", "_policy_targets")
)
_KINDS = {"SERVICE_CONTROL_POLICY": Where.SCP, "RESOURCE_CONTROL_POLICY": Where.RCP}


@dataclass(frozen=True)
class Bounds:
    """What binds an account from above, from the root down. No levels: nothing does."""

    levels: tuple[Policies, ...] = ()
    unread: bool = False

    @cached_property
    def documents(self) -> tuple[tuple[Document, ...], ...]:
        """The documents alone, level by level."""
        return tuple(level.documents for level in self.levels)


FREE = Bounds()
UNREAD = Bounds(unread=True)


@dataclass(frozen=True)
class Organization:
    """The collected organization, as far as it is known."""

    id: str = ""
    """Empty: there is none, or it is not known."""
    arn: str = ""
    management: str = ""
    known: bool = False
    """Whether everything about it was read; if so and it has no id, there is none."""
    paths: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Account -> ids from the root to the account. Empty: where it stands is not known."""
    targets: Mapping[tuple[Where, str], Policies] = field(default_factory=dict)
    """Kind, and root, unit or account -> the policies attached there."""
    kinds: frozenset[Where] = frozenset()
    """The kinds of policies that are switched on."""
    _found: dict[tuple[Where, str], Bounds] = field(default_factory=dict, init=False, repr=False)

    def bounds(self, kind: Where, account_id: str) -> Bounds:
        """What binds an account: its principals, by SCPs; its resources, by RCPs."""
        found = self._found.get((kind, account_id))
        if found is None:
            found = self._found[kind, account_id] = self._of(kind, account_id)
        return found

    def _of(self, kind: Where, account_id: str) -> Bounds:
        if account_id not in self.paths:
            return FREE if self.known and not self.id else UNREAD
        if account_id == self.management:
            return FREE
        if not self.known or not self.paths[account_id]:
            return UNREAD
        return self._bounds(kind, self.paths[account_id])

    @property
    def for_all(self) -> Bounds:
        """The service control policies that bind every member: those at the root."""
        path = next(iter(self.paths.values()), ())
        return self._bounds(Where.SCP, path[:1]) if self.known and path else UNREAD

    def path(self, account_id: str) -> str | None:
        """An account's path as aws:PrincipalOrgPaths has it; None if it is not known."""
        path = self.paths.get(account_id)
        return "/".join((self.id, *path[:-1], "")) if path else None

    def _bounds(self, kind: Where, path: tuple[str, ...]) -> Bounds:
        if kind not in self.kinds:
            return FREE
        levels = tuple(self.targets.get((kind, target), Policies()) for target in path)
        return Bounds(levels, any(level.unread for level in levels))


def organization(ask: Ask, gaps: Gaps, parser: Parser) -> Organization:
    """Read the organization of an inventory."""
    rows = ask("select account_id, id, arn, feature_set, master_account_id from aws_organizations")
    if not rows:
        return Organization(known=bool(gaps.accounts(["aws_organizations"])))
    account_id, id, arn, feature_set, management = rows[0]
    parents = dict(
        ask(
            "select id, parent_id from aws_organizations_organizational_units "
            "union all select id, parent_id from aws_organizations_accounts order by 1",
        )
    )
    members = [id for (id,) in ask("select id from aws_organizations_accounts order by 1")]
    roots = [
        (id, types)
        for id, types in ask(
            "select id, policy_types::varchar from aws_organizations_organizational_units "
            "where type = 'ROOT'",
        )
    ]
    return Organization(
        id=id,
        arn=arn,
        management=management or "",
        known=all(gaps.listed(table, account_id) for table in _TABLES)
        and not any(table in _TABLES for table, _ in gaps.failed),
        paths={member: _path(member, parents, {root for root, _ in roots}) for member in members},
        targets=_targets(ask, parser),
        kinds=_kinds(roots) if feature_set == "ALL" else frozenset(),
    )


def _path(member: str, parents: Mapping[str, str | None], roots: set[str]) -> tuple[str, ...]:
    path = [member]
    while (parent := parents.get(path[0])) and len(path) < 10:
        path.insert(0, parent)
    return tuple(path) if path[0] in roots else ()


def _targets(ask: Ask, parser: Parser) -> dict[tuple[Where, str], Policies]:
    texts: dict[tuple[Where, str], list[tuple[str, str | None]]] = defaultdict(list)
    for kind, target, name, text in ask(
        "select p.type, t.target_id, p.name, p.content_text from aws_organizations_policy_targets t "
        "left join aws_organizations_policies p on p.arn = t.policy_arn and p.account_id = t.account_id "
        "where p.type in ('SERVICE_CONTROL_POLICY', 'RESOURCE_CONTROL_POLICY') order by all",
    ):
        texts[_KINDS[kind], target].append((name, text))
    return {(kind, target): parser.policies(kind, found) for (kind, target), found in texts.items()}


def _kinds(roots: list[tuple[str, str | None]]) -> frozenset[Where]:
    enabled = {
        each["Type"]
        for _, types in roots
        for each in msgspec.json.decode(types or "[]")
        if each.get("Status") == "ENABLED"
    }
    return frozenset(_KINDS[kind] for kind in enabled & set(_KINDS))
