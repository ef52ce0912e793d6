"""Key rotation: moto knows on and off, but no period, dates or materials, and no key that cannot rotate."""

from __future__ import annotations

import json
import time
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.kms.models import Key
from moto.kms.responses import KmsResponse

from collector.demo.faithful.keys import guarded, material_id, more, page

_DAY = 86400


def _status(response: KmsResponse) -> str:
    key = _rotatable_key(response)
    on = bool(key.key_rotation_status) and key.key_state != "PendingDeletion"
    status: dict[str, Any] = {"KeyId": key.arn, "KeyRotationEnabled": on}
    if on:
        days = key.__dict__.get("rotation_period_beyond_moto", 365)
        age = int((time.time() - key.creation_date) // (days * _DAY))
        status["NextRotationDate"] = key.creation_date + (age + 1) * days * _DAY
        if key.key_manager == "CUSTOMER":
            status["RotationPeriodInDays"] = days
    return json.dumps(status)


def _enable(response: KmsResponse) -> str:
    key = _rotatable_key(response)
    if key.origin != "AWS_KMS":
        raise _unsupported(key)
    key.key_rotation_status = True
    key.__dict__["rotation_period_beyond_moto"] = response._get_param("RotationPeriodInDays") or 365
    return "{}"


def _rotations(response: KmsResponse) -> str:
    key = _rotatable_key(response)
    everything = [*_materials(key)]
    if response._get_param("IncludeKeyMaterial") != "ALL_KEY_MATERIAL":
        everything = [material for material in everything if "RotationDate" in material]
    rotations, rest = page(everything, response)
    return json.dumps({"Rotations": rotations, **rest})


def _materials(key: Key) -> list[dict[str, Any]]:
    """The first material, which no rotation brought, and one for every rotation."""
    if key.key_state == "PendingImport" and not more(key).get("CurrentKeyMaterialId"):
        return []
    materials = []
    for number, rotation in enumerate([{}, *key.rotations]):
        material = {
            "KeyId": key.arn,
            "KeyMaterialId": material_id(key, number),
            "KeyMaterialState": "CURRENT" if number == len(key.rotations) else "NON_CURRENT",
            "RotationDate": rotation.get("RotationDate"),
            "RotationType": rotation.get("RotationType"),
        }
        if key.origin == "EXTERNAL":
            missing = key.key_state == "PendingImport"
            material["ImportState"] = "PENDING_IMPORT" if missing else "IMPORTED"
            material["ExpirationModel"] = more(key).get("ExpirationModel")
            material["ValidTo"] = more(key).get("ValidTo")
        materials.append({member: value for member, value in material.items() if value is not None})
    return materials


def _rotatable_key(response: KmsResponse) -> Key:
    key_id = response._get_param("KeyId")
    response._validate_cmk_id(key_id)
    key = response.kms_backend.describe_key(key_id)
    if key.key_spec != "SYMMETRIC_DEFAULT" or key.origin not in ("AWS_KMS", "EXTERNAL"):
        raise _unsupported(key)
    return key


def _unsupported(key: Key) -> JsonRESTError:
    message = f"{key.arn} key usage is {key.key_usage}, its origin {key.origin}: it cannot rotate"
    return JsonRESTError("UnsupportedOperationException", message)


REPLACEMENTS: list[tuple[Any, str, Any]] = [
    (KmsResponse, "get_key_rotation_status", guarded("get_key_rotation_status", _status)),
    (KmsResponse, "enable_key_rotation", _enable),
    (KmsResponse, "list_key_rotations", guarded("list_key_rotations", _rotations)),
]
