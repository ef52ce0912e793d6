"""S3: buckets with what decides their encryption and access, access points, and accounts' own settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from collector.collect.document import parsed
from collector.collect.table import ACCOUNT_ID, Answers, Call, Column, Each, Scope, Table, fields
from collector.collect.tags import as_object

_BUCKET = {"Bucket": "Name"}
_NAME = {"Name": "Name"}
_DEFAULT = "ApplyServerSideEncryptionByDefault"


def bucket_arn(bucket: dict[str, Any], scope: Scope) -> str:
    """The ARN of a bucket; not every endpoint says it in its listing."""
    return bucket.get("BucketArn") or f"arn:{scope.partition}:s3:::{bucket['Name']}"


def has_policy(answer: dict[str, Any], _: Scope) -> bool:
    """Whether there is a policy."""
    return answer["Policy"] is not None


def _may_have_policy(operation: str) -> Callable[[Answers], bool]:
    """Where there is no policy there is no policy status either."""

    def when(answers: Answers) -> bool:
        answer = answers.get(operation)
        return answer is None or answer["Policy"] is not None

    return when


def access_point_arn(point: dict[str, Any], scope: Scope) -> str:
    """The ARN of an access point; not every endpoint says it in its listing."""
    made_up = f"arn:{scope.partition}:s3:{scope.region}:{scope.account_id}:accesspoint/{point['Name']}"
    return point.get("AccessPointArn") or made_up


def _setting(member: str) -> Column:
    """One of the four settings of a public access block; off where none is configured."""
    return lambda block, _: bool((block or {}).get(member, False))


_PUBLIC_ACCESS: dict[str, Column] = {
    "block_public_acls": _setting("BlockPublicAcls"),
    "ignore_public_acls": _setting("IgnorePublicAcls"),
    "block_public_policy": _setting("BlockPublicPolicy"),
    "restrict_public_buckets": _setting("RestrictPublicBuckets"),
}

BUCKETS = Table(
    name="aws_s3_buckets",
    service="s3",
    each=Each.ACCOUNT,
    region="BucketRegion",
    region_filter="BucketRegion",
    list=Call(
        "ListBuckets",
        items="Buckets",
        params={"MaxBuckets": 10000},
        permission="s3:ListAllMyBuckets",
        columns=fields("Name", "CreationDate", arn=bucket_arn),
    ),
    details=(
        Call(
            "GetBucketEncryption",
            given=_BUCKET,
            items="ServerSideEncryptionConfiguration.Rules",
            permission="s3:GetEncryptionConfiguration",
            empty={
                "ServerSideEncryptionConfigurationNotFoundError": {
                    "ServerSideEncryptionConfiguration": {"Rules": []}
                }
            },
            columns=fields(
                sse_algorithm=f"[0].{_DEFAULT}.SSEAlgorithm",
                kms_master_key_id=f"[0].{_DEFAULT}.KMSMasterKeyID",
                bucket_key_enabled="[0].BucketKeyEnabled",
                blocked_encryption_types="[0].BlockedEncryptionTypes.EncryptionType",
            ),
        ),
        Call(
            "GetBucketPolicy",
            given=_BUCKET,
            empty={"NoSuchBucketPolicy": {"Policy": None}},
            columns={"has_policy": has_policy},
        ),
        Call(
            "GetBucketPolicyStatus",
            given=_BUCKET,
            items="PolicyStatus",
            when=_may_have_policy("GetBucketPolicy"),
            empty={"NoSuchBucketPolicy": {"PolicyStatus": None}},
            columns={"policy_status": "@", "policy_is_public": "IsPublic"},
        ),
        Call(
            "GetPublicAccessBlock",
            given=_BUCKET,
            items="PublicAccessBlockConfiguration",
            permission="s3:GetBucketPublicAccessBlock",
            empty={"NoSuchPublicAccessBlockConfiguration": {}},
            columns=_PUBLIC_ACCESS,
        ),
        Call(
            "GetBucketOwnershipControls",
            given=_BUCKET,
            items="OwnershipControls.Rules[0]",
            empty={
                "OwnershipControlsNotFoundError": {
                    "OwnershipControls": {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
                }
            },
            columns=fields("ObjectOwnership"),
        ),
        Call(
            "GetBucketVersioning",
            given=_BUCKET,
            columns={"versioning_status": "Status || 'Disabled'", "mfa_delete": "MFADelete || 'Disabled'"},
        ),
        Call("GetBucketAcl", given=_BUCKET, columns={"owner_id": "Owner.ID"}),
        Call(
            "GetBucketReplication",
            given=_BUCKET,
            items="ReplicationConfiguration",
            permission="s3:GetReplicationConfiguration",
            empty={"ReplicationConfigurationNotFoundError": {}},
        ),
        Call(
            "GetObjectLockConfiguration",
            given=_BUCKET,
            items="ObjectLockConfiguration",
            permission="s3:GetBucketObjectLockConfiguration",
            empty={"ObjectLockConfigurationNotFoundError": {}},
            columns={
                "object_lock_enabled": lambda lock, _: (
                    bool(lock) and lock.get("ObjectLockEnabled") == "Enabled"
                ),
                "object_lock_configuration": "@",
            },
        ),
        Call(
            "GetBucketLogging",
            given=_BUCKET,
            items="LoggingEnabled",
            columns={"logging_enabled": "@", "logging_target_bucket": "TargetBucket"},
        ),
        Call(
            "GetBucketTagging",
            given=_BUCKET,
            items="TagSet",
            empty={"NoSuchTagSet": {"TagSet": []}},
            columns={"tags": as_object()},
        ),
    ),
)


def _of_buckets(name: str, operation: str, items: str, columns: dict[str, Column]) -> Table:
    """A table read from an answer about each bucket."""
    return Table(
        name=name,
        service="s3",
        each=Each.ACCOUNT,
        parent=BUCKETS,
        inherit={"bucket_arn": "arn"},
        list=Call(operation, items=items, columns=columns),
    )


BUCKET_ENCRYPTION_RULES = _of_buckets(
    "aws_s3_bucket_encryption_rules",
    "GetBucketEncryption",
    "@",
    fields(
        _DEFAULT,
        "BucketKeyEnabled",
        sse_algorithm=f"{_DEFAULT}.SSEAlgorithm",
        kms_master_key_id=f"{_DEFAULT}.KMSMasterKeyID",
        blocked_encryption_types="BlockedEncryptionTypes.EncryptionType",
    ),
)
BUCKET_POLICIES = _of_buckets(
    "aws_s3_bucket_policies",
    "GetBucketPolicy",
    "[@] | [?Policy]",
    {"policy_json": parsed("Policy"), "policy": "Policy"},
)
BUCKET_REPLICATIONS = _of_buckets(
    "aws_s3_bucket_replications",
    "GetBucketReplication",
    "[@] | [?Rules]",
    {"role": "Role", "replication_configuration": "@"},
)
BUCKET_GRANTS = _of_buckets(
    "aws_s3_bucket_grants",
    "GetBucketAcl",
    "Grants",
    {
        "grantee_type": "Grantee.Type",
        "grantee_id": "Grantee.ID || Grantee.URI || Grantee.EmailAddress",
        "grantee": "Grantee",
        "permission": "Permission",
    },
)

ACCOUNTS = Table(
    name="aws_s3_accounts",
    service="s3",
    each=Each.ACCOUNT,
    list=Call(
        "GetPublicAccessBlock",
        service="s3control",
        items="PublicAccessBlockConfiguration || `{}`",
        params={"AccountId": ACCOUNT_ID},
        permission="s3:GetAccountPublicAccessBlock",
        empty={"NoSuchPublicAccessBlockConfiguration": {}},
        columns={"config_exists": lambda block, _: bool(block), **_PUBLIC_ACCESS},
    ),
    details=(
        Call(
            "ListBuckets",
            items="Owner",
            params={"MaxBuckets": 10000},
            permission="s3:ListAllMyBuckets",
            columns={"canonical_user_id": "ID"},
        ),
    ),
)

ACCESS_POINTS = Table(
    name="aws_s3_access_points",
    service="s3control",
    each=Each.REGION,
    list=Call(
        "ListAccessPoints",
        items="AccessPointList",
        params={"AccountId": ACCOUNT_ID, "MaxResults": 1000},
        token=("NextToken", "NextToken"),
        permission="s3:ListAccessPoints",
        columns=fields(
            "Name",
            "Bucket",
            "BucketAccountId",
            "Alias",
            "NetworkOrigin",
            "VpcConfiguration",
            arn=access_point_arn,
            access_point_arn=access_point_arn,
            vpc_id="VpcConfiguration.VpcId",
        ),
    ),
    details=(
        Call(
            "GetAccessPoint",
            params={"AccountId": ACCOUNT_ID},
            given=_NAME,
            permission="s3:GetAccessPoint",
            columns=fields(
                "CreationDate",
                block_public_acls="PublicAccessBlockConfiguration.BlockPublicAcls",
                ignore_public_acls="PublicAccessBlockConfiguration.IgnorePublicAcls",
                block_public_policy="PublicAccessBlockConfiguration.BlockPublicPolicy",
                restrict_public_buckets="PublicAccessBlockConfiguration.RestrictPublicBuckets",
            ),
        ),
        Call(
            "GetAccessPointPolicy",
            params={"AccountId": ACCOUNT_ID},
            given=_NAME,
            permission="s3:GetAccessPointPolicy",
            empty={"NoSuchAccessPointPolicy": {"Policy": None}},
            columns={"has_policy": has_policy, "policy": parsed("Policy"), "policy_text": "Policy"},
        ),
        Call(
            "GetAccessPointPolicyStatus",
            params={"AccountId": ACCOUNT_ID},
            given=_NAME,
            items="PolicyStatus",
            when=_may_have_policy("GetAccessPointPolicy"),
            permission="s3:GetAccessPointPolicyStatus",
            empty={"NoSuchAccessPointPolicy": {"PolicyStatus": None}},
            columns={"policy_is_public": "IsPublic"},
        ),
    ),
)
