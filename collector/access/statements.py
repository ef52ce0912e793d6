"""Every statement of every policy, one row per statement and principal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from collector.access import Ask
from collector.access.actions import covered
from collector.access.batches import Batches
from collector.access.binding import bound
from collector.access.documents import Parser
from collector.policy.document import Document
from collector.policy.grammar import Where
from collector.policy.principal import Kind, principal
from collector.policy.statement import Patterns, Statement

_POLICIES = """
from (
select account_id, region, key_arn, 'key_policy', null, policy_text from aws_kms_key_policies
union all
select account_id, region, bucket_arn, 'bucket_policy', null, policy from aws_s3_bucket_policies
union all
select account_id, region, arn, 'access_point_policy', null, policy_text from aws_s3_access_points
union all
select account_id, region, arn, 'trust_policy', null, assume_role_policy_text from aws_iam_roles
union all
select account_id, region, role_arn, 'inline_policy', policy_name, policy_text from aws_iam_role_policies
union all
select account_id, region, user_arn, 'inline_policy', policy_name, policy_text from aws_iam_user_policies
union all
select account_id, region, group_arn, 'inline_policy', policy_name, policy_text from aws_iam_group_policies
union all
select v.account_id, v.region, v.policy_arn, 'managed_policy', p.policy_name, v.document
from aws_iam_policy_versions v
left join aws_iam_policies p on p.account_id = v.account_id and p.arn = v.policy_arn
union all
select account_id, region, arn, if(type = 'SERVICE_CONTROL_POLICY', 'scp', 'rcp'), name, content_text
from aws_organizations_policies where type in ('SERVICE_CONTROL_POLICY', 'RESOURCE_CONTROL_POLICY')
) where account_id in (select unnest($accounts::varchar[]))
order by all
"""

_WHERE = {
    "key_policy": Where.RESOURCE,
    "bucket_policy": Where.RESOURCE,
    "access_point_policy": Where.RESOURCE,
    "trust_policy": Where.TRUST,
    "inline_policy": Where.IDENTITY,
    "managed_policy": Where.IDENTITY,
    "scp": Where.SCP,
    "rcp": Where.RCP,
}
_PLACE = re.compile(r"Statement(?:\[(\d+)\])?")
_NOT_UNDERSTOOD = {"effect": "unknown", "not_principal": False, "condition_class": "unknown"}
_KINDS = {"Service": "service", "Federated": "federated", "CanonicalUser": "canonical_user"}


def statements(ask: Ask) -> Iterator[dict[str, Any]]:
    """The rows of `policy_statements`, policy by policy."""
    for accounts in Batches.read(ask).accounts:
        yield from _of_accounts(ask, accounts)


def _of_accounts(ask: Ask, accounts: list[str]) -> Iterator[dict[str, Any]]:
    parser = Parser()
    for account, region, resource, kind, name, text in ask(_POLICIES, {"accounts": accounts}):
        if text is None:
            continue
        place = {
            "account_id": account,
            "region": region,
            "resource_arn": resource,
            "policy_kind": kind,
            "policy_name": name,
        }
        partition = resource.split(":")[1]
        document = parser.document(_WHERE[kind], text)
        for statement in document.statements:
            content = {**place, **_content(statement)}
            for named in _principals(statement, partition) or ({},):
                yield {**content, **named}
        for index in _not_understood(document):
            yield {**place, **_NOT_UNDERSTOOD, "statement_index": index}


def _not_understood(document: Document) -> list[int]:
    """The places of statements that are left out of a document; of a document that is none, the first."""
    found = {int(match[1] or 0) for problem in document.problems if (match := _PLACE.match(problem.path))}
    if document.problems and not document.statements and not found:
        return [0]
    return sorted(found - {statement.index for statement in document.statements})


def _content(statement: Statement) -> dict[str, Any]:
    actions, resources = statement.actions, statement.resources
    kind, values = bound(statement)
    return {
        "statement_index": statement.index,
        "sid": statement.sid or None,
        "effect": "Allow" if statement.allows else "Deny",
        "not_principal": statement.others is not None,
        "actions": None if actions.excluded else list(actions.texts),
        "not_actions": list(actions.texts) if actions.excluded else None,
        "covered_actions": covered(actions),
        "resources": _texts(resources, excluded=False),
        "not_resources": _texts(resources, excluded=True),
        "condition": statement.raw.get("Condition"),
        "condition_keys": sorted({condition.key.lower() for condition in statement.conditions}),
        "condition_class": kind,
        "bound_to": values,
    }


def _texts(patterns: Patterns | None, excluded: bool) -> list[str] | None:
    return list(patterns.texts) if patterns and patterns.excluded is excluded else None


def _principals(statement: Statement, partition: str) -> list[dict[str, Any]]:
    """Whom the statement names, once each."""
    found = statement.raw.get("Principal", statement.raw.get("NotPrincipal"))
    if found is None:
        return []
    pairs = [("AWS", found)] if isinstance(found, str) else list(found.items())
    rows = [
        _principal(kind, text, partition)
        for kind, texts in pairs
        for text in ([texts] if isinstance(texts, str) else texts)
    ]
    return list({(row["principal_kind"], row["principal"]): row for row in rows}.values())


def _principal(kind: str, text: str, partition: str) -> dict[str, Any]:
    if kind in _KINDS:
        return {"principal_kind": _KINDS[kind], "principal": text, "principal_account_id": None}
    if text == "*":
        return {"principal_kind": "everybody", "principal": text, "principal_account_id": None}
    if text.isdigit():
        text = f"arn:{partition}:iam::{text}:root"
    if ":" not in text:
        return {"principal_kind": "unique_id", "principal": text, "principal_account_id": None}
    try:
        who = principal(text)
    except ValueError:
        return {"principal_kind": "other", "principal": text, "principal_account_id": None}
    name = "account" if who.kind is Kind.ROOT else who.kind.value
    return {"principal_kind": name, "principal": text, "principal_account_id": who.account_id}
