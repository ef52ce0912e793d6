"""S3: the settings a new bucket has, what their answers leave out, and access points in their own region."""

from __future__ import annotations

import hashlib
from typing import Any

from moto.core.responses import ActionResult
from moto.s3.models import FakeBucket, PublicAccessBlock, S3Backend, s3_backends
from moto.s3.responses import S3Response
from moto.s3.utils import bucket_policy_is_public
from moto.s3control.models import AccessPoint
from moto.s3control.responses import S3ControlResponse

_moto_create_bucket = S3Backend.create_bucket
_moto_put_encryption = S3Backend.put_bucket_encryption
_moto_access_point = S3ControlResponse.get_access_point
_moto_list_access_points = S3ControlResponse.list_access_points
_moto_access_point_init = AccessPoint.__init__
_moto_acl = S3Response.get_bucket_acl
_moto_acl_to_dict = S3Response._acl_to_dict


def canonical_id(account_id: str) -> str:
    """The id by which S3's access control lists know an account."""
    return hashlib.sha256(f"canonical id of {account_id}".encode()).hexdigest()


def _create_bucket(backend: S3Backend, bucket_name: str, region_name: str, **rest: Any) -> FakeBucket:
    """New buckets are encrypted, private, without access lists, and take no key of the client's."""
    bucket = _moto_create_bucket(backend, bucket_name, region_name, **rest)
    bucket.encryption = {
        "Rule": {
            "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"},
            "BucketKeyEnabled": "false",
            "BlockedEncryptionTypes": {"EncryptionType": ["SSE-C"]},
        }
    }
    bucket.public_access_block = PublicAccessBlock("true", "true", "true", "true")
    bucket.ownership_rule = "BucketOwnerEnforced"  # type: ignore[assignment]
    bucket.acl.grants[0].grantees[0].id = canonical_id(bucket.account_id)  # type: ignore[union-attr]
    return bucket


def _put_encryption(backend: S3Backend, bucket_name: str, encryption: dict[str, Any]) -> None:
    """A configuration that leaves the blocked types out does not change them."""
    before = backend.get_bucket(bucket_name).encryption or {"Rule": {}}
    if "BlockedEncryptionTypes" in before["Rule"]:
        encryption["Rule"].setdefault("BlockedEncryptionTypes", before["Rule"]["BlockedEncryptionTypes"])
    _moto_put_encryption(backend, bucket_name, encryption)


def _get_encryption(response: S3Response) -> Any:
    response.data["Action"] = "GetBucketEncryption"
    rule = (response.backend.get_bucket_encryption(response.bucket_name) or _create_default())["Rule"]
    answer: dict[str, Any] = {
        "ApplyServerSideEncryptionByDefault": rule["ApplyServerSideEncryptionByDefault"],
        "BucketKeyEnabled": str(rule.get("BucketKeyEnabled", "false")).lower() == "true",
    }
    blocked = (rule.get("BlockedEncryptionTypes") or {}).get("EncryptionType")
    if blocked:
        answer["BlockedEncryptionTypes"] = {
            "EncryptionType": [blocked] if isinstance(blocked, str) else blocked
        }
    return response.serialized(ActionResult({"ServerSideEncryptionConfiguration": {"Rules": [answer]}}))


def _create_default() -> dict[str, Any]:
    """Deleting the configuration brings S3's own keys back."""
    return {"Rule": {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}}


def _list_buckets(response: S3Response) -> Any:
    """With regions and ARNs, in pages, and with the owner that the account has."""
    response.data["Action"] = "ListAllMyBuckets"
    response._authenticate_and_authorize_s3_action()
    start = response._get_param("continuation-token") or ""
    found = response.backend.list_buckets(
        prefix=response._get_param("prefix"),
        bucket_region=response._get_param("bucket-region"),
        max_buckets=None,
    )
    found = sorted((bucket for bucket in found if bucket.name > start), key=lambda bucket: bucket.name)
    size = int(response._get_param("max-buckets") or 10_000)
    owner = {"ID": canonical_id(response.current_account)}
    answer: dict[str, Any] = {
        "Owner": owner,
        "Buckets": [
            {
                "Name": bucket.name,
                "CreationDate": bucket.creation_date_ISO8601,
                "BucketRegion": bucket.region_name,
                "BucketArn": bucket.arn,
            }
            for bucket in found[:size]
        ],
    }
    if len(found) > size:
        answer["ContinuationToken"] = found[size - 1].name
    response.data["Action"] = "ListBuckets"
    return response.serialized(ActionResult(answer))


def _get_acl(response: S3Response) -> Any:
    response.data["Action"] = "GetBucketAcl"
    bucket = response.backend.get_bucket(response.bucket_name)
    acl = response.backend.get_bucket_acl(response.bucket_name)
    answer = _moto_acl_to_dict(acl)
    answer["Owner"] = {"ID": canonical_id(bucket.account_id)}
    told = [grant for grant in (acl.grants if acl else ()) for _ in grant.grantees]
    answer["Grants"] = [
        {**entry, "Permission": permission}
        for entry, grant in zip(answer["Grants"], told, strict=True)
        for permission in grant.permissions
    ]
    return response.serialized(ActionResult(answer))


def _get_replication(response: S3Response) -> Any:
    """With the rules' own filters, and with what they say about objects under a KMS key."""
    response.data["Action"] = "GetBucketReplication"
    replication = response.backend.get_bucket_replication(response.bucket_name)
    if not replication:
        return _moto_get_replication(response)
    rules = [
        {
            "ID": rule["ID"],
            "Priority": int(rule["Priority"]),
            "Status": rule["Status"],
            "Filter": {"Prefix": (rule.get("Filter") or {}).get("Prefix") or ""},
            "DeleteMarkerReplication": rule.get("DeleteMarkerReplication") or {"Status": "Disabled"},
            "SourceSelectionCriteria": rule.get("SourceSelectionCriteria"),
            "Destination": rule["Destination"],
        }
        for rule in replication["Rule"]
    ]
    configuration = {"Role": replication["Role"], "Rules": rules}
    return response.serialized(ActionResult({"ReplicationConfiguration": configuration}))


_moto_get_replication = S3Response.get_bucket_replication


def _access_point_init(point: AccessPoint, account_id: str, region_name: str, **rest: Any) -> None:
    """An access point lives where its bucket lives."""
    _moto_access_point_init(point, account_id=account_id, region_name=region_name, **rest)
    point.arn = f"arn:aws:s3:{_region_of(point.bucket)}:{account_id}:accesspoint/{point.name}"


def _get_access_point(response: S3ControlResponse) -> ActionResult:
    answer: Any = _moto_access_point(response).result
    return ActionResult({**answer, "BucketAccountId": _account_of(answer["Bucket"])})


def _list_access_points(response: S3ControlResponse) -> ActionResult:
    answer: Any = _moto_list_access_points(response).result
    here = [
        {**point, "BucketAccountId": _account_of(point["Bucket"])}
        for point in answer["AccessPointList"]
        if _region_of(point["Bucket"]) == response.region
    ]
    return ActionResult({**answer, "AccessPointList": here})


def _access_point_status(response: S3ControlResponse) -> ActionResult:
    account_id, name = response._get_param("AccountId"), response._get_param("Name")
    policy = response.backend.get_access_point_policy(account_id, name)
    return ActionResult({"PolicyStatus": {"IsPublic": bucket_policy_is_public(policy)}})


def _region_of(bucket_name: str) -> str:
    account_id = _account_of(bucket_name)
    return str(s3_backends[account_id]["aws"].buckets[bucket_name].region_name) if account_id else "us-east-1"


def _account_of(bucket_name: str) -> str | None:
    _, account_id = s3_backends.bucket_accounts.get(bucket_name, (None, None))
    return account_id


REPLACEMENTS: list[tuple[Any, str, Any]] = [
    (S3Backend, "create_bucket", _create_bucket),
    (S3Backend, "put_bucket_encryption", _put_encryption),
    (S3Response, "get_bucket_encryption", _get_encryption),
    (S3Response, "get_bucket_acl", _get_acl),
    (S3Response, "get_bucket_replication", _get_replication),
    (S3Response, "all_buckets", _list_buckets),
    (AccessPoint, "__init__", _access_point_init),
    (S3ControlResponse, "get_access_point", _get_access_point),
    (S3ControlResponse, "list_access_points", _list_access_points),
    (S3ControlResponse, "get_access_point_policy_status", _access_point_status),
]
