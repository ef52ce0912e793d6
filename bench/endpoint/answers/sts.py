"""STS: who the caller is, and sessions of the reader in every account."""

from __future__ import annotations

import re
from typing import Any

from bench.endpoint.answers.call import Call
from bench.endpoint.estate import READER
from bench.endpoint.resources.roles import unique_id

_ROLE = re.compile(r"arn:aws:iam::(\d{12}):role/(.+)")


def get_caller_identity(call: Call) -> dict[str, Any]:
    """The user or session that signed the call."""
    return {"UserId": call.identity.user_id, "Account": call.account_id, "Arn": call.identity.arn}


def assume_role(call: Call) -> dict[str, Any]:
    """A session of the reader, which trusts the management account alone."""
    params, estate = call.params, call.estate
    found = _ROLE.fullmatch(params["RoleArn"])
    account = estate.account(found[1]) if found else None
    seconds = params.get("DurationSeconds", 3600)
    if not 900 <= seconds <= 43_200:
        raise call.refusal("invalid", f"The requested DurationSeconds {seconds} is not within 900 and 43200")
    trusted = found is not None and found[2] == READER and call.account == 0
    secret = estate.external_id in ("", params.get("ExternalId"))
    if account is None or account >= estate.accounts or account in estate.closed or not (trusted and secret):
        raise call.denied("sts:AssumeRole", params["RoleArn"])
    name = params["RoleSessionName"]
    session = call.keyring.begin(account, 0, name, call.now, seconds)
    arn = f"arn:aws:sts::{estate.account_id(account)}:assumed-role/{READER.rpartition('/')[2]}/{name}"
    role_id = unique_id("AROA", estate.seed, account, 0)
    user = {"AssumedRoleId": f"{role_id}:{name}", "Arn": arn}
    return {"Credentials": session, "AssumedRoleUser": user}


OPERATIONS = {"GetCallerIdentity": get_caller_identity, "AssumeRole": assume_role}
