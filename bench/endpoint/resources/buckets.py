"""S3 buckets and access points, and their settings."""

from __future__ import annotations

import re
from typing import Any

from bench.endpoint.estate import Estate
from bench.endpoint.resources import keys as kms
from bench.endpoint.resources.documents import bucket_policy, other_account, text
from bench.endpoint.resources.roles import role_arn
from bench.endpoint.resources.when import when
from bench.endpoint.scramble import digest, write

_NAME = re.compile(r"data-(\d{12})-(\d{5,})")
_POINT = re.compile(r"point-(\d{5,})")
_SUFFIX = "-s3alias"
BLOCKED = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}


def bucket_name(estate: Estate, account: int, bucket: int) -> str:
    """A name that no other account has."""
    return f"data-{estate.account_id(account)}-{bucket:05d}"


def bucket_of(estate: Estate, name: str) -> tuple[int, int] | None:
    """Account and index of the bucket with that name; None: there is none."""
    found = _NAME.fullmatch(name)
    account = estate.account(found[1]) if found else None
    if found is None or account is None or account >= estate.accounts:
        return None
    bucket = int(found[2])
    known = bucket < estate.buckets and bucket_name(estate, account, bucket) == name
    return (account, bucket) if known else None


def listed(estate: Estate, account: int, bucket: int, with_region: bool) -> dict[str, Any]:
    """A bucket's entry in the listing, which has the region only where a parameter was given."""
    name = bucket_name(estate, account, bucket)
    entry: dict[str, Any] = {"Name": name, "CreationDate": when(estate.seed, "bucket", account, bucket)}
    if with_region:
        entry["BucketRegion"] = estate.region_names[estate.bucket_region(bucket)]
        entry["BucketArn"] = f"arn:aws:s3:::{name}"
    return entry


def owner(estate: Estate, account: int) -> dict[str, Any]:
    """The account as S3 names it."""
    return {"ID": digest("canonical", estate.seed, account).hex()}


def encryption(estate: Estate, account: int, bucket: int) -> dict[str, Any]:
    """The default encryption, which every bucket has: of ten, five use SSE-S3, as new buckets do."""
    rule: dict[str, Any] = {"SSEAlgorithm": "AES256"}
    region, kind = estate.bucket_region(bucket), bucket % 10
    if kind < 5 and estate.keys:
        rule["SSEAlgorithm"] = "aws:kms:dsse" if kind == 4 else "aws:kms"
        at = other_account(estate, account, "bucket key", bucket) if kind == 3 else account
        key = kms.Key(at, region, 8 + bucket % 12 if estate.keys >= 20 else estate.keys - 1)
        if kind in (1, 3, 4):
            rule["KMSMasterKeyID"] = kms.key_arn(estate, key)
        elif kind == 2:
            rule["KMSMasterKeyID"] = kms.alias_name(key)
    return {
        "Rules": [
            {
                "ApplyServerSideEncryptionByDefault": rule,
                "BucketKeyEnabled": kind in (1, 3),
                "BlockedEncryptionTypes": {"EncryptionType": ["NONE" if bucket % 20 == 7 else "SSE-C"]},
            }
        ]
    }


def has_policy(bucket: int) -> bool:
    """Every second bucket has one."""
    return bucket % 2 == 0


def policy(estate: Estate, account: int, bucket: int) -> str | None:
    """The bucket policy."""
    if not has_policy(bucket):
        return None
    return bucket_policy(estate, account, bucket, bucket_name(estate, account, bucket))


def public_access_block(bucket: int) -> dict[str, Any] | None:
    """All four settings; every fourth bucket has none."""
    return None if bucket % 4 == 3 else BLOCKED


def ownership(bucket: int) -> dict[str, Any] | None:
    """Access lists are off, but for every tenth bucket, an old one."""
    return None if bucket % 10 == 9 else {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}


def versioning(bucket: int) -> dict[str, Any]:
    """Enabled, suspended or never set."""
    return ({"Status": "Enabled"}, {"Status": "Suspended", "MFADelete": "Disabled"}, {})[bucket % 3]


def acl(estate: Estate, account: int, bucket: int) -> dict[str, Any]:
    """The owner's full control, and for every tenth bucket the log delivery's."""
    own = owner(estate, account)
    grants: list[dict[str, Any]] = [
        {"Grantee": {"Type": "CanonicalUser", **own}, "Permission": "FULL_CONTROL"}
    ]
    if bucket % 10 == 9:
        group = "http://acs.amazonaws.com/groups/s3/LogDelivery"
        grants += [
            {"Grantee": {"Type": "Group", "URI": group}, "Permission": permission}
            for permission in ("WRITE", "READ_ACP")
        ]
    return {"Owner": own, "Grants": grants}


def replication(estate: Estate, account: int, bucket: int) -> dict[str, Any] | None:
    """Every 25th bucket is copied into another account, under a key there."""
    if bucket % 25:
        return None
    other, region = other_account(estate, account, "replica", bucket), estate.bucket_region(bucket)
    destination: dict[str, Any] = {
        "Bucket": f"arn:aws:s3:::{bucket_name(estate, other, bucket)}",
        "Account": estate.account_id(other),
        "AccessControlTranslation": {"Owner": "Destination"},
    }
    rule: dict[str, Any] = {
        "ID": f"copy-{bucket}",
        "Priority": 1,
        "Filter": {"Prefix": ""},
        "Status": "Enabled",
        "Destination": destination,
        "DeleteMarkerReplication": {"Status": "Disabled"},
    }
    if estate.keys:
        key = kms.Key(other, region, estate.keys - 1)
        rule["SourceSelectionCriteria"] = {"SseKmsEncryptedObjects": {"Status": "Enabled"}}
        destination["EncryptionConfiguration"] = {"ReplicaKmsKeyID": kms.key_arn(estate, key)}
    return {"Role": role_arn(estate, account, bucket % estate.roles), "Rules": [rule]}


def object_lock(bucket: int) -> dict[str, Any] | None:
    """Every twentieth bucket keeps its objects."""
    if bucket % 20 != 5:
        return None
    retention = {"Mode": "GOVERNANCE", "Days": 30}
    return {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": retention}}


def logging(estate: Estate, account: int, bucket: int) -> dict[str, Any]:
    """Every seventh bucket logs into the region's first."""
    if bucket % 7:
        return {}
    target = bucket_name(estate, account, estate.bucket_region(bucket))
    return {"LoggingEnabled": {"TargetBucket": target, "TargetPrefix": f"{bucket:05d}/"}}


def tags(bucket: int) -> list[dict[str, str]] | None:
    """Every second bucket has some."""
    if bucket % 2:
        return None
    return [{"Key": "team", "Value": f"team-{bucket % 7}"}, {"Key": "data", "Value": "confidential"}]


def account_block(account: int) -> dict[str, Any] | None:
    """The account's own public access block; every second account has one."""
    return None if account % 2 else BLOCKED


def point_name(point: int) -> str:
    """The name of an access point, unique in its account and region."""
    return f"point-{point:05d}"


def point_of(estate: Estate, name: str, region: int) -> int | None:
    """The index of the access point with that name in a region; None: there is none."""
    found = _POINT.fullmatch(name)
    return int(found[1]) if found and int(found[1]) < estate.access_points_in(region) else None


def access_point(estate: Estate, account: int, region: int, point: int) -> dict[str, Any]:
    """An access point's entry in the listing; every fourth is for one VPC only."""
    name, account_id = point_name(point), estate.account_id(account)
    bucket = region + estate.regions * (point % estate.buckets_in(region))
    at = digest("point", estate.seed, account, region, point)
    entry: dict[str, Any] = {
        "Name": name,
        "NetworkOrigin": "VPC" if point % 4 == 3 else "Internet",
        "Bucket": bucket_name(estate, account, bucket),
        "AccessPointArn": f"arn:aws:s3:{estate.region_names[region]}:{account_id}:accesspoint/{name}",
        "Alias": f"{name}-{write(int.from_bytes(at, 'big'), 34)}{_SUFFIX}",
        "BucketAccountId": account_id,
    }
    if point % 4 == 3:
        entry["VpcConfiguration"] = {"VpcId": f"vpc-{at.hex()[:17]}"}
    return entry


def access_point_details(estate: Estate, account: int, region: int, point: int) -> dict[str, Any]:
    """What GetAccessPoint adds to it."""
    return {
        **access_point(estate, account, region, point),
        "PublicAccessBlockConfiguration": BLOCKED,
        "CreationDate": when(estate.seed, "point", account, region, point),
    }


def has_point_policy(point: int) -> bool:
    """Every second access point has one."""
    return point % 2 == 0


def point_policy(estate: Estate, account: int, region: int, point: int) -> str | None:
    """The access point's policy: a role of another account may read through it."""
    if not has_point_policy(point):
        return None
    arn = access_point(estate, account, region, point)["AccessPointArn"]
    other = other_account(estate, account, "point", region, point)
    return text(
        {
            "Sid": "ReadThroughThePoint",
            "Effect": "Allow",
            "Principal": {"AWS": role_arn(estate, other, point % estate.roles)},
            "Action": "s3:GetObject",
            "Resource": f"{arn}/object/*",
        }
    )
