"""Operations on keys of other accounts: some work, and others have no effect."""

from tests.policy.decisions.table import KMS, ROLE, A, allow, row, rule, use_of_b

EXTERNAL = KMS + "key-policy-modifying-external-accounts.html"
EVERYTHING = {"identity": [allow()], "policy": [allow("kms:*", who=[A, ROLE])]}


def across(operation):
    return use_of_b(action=f"kms:{operation}", **EVERYTHING)


RULES = [
    rule(
        "Cryptographic operations on a secret key work across accounts",
        EXTERNAL,
        row("GenerateDataKey", across("GenerateDataKey"), "allowed"),
        row("ReEncryptFrom", across("ReEncryptFrom"), "allowed"),
        row("GenerateMac", across("GenerateMac"), "allowed"),
    ),
    rule(
        "Cryptographic operations on a pair of keys work across accounts",
        EXTERNAL,
        row("Sign", across("Sign"), "allowed"),
        row("DeriveSharedSecret", across("DeriveSharedSecret"), "allowed"),
        row("GenerateDataKeyPairWithoutPlaintext", across("GenerateDataKeyPairWithoutPlaintext"), "allowed"),
    ),
    rule(
        "Looking at a key works across accounts",
        EXTERNAL,
        row("DescribeKey", across("DescribeKey"), "allowed"),
        row("GetKeyRotationStatus", across("GetKeyRotationStatus"), "allowed"),
        row("GetPublicKey", across("GetPublicKey"), "allowed"),
    ),
    rule(
        "Granting works across accounts",
        EXTERNAL,
        row("CreateGrant", across("CreateGrant"), "allowed"),
        row("ListGrants", across("ListGrants"), "allowed"),
        row("RevokeGrant", across("RevokeGrant"), "allowed"),
    ),
    rule(
        "Changing a key from another account has no effect, allowed or not",
        EXTERNAL,
        row("PutKeyPolicy", across("PutKeyPolicy"), "implicit_deny", blocked_by=["resource"]),
        row("ScheduleKeyDeletion", across("ScheduleKeyDeletion"), "implicit_deny", blocked_by=["resource"]),
        row(
            "EnableKeyRotation",
            across("EnableKeyRotation"),
            "implicit_deny",
            legs={"identity": "allow", "resource": "none"},
        ),
    ),
    rule(
        "Nor has reading its policy, its tags or its rotations",
        EXTERNAL,
        row("GetKeyPolicy", across("GetKeyPolicy"), "implicit_deny", blocked_by=["resource"]),
        row("ListResourceTags", across("ListResourceTags"), "implicit_deny"),
        row("ListKeyRotations", across("ListKeyRotations"), "implicit_deny"),
    ),
]
