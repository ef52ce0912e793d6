"""Imported key material: moto cannot import any, and calls such keys usable from the start.

The material itself plays no part: whatever is imported is accepted.
"""

from __future__ import annotations

import json
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.kms.models import Key
from moto.kms.responses import KmsResponse

from collector.demo.faithful.keys import material_id, more


def _import(response: KmsResponse) -> str:
    key = _external_key(response)
    expires = response._get_param("ExpirationModel") != "KEY_MATERIAL_DOES_NOT_EXPIRE"
    if key.key_state == "PendingImport":
        key.key_state = "Enabled"
    more(key).update(
        CurrentKeyMaterialId=material_id(key),
        ExpirationModel="KEY_MATERIAL_EXPIRES" if expires else "KEY_MATERIAL_DOES_NOT_EXPIRE",
        ValidTo=response._get_param("ValidTo") if expires else None,
    )
    return json.dumps({"KeyId": key.arn, "KeyMaterialId": material_id(key)})


def _delete(response: KmsResponse) -> str:
    key = _external_key(response)
    key.key_state = "PendingImport"
    more(key).update(ExpirationModel=None, ValidTo=None)
    return json.dumps({"KeyId": key.arn, "KeyMaterialId": material_id(key)})


def _external_key(response: KmsResponse) -> Key:
    key_id = response._get_param("KeyId")
    response._validate_cmk_id(key_id)
    key = response.kms_backend.describe_key(key_id)
    if key.origin != "EXTERNAL":
        raise JsonRESTError("UnsupportedOperationException", f"{key.arn} origin is {key.origin}")
    return key


REPLACEMENTS: list[tuple[Any, str, Any]] = [
    (KmsResponse, "import_key_material", _import),
    (KmsResponse, "delete_imported_key_material", _delete),
]
