"""KMS: keys, their policies, aliases, grants and rotations, and custom key stores."""

from __future__ import annotations

from collector.collect.document import parsed
from collector.collect.table import Answers, Call, Each, Table, fields
from collector.collect.tags import as_object

_USABLE = {"Enabled", "Disabled"}


def is_customer_key(answers: Answers) -> bool:
    """Whether the key is customer managed, or could not be described."""
    key = answers.get("DescribeKey")
    return key is None or key["KeyManager"] == "CUSTOMER"


def can_rotate(answers: Answers) -> bool:
    """Only symmetric keys with material in KMS rotate: on a schedule (AWS_KMS) or on demand (EXTERNAL too).

    https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html
    """
    key = answers.get("DescribeKey")
    return key is None or (
        key["KeyManager"] == "CUSTOMER"
        and key.get("KeySpec") == "SYMMETRIC_DEFAULT"
        and key["Origin"] in ("AWS_KMS", "EXTERNAL")
    )


def has_rotation_status(answers: Answers) -> bool:
    """A key that is being deleted or has no material cannot be asked for its rotation."""
    key = answers.get("DescribeKey")
    return can_rotate(answers) and (key is None or key["KeyState"] in _USABLE)


KEYS = Table(
    name="aws_kms_keys",
    service="kms",
    each=Each.REGION,
    list=Call("ListKeys", items="Keys", params={"Limit": 1000}, columns=fields("KeyId", arn="KeyArn")),
    details=(
        Call(
            "DescribeKey",
            given={"KeyId": "KeyId"},
            items="KeyMetadata",
            columns=fields(
                "CreationDate",
                "CurrentKeyMaterialId",
                "CustomKeyStoreId",
                "CustomerMasterKeySpec",
                "DeletionDate",
                "Description",
                "Enabled",
                "EncapsulationAlgorithms",
                "EncryptionAlgorithms",
                "ExpirationModel",
                "KeyAgreementAlgorithms",
                "KeyManager",
                "KeySpec",
                "KeyState",
                "KeyUsage",
                "MacAlgorithms",
                "MultiRegion",
                "MultiRegionConfiguration",
                "Origin",
                "PendingDeletionWindowInDays",
                "SigningAlgorithms",
                "ValidTo",
                "XksKeyConfiguration",
                aws_account_id="AWSAccountId",
                cloud_hsm_cluster_id="CloudHsmClusterId",
                multi_region_key_type="MultiRegionConfiguration.MultiRegionKeyType",
                primary_key_arn="MultiRegionConfiguration.PrimaryKey.Arn",
                replica_keys="MultiRegionConfiguration.ReplicaKeys",
                xks_key_id="XksKeyConfiguration.Id",
            ),
        ),
        Call(
            "GetKeyRotationStatus",
            given={"KeyId": "KeyId"},
            when=has_rotation_status,
            columns=fields(
                "RotationPeriodInDays",
                "NextRotationDate",
                "OnDemandRotationStartDate",
                rotation_enabled="KeyRotationEnabled",
            ),
        ),
        Call(
            "ListResourceTags",
            given={"KeyId": "KeyId"},
            items="Tags",
            params={"Limit": 50},
            when=is_customer_key,
            columns={"tags": as_object("TagKey", "TagValue")},
        ),
        Call(
            "GetKeyLastUsage",
            given={"KeyId": "KeyId"},
            option="key_last_usage",
            when=is_customer_key,
            columns=fields(
                last_used_at="KeyLastUsage.Timestamp",
                last_used_operation="KeyLastUsage.Operation",
                last_used_tracking_start="TrackingStartDate",
            ),
        ),
    ),
)

KEY_POLICIES = Table(
    name="aws_kms_key_policies",
    service="kms",
    each=Each.REGION,
    parent=KEYS,
    inherit={"key_arn": "arn"},
    list=Call(
        "GetKeyPolicy",
        given={"KeyId": "KeyId"},
        items="[@]",
        params={"PolicyName": "default"},
        columns=fields(name="PolicyName || 'default'", policy=parsed("Policy"), policy_text="Policy"),
    ),
)

KEY_GRANTS = Table(
    name="aws_kms_key_grants",
    service="kms",
    each=Each.REGION,
    parent=KEYS,
    inherit={"key_arn": "arn"},
    list=Call(
        "ListGrants",
        given={"KeyId": "KeyId"},
        items="Grants",
        params={"Limit": 100},
        columns=fields(
            "GrantId",
            "KeyId",
            "Name",
            "CreationDate",
            "GranteePrincipal",
            "GranteeServicePrincipal",
            "RetiringPrincipal",
            "RetiringServicePrincipal",
            "IssuingAccount",
            "Operations",
            "Constraints",
            encryption_context_equals="Constraints.EncryptionContextEquals",
            encryption_context_subset="Constraints.EncryptionContextSubset",
            source_arn="Constraints.SourceArn",
        ),
    ),
)

KEY_ROTATIONS = Table(
    name="aws_kms_key_rotations",
    service="kms",
    each=Each.REGION,
    parent=KEYS,
    inherit={"key_arn": "arn"},
    list=Call(
        "ListKeyRotations",
        given={"KeyId": "KeyId"},
        items="Rotations",
        params={"Limit": 1000, "IncludeKeyMaterial": "ALL_KEY_MATERIAL"},
        when=can_rotate,
        columns=fields(
            "KeyMaterialId",
            "KeyMaterialDescription",
            "ImportState",
            "KeyMaterialState",
            "ExpirationModel",
            "ValidTo",
            "RotationDate",
            "RotationType",
        ),
    ),
)

ALIASES = Table(
    name="aws_kms_aliases",
    service="kms",
    each=Each.REGION,
    list=Call(
        "ListAliases",
        items="Aliases",
        params={"Limit": 100},
        columns=fields(
            "AliasArn", "AliasName", "CreationDate", "LastUpdatedDate", "TargetKeyId", arn="AliasArn"
        ),
    ),
)

CUSTOM_KEY_STORES = Table(
    name="aws_kms_custom_key_stores",
    service="kms",
    each=Each.REGION,
    list=Call(
        "DescribeCustomKeyStores",
        items="CustomKeyStores",
        params={"Limit": 1000},
        drop=("XksProxyConfiguration.AccessKeyId",),
        columns=fields(
            "CustomKeyStoreId",
            "CustomKeyStoreName",
            "CustomKeyStoreType",
            "CloudHsmClusterId",
            "TrustAnchorCertificate",
            "ConnectionState",
            "ConnectionErrorCode",
            "CreationDate",
            "XksProxyConfiguration",
        ),
    ),
)
