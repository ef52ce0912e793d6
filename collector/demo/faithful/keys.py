"""KMS keys: what DescribeKey says, AWS managed keys, replicas, aliases, pages, policies that shut IAM out.

moto: every key has KeyManager CUSTOMER, members are missing or empty, lists do not page, and the key
policy is not looked at.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.iam.models import iam_backends
from moto.kms.models import Key, KmsBackend
from moto.kms.responses import KmsResponse
from moto.kms.utils import RESERVED_ALIASES

from collector.demo.faithful.custom_key_stores import store_of

_moto_to_dict = Key.to_dict
_moto_create_key = KmsResponse.create_key
_moto_replicate_key = KmsBackend.replicate_key

_PREDEFINED = ("alias/aws/dynamodb", "alias/aws/ebs", "alias/aws/rds", "alias/aws/s3")
"""The aliases that AWS lists before their key exists; moto lists more, each with a made-up key."""

_SERVICE = {"elasticfilesystem": "elasticfilesystem", "ebs": "ec2"}


def more(key: Key) -> dict[str, Any]:
    """Members of KeyMetadata that moto does not keep, for the other files of this folder to set."""
    return key.__dict__.setdefault("metadata_beyond_moto", {})  # type: ignore[no-any-return]


def material_id(key: Key, number: int = 0) -> str:
    """Id of a key's material: the first, or the one after so many rotations."""
    primary = key.id if key.multi_region else key.arn
    return hashlib.sha256(f"{primary} {number}".encode()).hexdigest()


def page(items: Iterable[Any], response: KmsResponse) -> tuple[list[Any], dict[str, Any]]:
    """One page of a list by the request's Limit and Marker, and the members that lead to the next one."""
    everything = list(items)
    start = int(response._get_param("Marker") or 0)
    end = start + int(response._get_param("Limit") or 100)
    if end < len(everything):
        return everything[start:end], {"Truncated": True, "NextMarker": str(end)}
    return everything[start:end], {"Truncated": False}


def _to_dict(key: Key) -> dict[str, Any]:
    metadata = _moto_to_dict(key)["KeyMetadata"]
    metadata["KeyUsage"] = metadata["KeyUsage"] or "ENCRYPT_DECRYPT"
    metadata["MultiRegion"] = bool(metadata["MultiRegion"])
    if key.key_spec.startswith("HMAC_"):
        metadata["MacAlgorithms"] = [f"HMAC_SHA_{key.key_spec.removeprefix('HMAC_')}"]
    if metadata["KeyUsage"] != "ENCRYPT_DECRYPT":
        metadata["EncryptionAlgorithms"] = None
    if metadata["KeyUsage"] != "SIGN_VERIFY":
        metadata["SigningAlgorithms"] = None
    if metadata["MultiRegion"]:
        configuration = key.multi_region_configuration
        kind = "PRIMARY" if configuration["PrimaryKey"]["Arn"] == key.arn else "REPLICA"
        metadata["MultiRegionConfiguration"] = {**configuration, "MultiRegionKeyType": kind}
    if key.key_spec == "SYMMETRIC_DEFAULT" and key.origin in ("AWS_KMS", "EXTERNAL"):
        metadata["CurrentKeyMaterialId"] = material_id(key, len(key.rotations))
    metadata.update(more(key))
    store = store_of(key)
    if store and store["ConnectionState"] != "CONNECTED" and key.key_state == "Enabled":
        metadata["KeyState"] = "Unavailable"
    metadata["Enabled"] = metadata["KeyState"] == "Enabled"
    return {"KeyMetadata": {name: value for name, value in metadata.items() if value is not None}}


def _create_key(response: KmsResponse) -> str:
    key_id = json.loads(_moto_create_key(response))["KeyMetadata"]["KeyId"]
    key = response.kms_backend.keys[key_id]
    if key.origin == "EXTERNAL":
        key.key_state = "PendingImport"
        more(key)["CurrentKeyMaterialId"] = None
    store_id = response._get_param("CustomKeyStoreId")
    if store_id:
        more(key)["CustomKeyStoreId"] = store_id
        store = store_of(key)
        if store is None:
            raise JsonRESTError("CustomKeyStoreNotFoundException", f"{store_id} does not exist")
        if store["ConnectionState"] != "CONNECTED":
            raise JsonRESTError("CustomKeyStoreInvalidStateException", f"{store_id} is not connected")
        more(key)["CloudHsmClusterId"] = store.get("CloudHsmClusterId")
    xks_key_id = response._get_param("XksKeyId")
    if xks_key_id:
        more(key)["XksKeyConfiguration"] = {"Id": xks_key_id}
    return json.dumps(key.to_dict())


def _list_keys(response: KmsResponse) -> str:
    keys, rest = page(response.kms_backend.list_keys(), response)
    return json.dumps({"Keys": [{"KeyArn": key.arn, "KeyId": key.id} for key in keys], **rest})


def _replicate_key(backend: KmsBackend, key_id: str, replica_region: str) -> Key:
    key_id = backend.get_key_id(key_id)
    primary = backend.keys[key_id]
    replica = _moto_replicate_key(backend, key_id, replica_region)
    replica.aliases, replica.grants = {}, {}
    replica.policy = replica.generate_default_policy()
    replica.__dict__["metadata_beyond_moto"] = dict(more(primary))
    return replica


def _generate_default_keys(backend: KmsBackend, alias_name: str) -> str | None:
    """An AWS managed key comes into being when it is first asked for."""
    if alias_name not in RESERVED_ALIASES:
        return None
    name = alias_name.rpartition("/")[2]
    policy = _managed_key_policy(name, backend.account_id, backend.region_name)
    description = f"Default key that protects my {name} data when no other key is defined"
    key = backend.create_key(json.dumps(policy), "ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT", description, None)
    key.key_manager = "AWS"
    key.key_rotation_status = True
    backend.create_alias(key.id, alias_name)
    return key.id


def _managed_key_policy(name: str, account_id: str, region: str) -> dict[str, Any]:
    """The fixed policy of an AWS managed key: whoever calls through the service from its own account."""
    use = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
    through = f"{_SERVICE.get(name, name)}.{region}.amazonaws.com"
    return {
        "Version": "2012-10-17",
        "Id": f"auto-{name}-2",
        "Statement": [
            {
                "Sid": f"Allow access through {name.upper()} for all principals in the account",
                "Effect": "Allow",
                "Principal": {"AWS": "*"},
                "Action": use,
                "Resource": "*",
                "Condition": {"StringEquals": {"kms:CallerAccount": account_id, "kms:ViaService": through}},
            },
            {
                "Sid": "Allow direct access to key metadata to the account",
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{account_id}:root"},
                "Action": ["kms:Describe*", "kms:Get*", "kms:List*"],
                "Resource": "*",
            },
        ],
    }


def _list_aliases(response: KmsResponse) -> str:
    """With dates, and predefined aliases without the key that does not exist yet."""
    backend = response.kms_backend
    key_id = response._get_param("KeyId")
    prefix = f"arn:aws:kms:{backend.region_name}:{backend.account_id}:"
    aliases = [
        {
            "AliasArn": alias.alias_arn,
            "AliasName": alias.alias_name,
            "TargetKeyId": key.id,
            "CreationDate": key.creation_date,
            "LastUpdatedDate": key.creation_date,
        }
        for key in backend.keys.values()
        for alias in key.aliases.values()
        if not key_id or key.id == backend.get_key_id(key_id)
    ]
    if not key_id:
        taken = {alias["AliasName"] for alias in aliases}
        aliases += [{"AliasArn": prefix + n, "AliasName": n} for n in _PREDEFINED if n not in taken]
    aliases, rest = page(sorted(aliases, key=lambda alias: str(alias["AliasName"])), response)
    return json.dumps({"Aliases": aliases, **rest})


def _guarded(name: str) -> Callable[[KmsResponse], str]:
    """The operation, refused where the key policy names neither the account nor the caller."""

    def guarded(response: KmsResponse) -> str:
        key_id = response._get_param("KeyId")
        response._validate_key_id(key_id)
        key = response.kms_backend.describe_key(key_id)
        if not _admits(key, response):
            operation = "".join(part.title() for part in name.split("_"))
            message = f"not authorized to perform: kms:{operation} on resource: {key.arn}"
            message += " because no resource-based policy allows it"
            raise JsonRESTError("AccessDeniedException", message)
        return str(_GUARDED[name](response))

    return guarded


def _admits(key: Key, response: KmsResponse) -> bool:
    """Whether the key's policy names the account, so that IAM policies count, or the caller's role."""
    try:
        statements = json.loads(key.policy)["Statement"]
    except (ValueError, KeyError, TypeError):
        return True
    access_key = iam_backends[key.account_id]["aws"].access_keys.get(response.get_access_key())
    welcome = {"*", key.account_id, f"arn:aws:iam::{key.account_id}:root"}
    if access_key is not None and access_key.role_arn:
        welcome.add(access_key.role_arn)
    for statement in statements if isinstance(statements, list) else [statements]:
        principal = statement.get("Principal", {})
        named = principal.get("AWS", []) if isinstance(principal, dict) else principal
        if statement["Effect"] == "Allow" and welcome & set([named] if isinstance(named, str) else named):
            return True
    return False


_GUARDED: dict[str, Callable[[KmsResponse], str]] = {
    "describe_key": KmsResponse.describe_key,
    "get_key_policy": KmsResponse.get_key_policy,
    "list_resource_tags": KmsResponse.list_resource_tags,
}


def guarded(name: str, operation: Callable[[KmsResponse], str]) -> Callable[[KmsResponse], str]:
    """An operation of another file of this folder, refused where the key policy refuses it."""
    _GUARDED[name] = operation
    return _guarded(name)


REPLACEMENTS: list[tuple[Any, str, Any]] = [
    (Key, "to_dict", _to_dict),
    (KmsBackend, "replicate_key", _replicate_key),
    (KmsBackend, "_generate_default_keys", _generate_default_keys),
    (KmsResponse, "create_key", _create_key),
    (KmsResponse, "list_keys", _list_keys),
    (KmsResponse, "list_aliases", _list_aliases),
    *[
        (KmsResponse, name, _guarded(name))
        for name in ("describe_key", "get_key_policy", "list_resource_tags")
    ],
]
