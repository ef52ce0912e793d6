"""What single services make of policies: the facts that the evaluation needs."""

from __future__ import annotations

import re
from functools import lru_cache

from collector.policy.truth import Truth

KMS_ACROSS_ACCOUNTS = frozenset(
    f"kms:{operation}".lower()
    for operation in (
        "CreateGrant",
        "Decapsulate",
        "Decrypt",
        "DeriveSharedSecret",
        "DescribeKey",
        "Encapsulate",
        "Encrypt",
        "GenerateDataKey",
        "GenerateDataKeyPair",
        "GenerateDataKeyPairWithoutPlaintext",
        "GenerateDataKeyWithoutPlaintext",
        "GenerateMac",
        "GetKeyRotationStatus",
        "GetPublicKey",
        "ListGrants",
        "ReEncryptFrom",
        "ReEncryptTo",
        "RetireGrant",
        "RevokeGrant",
        "Sign",
        "Verify",
        "VerifyMac",
    )
)
"""What principals of other accounts can do with a key; allowing them more has no effect.

https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html
"""

_UNDER_RCPS = frozenset(
    {
        "aoss",
        "codebuild",
        "cognito-identity",
        "cognito-idp",
        "dynamodb",
        "ecr",
        "events",
        "kms",
        "logs",
        "s3",
        "secretsmanager",
        "sqs",
        "sts",
    }
)
_NOT_UNDER_RCPS = frozenset(
    {"backup", "ec2", "elasticfilesystem", "iam", "kinesis", "lambda", "rds", "redshift", "sns"}
)


RETIRE = "kms:retiregrant"
"""Only grants and IAM policies decide about it.

https://docs.aws.amazon.com/kms/latest/developerguide/grant-delete.html
"""

IN_IAM_ONLY = ("aws:resourcetag/", "kms:resourcealiases")
"""Beginnings of condition keys about a KMS key that its own policy cannot use.

https://docs.aws.amazon.com/kms/latest/developerguide/abac.html
"""

_KEY = re.compile(r"arn:[^:]*:kms:[^:]*:[^:]*:key/")
_ROLE = re.compile(r"arn:[^:]*:iam:[^:]*:[^:]*:role/")


def is_key(resource: str) -> bool:
    """Whether an ARN is a KMS key's."""
    return _KEY.match(resource) is not None


def is_role(resource: str) -> bool:
    """Whether an ARN is an IAM role's."""
    return _ROLE.match(resource) is not None


def decides_itself(action: str, resource: str) -> bool:
    """Whether a policy of the resource must allow, even within its account.

    A key's policy must, and a role's trust policy where the role is assumed. The action is in lower case.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics.html
    https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html
    """
    return is_key(resource) or (action.startswith("sts:assume") and is_role(resource))


@lru_cache(maxsize=4096)
def under_rcps(action: str) -> Truth:
    """Whether resource control policies bind an action, given in lower case. Open: not looked up.

    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html
    """
    if action == RETIRE:
        return False
    service = action.partition(":")[0]
    if service in _UNDER_RCPS:
        return True
    return False if service in _NOT_UNDER_RCPS else None
