"""A path as two policy requests, one to S3 and one to KMS: built from the collected texts alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from collector.ask.simulate import simulate

Ask = Callable[[str], list[Any]]

_OWN = """
select policy_text from aws_iam_role_policies where role_arn = '{0}'
union all
select v.document from aws_iam_role_attached_policies a
join aws_iam_policy_versions v on v.policy_arn = a.policy_arn and v.account_id = a.account_id
where a.role_arn = '{0}'
"""
_BOUNDARY = """
select v.document from aws_iam_roles r
join aws_iam_policy_versions v on v.policy_arn = r.permissions_boundary_arn and v.account_id = r.account_id
where r.arn = '{0}'
"""
_ATTACHED = """
select p.content_text from aws_organizations_policy_targets t
join aws_organizations_policies p on p.arn = t.policy_arn
where t.target_id = '{0}' and p.type = '{1}' order by p.name
"""
_PARENTS = """
select id, parent_id from aws_organizations_accounts
union all
select id, parent_id from aws_organizations_organizational_units
"""
_ACTIONS = {"read": ("s3:GetObject", "kms:Decrypt"), "write": ("s3:PutObject", "kms:GenerateDataKey")}


def decisions(ask: Ask, row: dict[str, Any], added: Iterable[dict[str, Any]] = ()) -> list[str]:
    """What `simulate` says of a path's requests, once these statements (leg, statement) are added."""
    statements: dict[str, list[dict[str, Any]]] = {}
    for each in added:
        statements.setdefault(each["leg"], []).append(each["statement"])
    requests = [_to_s3(ask, row, statements)]
    if row["key_arn"] is not None:
        requests.append(_to_kms(ask, row, statements))
    answers = [json.loads(text) for text, _ in simulate(json.dumps(each).encode() for each in requests)]
    return [answer.get("decision") or answer["error"] for answer in answers]


def _to_s3(ask: Ask, row: dict[str, Any], added: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    texts = ask(f"select policy from aws_s3_bucket_policies where bucket_arn = '{row['bucket_arn']}'")
    owner = row["bucket_account_id"]
    return {
        **_asking(ask, row, added.get("s3_identity"), owner, via=False),
        "action": _ACTIONS[row["access"]][0],
        "resource": _object(row),
        "resource_policy": _with(texts[0][0] if texts else None, added.get("bucket_policy")),
    }


def _to_kms(ask: Ask, row: dict[str, Any], added: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    key = row["key_arn"]
    ((text,),) = ask(f"select policy_text from aws_kms_key_policies where key_arn = '{key}'")
    grants = ask(f"select raw::varchar from aws_kms_key_grants where key_arn = '{key}' order by grant_id")
    ((bucket_key,),) = ask(f"select bucket_key_enabled from aws_s3_buckets where arn = '{row['bucket_arn']}'")
    request = {
        **_asking(ask, row, added.get("kms_identity"), row["key_account_id"], via=True),
        "action": _ACTIONS[row["access"]][1],
        "resource": key,
        "resource_policy": _with(text, added.get("key_policy")),
        "grants": [json.loads(raw) for (raw,) in grants],
    }
    request["context"]["kms:EncryptionContext:aws:s3:arn"] = row["bucket_arn"] if bucket_key else _object(row)
    request["context"]["kms:ViaService"] = f"s3.{row['region']}.amazonaws.com"
    return request


def _asking(ask: Ask, row: dict[str, Any], added: Any, owner: str, via: bool) -> dict[str, Any]:
    """Whatever is the same for both requests."""
    who, account = row["principal_arn"], row["principal_account_id"]
    boundary = ask(_BOUNDARY.format(who))
    own = [json.loads(text) for (text,) in ask(_OWN.format(who))]
    parents = dict(ask(_PARENTS))
    organization = ask("select id from aws_organizations")
    context = {
        "aws:PrincipalArn": who,
        "aws:PrincipalAccount": account,
        "aws:PrincipalIsAWSService": False,
        "aws:ResourceAccount": owner,
        "aws:SecureTransport": True,
        "aws:ViaAWSService": via,
        "kms:CallerAccount": account,
    }
    if organization:
        members = (("aws:PrincipalOrgID", account), ("aws:ResourceOrgID", owner))
        context.update({key: organization[0][0] for key, member in members if member in parents})
    return {
        "principal": who,
        "resource_account": owner,
        "identity_policies": own + ([_document(added)] if added else []),
        "permissions_boundary": json.loads(boundary[0][0]) if boundary else None,
        "scps": _levels(ask, parents, account, "SERVICE_CONTROL_POLICY"),
        "rcps": _levels(ask, parents, owner, "RESOURCE_CONTROL_POLICY"),
        "context": context,
    }


def _levels(ask: Ask, parents: dict[str, str | None], account: str, kind: str) -> list[list[Any]]:
    path = [account] if account in parents else []
    while path and (parent := parents.get(path[0])):
        path.insert(0, parent)
    return [[json.loads(text) for (text,) in ask(_ATTACHED.format(each, kind))] for each in path]


def _object(row: dict[str, Any]) -> str:
    return row["resource_pattern"].split(", ")[0].replace("*", "2026/07/some object.csv")


def _with(text: str | None, added: list[dict[str, Any]] | None) -> Any:
    policy = json.loads(text) if text else None
    if not added:
        return policy
    return _document([*(policy["Statement"] if policy else []), *added])


def _document(statements: list[dict[str, Any]]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": statements}
