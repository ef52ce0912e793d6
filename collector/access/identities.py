"""Roles and users, with the policies that say what they may do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from collector.access import Ask
from collector.access.batches import Batches
from collector.access.documents import Parser, Policies
from collector.access.gaps import Gaps
from collector.policy.grammar import Where
from collector.policy.principal import Principal, principal

_ATTACHED = """
from (
select account_id, role_arn, policy_name, policy_text from aws_iam_role_policies
union all
select account_id, user_arn, policy_name, policy_text from aws_iam_user_policies
union all
select a.account_id, a.role_arn, a.policy_arn, v.document
from aws_iam_role_attached_policies a
left join aws_iam_policy_versions v on v.account_id = a.account_id and v.policy_arn = a.policy_arn
union all
select a.account_id, a.user_arn, a.policy_arn, v.document
from aws_iam_user_attached_policies a
left join aws_iam_policy_versions v on v.account_id = a.account_id and v.policy_arn = a.policy_arn
union all
select u.account_id, u.arn, u.group_name || '/' || p.policy_name, p.policy_text
from (select account_id, arn, unnest(groups) as group_name from aws_iam_users) u
join aws_iam_group_policies p on p.account_id = u.account_id and p.group_name = u.group_name
union all
select u.account_id, u.arn, a.policy_arn, v.document
from (select account_id, arn, unnest(groups) as group_name from aws_iam_users) u
join aws_iam_group_attached_policies a on a.account_id = u.account_id and a.group_name = u.group_name
left join aws_iam_policy_versions v on v.account_id = a.account_id and v.policy_arn = a.policy_arn
) select * exclude (account_id) where account_id in (select unnest($accounts::varchar[]))
order by all
"""

_IDENTITIES = """
select
  i.account_id, i.arn, i.id, i.name, i.tags::varchar, i.permissions_boundary_arn, v.document, i.trust,
  s.canonical_user_id
from (
  select
    account_id, arn, role_id as id, role_name as name, tags, permissions_boundary_arn,
    assume_role_policy_text as trust
  from aws_iam_roles
  union all
  select account_id, arn, user_id, user_name, tags, permissions_boundary_arn, null from aws_iam_users
) i
left join aws_iam_policy_versions v
  on v.account_id = i.account_id and v.policy_arn = i.permissions_boundary_arn
left join aws_s3_accounts s on s.account_id = i.account_id
where i.account_id in (select unnest($accounts::varchar[]))
order by i.account_id, i.arn
"""

TABLES = (
    "aws_iam_roles",
    "aws_iam_role_policies",
    "aws_iam_role_attached_policies",
    "aws_iam_policy_versions",
    "aws_iam_users",
    "aws_iam_user_policies",
    "aws_iam_user_attached_policies",
    "aws_iam_groups",
    "aws_iam_group_policies",
    "aws_iam_group_attached_policies",
)


@dataclass(frozen=True, slots=True, eq=False)
class Identity:
    """A collected role or user."""

    principal: Principal
    name: str
    unique_id: str
    policies: Policies
    boundary: Policies | None
    """None: it has none."""
    trust: Policies
    """Of a role: who may assume it."""
    tags: dict[str, str]


def identities(ask: Ask, gaps: Gaps, parser: Parser, batches: Batches) -> Iterator[Identity]:
    """Every role and user of an inventory, in the order of their accounts and ARNs."""
    for accounts in batches.accounts:
        yield from _of_accounts(ask, gaps, parser, accounts)


def _of_accounts(ask: Ask, gaps: Gaps, parser: Parser, accounts: list[str]) -> Iterator[Identity]:
    texts: dict[str, list[tuple[str, str | None]]] = defaultdict(list)
    for arn, label, text in ask(_ATTACHED, {"accounts": accounts}):
        texts[arn].append((label, text))
    found = ask(_IDENTITIES, {"accounts": accounts})
    unread = {account for account, *_ in found if not listed(gaps, account)}
    for account, arn, unique_id, name, tags, boundary, boundary_text, trust, canonical_id in found:
        partial = account in unread
        yield Identity(
            principal=principal(
                arn,
                ids=frozenset((unique_id,) if unique_id else ()),
                canonical_id=canonical_id,
                bounded=boundary is not None,
            ),
            name=name or "",
            unique_id=unique_id or "",
            policies=parser.policies(Where.IDENTITY, texts.get(arn, []), partial),
            boundary=None
            if boundary is None
            else parser.policies(Where.IDENTITY, [(boundary, boundary_text)], partial),
            trust=parser.policies(Where.TRUST, [(arn, trust)], partial) if ":role/" in arn else Policies(),
            tags=msgspec.json.decode(tags) if tags else {},
        )


def listed(gaps: Gaps, account_id: str) -> bool:
    """Whether everybody in an account is known, with all policies."""
    return all(gaps.listed(table, account_id) for table in TABLES)
