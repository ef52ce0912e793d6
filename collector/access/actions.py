"""The actions that questions are asked about, and what they come to."""

from __future__ import annotations

from functools import lru_cache

from collector.policy.statement import Patterns

CAPABILITIES: dict[str, tuple[str, ...]] = {
    "decrypt": ("kms:Decrypt", "kms:ReEncryptFrom"),
    "encrypt": ("kms:Encrypt", "kms:ReEncryptTo"),
    "generate": (
        "kms:GenerateDataKey",
        "kms:GenerateDataKeyPair",
        "kms:GenerateDataKeyPairWithoutPlaintext",
        "kms:GenerateDataKeyWithoutPlaintext",
    ),
    "create_grant": ("kms:CreateGrant",),
    "administer": (
        "kms:PutKeyPolicy",
        "kms:RevokeGrant",
        "kms:EnableKey",
        "kms:CreateAlias",
        "kms:UpdateAlias",
        "kms:TagResource",
        "kms:UntagResource",
        "kms:EnableKeyRotation",
        "kms:DisableKeyRotation",
        "kms:ImportKeyMaterial",
        "kms:UpdatePrimaryRegion",
    ),
    "destroy": ("kms:ScheduleKeyDeletion", "kms:DisableKey", "kms:DeleteImportedKeyMaterial"),
}
"""What can be done with a key -> the actions that do it."""

_OTHER_KMS = (
    "kms:CancelKeyDeletion",
    "kms:ConnectCustomKeyStore",
    "kms:CreateCustomKeyStore",
    "kms:CreateKey",
    "kms:Decapsulate",
    "kms:DeleteAlias",
    "kms:DeleteCustomKeyStore",
    "kms:DeriveSharedSecret",
    "kms:DescribeCustomKeyStores",
    "kms:DescribeKey",
    "kms:DisconnectCustomKeyStore",
    "kms:Encapsulate",
    "kms:GenerateMac",
    "kms:GenerateRandom",
    "kms:GetKeyLastUsage",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:GetParametersForImport",
    "kms:GetPublicKey",
    "kms:ListAliases",
    "kms:ListGrants",
    "kms:ListKeyPolicies",
    "kms:ListKeyRotations",
    "kms:ListKeys",
    "kms:ListResourceTags",
    "kms:ListRetirableGrants",
    "kms:ReplicateKey",
    "kms:RetireGrant",
    "kms:RotateKeyOnDemand",
    "kms:Sign",
    "kms:UpdateCustomKeyStore",
    "kms:UpdateKeyDescription",
    "kms:Verify",
    "kms:VerifyMac",
)
_S3 = (
    "s3:BypassGovernanceRetention",
    "s3:DeleteBucketPolicy",
    "s3:DeleteObject",
    "s3:GetObject",
    "s3:GetObjectVersion",
    "s3:GetObjectVersionForReplication",
    "s3:GetReplicationConfiguration",
    "s3:InitiateReplication",
    "s3:ListBucket",
    "s3:ObjectOwnerOverrideToBucketOwner",
    "s3:PutAccessPointPolicy",
    "s3:PutBucketAcl",
    "s3:PutBucketPolicy",
    "s3:PutEncryptionConfiguration",
    "s3:PutLifecycleConfiguration",
    "s3:PutObject",
    "s3:PutObjectAcl",
    "s3:PutReplicationConfiguration",
    "s3:ReplicateDelete",
    "s3:ReplicateObject",
    "s3:ReplicateTags",
    "s3:UpdateObjectEncryption",
)
_OTHERS = (
    "iam:PassRole",
    "iam:PutRolePolicy",
    "iam:UpdateAssumeRolePolicy",
    "organizations:LeaveOrganization",
    "sts:AssumeRole",
    "sts:AssumeRoleWithSAML",
    "sts:AssumeRoleWithWebIdentity",
)
ACTIONS = tuple(
    sorted(
        {action for actions in CAPABILITIES.values() for action in actions} | {*_OTHER_KMS, *_S3, *_OTHERS}
    )
)
"""Every action of KMS, and those of S3, STS, IAM and Organizations that decide about data or access."""

_LOWERED = tuple((action, action.lower()) for action in ACTIONS)


def covered(patterns: Patterns) -> list[str]:
    """Those of the actions that a statement speaks of."""
    return list(_covered(patterns))


@lru_cache(maxsize=4096)
def _covered(patterns: Patterns) -> tuple[str, ...]:
    return tuple(action for action, lowered in _LOWERED if patterns.fit(lowered) is not patterns.excluded)
