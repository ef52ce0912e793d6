"""What DescribeKey and GetKeyRotationStatus say of a key."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from bench.endpoint.estate import Estate
from bench.endpoint.resources.keys import (
    SERVICES,
    Key,
    Kind,
    Manager,
    cluster_id,
    key_arn,
    key_id,
    material_id,
    store_id,
)
from bench.endpoint.resources.when import when

_SYMMETRIC = {
    "KeyUsage": "ENCRYPT_DECRYPT",
    "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
    "KeySpec": "SYMMETRIC_DEFAULT",
    "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
}
_SIGNING = {
    "KeyUsage": "SIGN_VERIFY",
    "CustomerMasterKeySpec": "RSA_2048",
    "KeySpec": "RSA_2048",
    "SigningAlgorithms": [
        *("RSASSA_PKCS1_V1_5_SHA_256", "RSASSA_PKCS1_V1_5_SHA_384", "RSASSA_PKCS1_V1_5_SHA_512"),
        *("RSASSA_PSS_SHA_256", "RSASSA_PSS_SHA_384", "RSASSA_PSS_SHA_512"),
    ],
}
_HMAC = {
    "KeyUsage": "GENERATE_VERIFY_MAC",
    "CustomerMasterKeySpec": "HMAC_256",
    "KeySpec": "HMAC_256",
    "MacAlgorithms": ["HMAC_SHA_256"],
}
_STATES = {
    Kind.DISABLED: "Disabled",
    Kind.PENDING_DELETION: "PendingDeletion",
    Kind.PENDING_IMPORT: "PendingImport",
}
_DESCRIPTIONS = {"s3": "Default key that protects my S3 objects when no other key is defined"}
_LAST_DAY = datetime(2030, 1, 1, tzinfo=UTC)


def metadata(estate: Estate, key: Key) -> dict[str, Any]:
    """The key's metadata, with the members that AWS gives for a key of its kind."""
    kind, by_aws = key.kind, key.manager is Manager.AWS
    state = _STATES.get(kind, "Enabled")
    found: dict[str, Any] = {
        "AWSAccountId": estate.account_id(key.account),
        "KeyId": key_id(estate, key),
        "Arn": key_arn(estate, key),
        "CreationDate": when(estate.seed, "key", key.account, key.index),
        "Enabled": state == "Enabled",
        "Description": _description(key),
        "KeyState": state,
        "Origin": "AWS_KMS",
        "KeyManager": "AWS" if by_aws else "CUSTOMER",
        "MultiRegion": kind is Kind.MULTI_REGION,
        **({Kind.SIGNING: _SIGNING, Kind.HMAC: _HMAC}.get(kind, _SYMMETRIC)),
    }
    if kind is Kind.IN_CUSTOM_STORE:
        found["Origin"] = "AWS_CLOUDHSM"
        found["CustomKeyStoreId"] = store_id(estate, key.account, key.region)
        found["CloudHsmClusterId"] = cluster_id(estate, key.account, key.region)
    elif kind in (Kind.IMPORTED, Kind.PENDING_IMPORT):
        found["Origin"] = "EXTERNAL"
        if kind is Kind.IMPORTED:
            found["ExpirationModel"] = "KEY_MATERIAL_DOES_NOT_EXPIRE"
            found["CurrentKeyMaterialId"] = material_id(estate, key)
    elif kind not in (Kind.SIGNING, Kind.HMAC):
        found["CurrentKeyMaterialId"] = material_id(estate, key, 0 if by_aws else key.index % 3)
    if kind is Kind.PENDING_DELETION:
        found["DeletionDate"] = _LAST_DAY
    if kind is Kind.MULTI_REGION:
        found["MultiRegionConfiguration"] = _copies(estate, key)
    return found


def rotation_status(estate: Estate, key: Key) -> dict[str, Any]:
    """Whether and how often a key rotates. AWS managed keys do, every year."""
    rotates = key.manager is Manager.AWS or (
        key.kind in (Kind.PLAIN, Kind.MULTI_REGION) and key.index % 2 == 0
    )
    found: dict[str, Any] = {"KeyRotationEnabled": rotates, "KeyId": key_arn(estate, key)}
    if rotates:
        found["RotationPeriodInDays"] = 365
        found["NextRotationDate"] = _LAST_DAY + timedelta(days=key.index % 365)
    return found


def last_usage(estate: Estate, key: Key) -> dict[str, Any]:
    """When a key was last used; every fourth never since tracking began."""
    created = when(estate.seed, "key", key.account, key.index)
    found: dict[str, Any] = {
        "KeyId": key_arn(estate, key),
        "TrackingStartDate": created,
        "KeyCreationDate": created,
    }
    if key.index % 4:
        found["KeyLastUsage"] = {
            "Operation": "Decrypt",
            "Timestamp": created + timedelta(days=90),
            "CloudTrailEventId": material_id(estate, key)[:36],
            "KmsRequestId": material_id(estate, key)[:36],
        }
    return found


def custom_store(estate: Estate, account: int, region: int) -> dict[str, Any]:
    """The account's custom key store in a region."""
    return {
        "CustomKeyStoreId": store_id(estate, account, region),
        "CustomKeyStoreName": f"store-{estate.region_names[region]}",
        "CloudHsmClusterId": cluster_id(estate, account, region),
        "TrustAnchorCertificate": "-----BEGIN CERTIFICATE-----\nMIIC\n-----END CERTIFICATE-----\n",
        "ConnectionState": "CONNECTED",
        "CreationDate": when(estate.seed, "store", account, region),
        "CustomKeyStoreType": "AWS_CLOUDHSM",
    }


def _description(key: Key) -> str:
    if key.manager is Manager.CUSTOMER:
        return f"Key {key.index} of the applications"
    service = SERVICES[key.index]
    return _DESCRIPTIONS.get(
        service, f"Default key that protects my {service} data when no other key is defined"
    )


def _copies(estate: Estate, key: Key) -> dict[str, Any]:
    """The primary is in the first region, and every other region of the account has a replica."""
    every = [
        {"Arn": key_arn(estate, key, n), "Region": name}
        for n, name in enumerate(estate.region_names)
        if key.index < estate.keys_in(key.account, n)
    ]
    kind = "PRIMARY" if key.region == 0 else "REPLICA"
    return {"MultiRegionKeyType": kind, "PrimaryKey": every[0], "ReplicaKeys": every[1:]}
