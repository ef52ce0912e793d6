"""The least that the reader role must be allowed, derived from the calls that the tables declare."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from collector.collect import registry
from collector.collect.table import Each, Table
from collector.config import Config

DEFAULT_NAME = "keyreach-reader"
"""Name of the role where the configuration does not say it."""

NEVER = (
    "dynamodb:GetItem",
    "dynamodb:Query",
    "dynamodb:Scan",
    "ecr:BatchGetImage",
    "kms:CreateGrant",
    "kms:Decrypt",
    "kms:Encrypt",
    "kms:GenerateDataKey*",
    "kms:PutKeyPolicy",
    "kms:ReEncrypt*",
    "kms:ScheduleKeyDeletion",
    "lambda:GetFunction",
    "lambda:InvokeFunction",
    "s3:DeleteObject*",
    "s3:GetObject*",
    "s3:PutObject*",
    "s3:UpdateObjectEncryption",
    "secretsmanager:GetSecretValue",
    "sqs:ReceiveMessage",
)
"""Denied on top: what reads or destroys data. No call needs any of it, and no later policy can give it."""

_SIDS = {"ec2": "Regions", "iam": "Iam", "kms": "Kms", "s3": "S3"}


def documents(config: Config, collector_arn: str) -> dict[str, Any]:
    """The role that `config` speaks of, trusting `collector_arn`: its name and path, and every document."""
    path, _, name = (config.role.name or DEFAULT_NAME).rpartition("/")
    folder = f"/{path}/" if path else "/"
    partition, options = collector_arn.split(":")[1], config.sync.options
    return {
        "role_name": name,
        "path": folder,
        "trust_policy": trust_policy(collector_arn, config.role.secret()),
        "policy": reader_policy(options),
        "organization_policy": organization_policy(),
        "key_policy_statement": key_policy_statement(
            f"arn:{partition}:iam::ACCOUNT_ID:role{folder}{name}", options
        ),
    }


def reader_policy(options: frozenset[str] = frozenset()) -> dict[str, Any]:
    """What the role in every account is allowed, as a policy document."""
    tables = [table for table in registry.tables() if table.each is not Each.ORGANIZATION]
    by_service: dict[str, set[str]] = defaultdict(set)
    for action in actions(tables, options):
        by_service[action.partition(":")[0]].add(action)
    allowed = [
        _allow(_SIDS.get(service, service.title()), sorted(found))
        for service, found in sorted(by_service.items())
    ]
    denied = {"Sid": "NeverData", "Effect": "Deny", "Action": list(NEVER), "Resource": "*"}
    return _document([*allowed, denied])


def organization_policy() -> dict[str, Any]:
    """What is allowed besides in the account that answers for the organization."""
    tables = [table for table in registry.tables() if table.each is Each.ORGANIZATION]
    return _document([_allow("Organizations", actions(tables))])


def key_policy_statement(role_arn: str, options: frozenset[str] = frozenset()) -> dict[str, Any]:
    """A statement for key policies that do not leave decisions to their account: it lets the role look."""
    tables = [table for table in registry.tables() if table.service == "kms"]
    calls = [
        call
        for table in tables
        for call in table.calls
        if "KeyId" in call.given and (not call.option or call.option in options)
    ]
    statement = _allow("KeyreachReads", sorted({call.action for call in calls}))
    return {**statement, "Principal": {"AWS": role_arn}}


def trust_policy(principal_arn: str, external_id: str | None) -> dict[str, Any]:
    """Who may assume the reader role: one principal of the collecting account.

    The account is trusted and the principal is a condition, because IAM stores a principal that is named
    directly by its unique id, and so forgets it when it is made anew.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    """
    partition, account_id = principal_arn.split(":")[1], principal_arn.split(":")[4]
    statement: dict[str, Any] = {
        "Sid": "Keyreach",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:{partition}:iam::{account_id}:root"},
        "Action": "sts:AssumeRole",
    }
    condition: dict[str, Any] = {}
    if not principal_arn.endswith(":root"):
        condition["ArnEquals"] = {"aws:PrincipalArn": principal_arn}
    if external_id:
        condition["StringEquals"] = {"sts:ExternalId": external_id}
    return _document([{**statement, **({"Condition": condition} if condition else {})}])


def actions(tables: Iterable[Table], options: frozenset[str] = frozenset()) -> list[str]:
    """The IAM actions that collecting the tables needs."""
    return sorted(
        {
            call.action
            for table in tables
            for call in table.calls
            if not table.reads_parent(call) and (not call.option or call.option in options)
        }
    )


def _allow(sid: str, found: list[str]) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": found, "Resource": "*"}


def _document(statements: list[dict[str, Any]]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": statements}
