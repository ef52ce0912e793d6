"""STS: moto lets anybody assume any role, even one that does not exist."""

from __future__ import annotations

import json
from typing import Any
from xml.sax.saxutils import escape

from moto.iam.models import iam_backends
from moto.sts.models import STSBackend
from moto.sts.responses import TokenResponse

_DENIED = (
    "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>{}</Message></Error>"
    "<RequestId>0</RequestId></ErrorResponse>"
)
_moto_assume_role = TokenResponse.assume_role
_moto_get_caller_identity = STSBackend.get_caller_identity


def _assume_role(response: TokenResponse) -> Any:
    """Only a role that exists and whose trust policy names the caller's account or principal."""
    role_arn = response._get_param("RoleArn")
    access_key = response.get_access_key()
    _, caller, caller_account = response.backend.get_caller_identity(access_key, response.region)
    if not _trusts(role_arn, caller, caller_account, response._get_param("ExternalId")):
        message = f"User: {caller} is not authorized to perform: sts:AssumeRole on resource: {role_arn}"
        return 403, {"status": 403, "Content-Type": "text/xml"}, _DENIED.format(escape(message))
    return _moto_assume_role(response)


def _trusts(role_arn: str, caller: str, caller_account: str, external_id: str | None) -> bool:
    account_id = role_arn.split(":")[4]
    roles = iam_backends[account_id]["aws"].roles.values()
    found = [role for role in roles if role.arn == role_arn]
    if not found:
        return False
    trust = json.loads(found[0].assume_role_policy_document)
    welcome = {"*", caller, caller_account, f"arn:aws:iam::{caller_account}:root"}
    for statement in trust["Statement"]:
        principal = statement.get("Principal", {})
        named = principal.get("AWS", []) if isinstance(principal, dict) else principal
        asked = statement.get("Condition", {}).get("StringEquals", {}).get("sts:ExternalId")
        if welcome & set([named] if isinstance(named, str) else named) and asked in (None, external_id):
            return str(statement["Effect"]) == "Allow"
    return False


def _get_caller_identity(backend: STSBackend, access_key_id: str, region: str) -> tuple[str, str, str]:
    """A key of nobody in particular is the root user's."""
    user_id, arn, account_id = _moto_get_caller_identity(backend, access_key_id, region)
    if arn.endswith(":user/moto"):
        return account_id, f"arn:aws:iam::{account_id}:root", account_id
    return user_id, arn, account_id


REPLACEMENTS: list[tuple[Any, str, Any]] = [
    (TokenResponse, "assume_role", _assume_role),
    (STSBackend, "get_caller_identity", _get_caller_identity),
]
