"""Grants: moto leaves out the date and the issuing account, shortens the ids, and does not page."""

from __future__ import annotations

import json
from typing import Any

from moto.core.utils import unix_time
from moto.kms.models import Grant
from moto.kms.responses import KmsResponse
from moto.moto_api._internal import mock_random

from collector.demo.faithful.keys import guarded, page

_moto_init = Grant.__init__


def _init(grant: Grant, *args: Any, **kwargs: Any) -> None:
    _moto_init(grant, *args, **kwargs)
    grant.id = mock_random.get_random_hex(64)
    vars(grant)["creation_date"] = unix_time()


def _list(response: KmsResponse) -> str:
    key_id = response._get_param("KeyId")
    key = response.kms_backend.describe_key(key_id)
    grantee, grant_id = response._get_param("GranteePrincipal"), response._get_param("GrantId")
    wanted = [
        grant
        for grant in key.grants.values()
        if grantee in (None, grant.grantee_principal) and grant_id in (None, grant.id)
    ]
    grants, rest = page(wanted, response)
    answers = [
        {
            **grant.to_json(),
            "KeyId": key.arn,
            "CreationDate": vars(grant)["creation_date"],
            "IssuingAccount": f"arn:aws:iam::{key.account_id}:root",
        }
        for grant in grants
    ]
    present = [{member: value for member, value in each.items() if value is not None} for each in answers]
    return json.dumps({"Grants": present, **rest})


REPLACEMENTS: list[tuple[Any, str, Any]] = [
    (Grant, "__init__", _init),
    (KmsResponse, "list_grants", guarded("list_grants", _list)),
]
