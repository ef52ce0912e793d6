"""Policy documents, written shortly."""

from __future__ import annotations

import json
from typing import Any

KEY_USE = ["kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey"]
OBJECT_USE = ["s3:GetObject", "s3:PutObject"]

Statement = dict[str, Any]


def allow(sid: str, actions: str | list[str], *resources: str, to: Any = None, when: Any = None) -> Statement:
    """A statement that allows; `to` is the principal (an ARN, a list of them, or the element itself)."""
    return _statement("Allow", sid, actions, resources, to, when)


def deny(sid: str, actions: str | list[str], *resources: str, to: Any = None, when: Any = None) -> Statement:
    """A statement that denies."""
    return _statement("Deny", sid, actions, resources, to, when)


def document(*statements: Statement) -> str:
    """The policy as text."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def root(account_id: str) -> str:
    """The ARN that stands for a whole account."""
    return f"arn:aws:iam::{account_id}:root"


def role(account_id: str, name: str) -> str:
    """A role's ARN."""
    return f"arn:aws:iam::{account_id}:role/{name}"


def bucket_arns(name: str) -> tuple[str, str]:
    """A bucket and everything in it."""
    return f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"


def iam_decides(account_id: str) -> Statement:
    """The statement of every default key policy: the account's IAM policies count."""
    return allow("EnableIAMUserPermissions", "kms:*", "*", to=root(account_id))


def _statement(
    effect: str, sid: str, actions: str | list[str], resources: tuple[str, ...], to: Any, when: Any
) -> Statement:
    statement: Statement = {"Sid": sid, "Effect": effect}
    if to is not None:
        statement["Principal"] = to if isinstance(to, dict) or to == "*" else {"AWS": to}
    statement["Action"] = actions
    if resources:
        statement["Resource"] = resources[0] if len(resources) == 1 else list(resources)
    if when is not None:
        statement["Condition"] = when
    return statement
