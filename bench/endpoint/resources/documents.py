"""Policy documents of a realistic size: one or two kilobytes, with principals of other accounts in them."""

from __future__ import annotations

import json
from typing import Any

from bench.endpoint.estate import READER, Estate
from bench.endpoint.resources.roles import role_arn
from bench.endpoint.scramble import number

_USE = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
_ADMINISTER = [
    *("kms:Create*", "kms:Describe*", "kms:Enable*", "kms:List*", "kms:Put*", "kms:Update*", "kms:Revoke*"),
    *("kms:Disable*", "kms:Get*", "kms:Delete*", "kms:TagResource", "kms:UntagResource"),
    *("kms:ScheduleKeyDeletion", "kms:CancelKeyDeletion"),
]


def root(account_id: str) -> str:
    """The principal that stands for a whole account."""
    return f"arn:aws:iam::{account_id}:root"


def text(*statements: dict[str, Any], identifier: str = "", indent: int | None = None) -> str:
    """A policy document."""
    head = {"Version": "2012-10-17", **({"Id": identifier} if identifier else {})}
    return json.dumps({**head, "Statement": list(statements)}, indent=indent)


def other_account(estate: Estate, account: int, *parts: object) -> int:
    """An account that shares something with this one; itself where there is no other."""
    if estate.accounts == 1:
        return account
    return (account + 1 + number(estate.accounts - 1, "other", account, *parts)) % estate.accounts


def key_policy(estate: Estate, account: int, region: int, key: int) -> str:
    """The policy of a customer key: root, administrators, users, and every third key another account."""
    account_id = estate.account_id(account)
    name = estate.region_names[region]

    def roles(*indexes: int) -> list[str]:
        return [role_arn(estate, account, index % estate.roles) for index in indexes]

    statements: list[dict[str, Any]] = [
        {
            "Sid": "Enable IAM User Permissions",
            "Effect": "Allow",
            "Principal": {"AWS": root(account_id)},
            "Action": "kms:*",
            "Resource": "*",
        },
        {
            "Sid": "Allow access for Key Administrators",
            "Effect": "Allow",
            "Principal": {"AWS": roles(1, key + 1)},
            "Action": _ADMINISTER,
            "Resource": "*",
        },
        {
            "Sid": "Allow use of the key",
            "Effect": "Allow",
            "Principal": {"AWS": roles(key, key + 2, key + 3)},
            "Action": _USE,
            "Resource": "*",
        },
        {
            "Sid": "Allow attachment of persistent resources",
            "Effect": "Allow",
            "Principal": {"AWS": roles(key)},
            "Action": ["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"],
            "Resource": "*",
            "Condition": {"Bool": {"kms:GrantIsForAWSResource": "true"}},
        },
    ]
    if key % 3 == 0 and estate.accounts > 1:
        other = other_account(estate, account, "key", key)
        outside = role_arn(estate, other, key % estate.roles) if key % 2 else root(estate.account_id(other))
        statements.append(
            {
                "Sid": "Allow use by another account",
                "Effect": "Allow",
                "Principal": {"AWS": outside},
                "Action": _USE,
                "Resource": "*",
                "Condition": {"StringEquals": {"kms:ViaService": f"s3.{name}.amazonaws.com"}},
            }
        )
    if key % 10 == 9:
        statements.append(
            {
                "Sid": "Allow the organization to read",
                "Effect": "Allow",
                "Principal": {"AWS": "*"},
                "Action": ["kms:Decrypt", "kms:DescribeKey"],
                "Resource": "*",
                "Condition": {"StringEquals": {"aws:PrincipalOrgID": estate.organization_id}},
            }
        )
    return text(*statements, identifier="key-default-1", indent=2)


def managed_key_policy(estate: Estate, account: int, region: int, service: str) -> str:
    """The policy of an AWS managed key, which nobody can edit."""
    account_id, name = estate.account_id(account), estate.region_names[region]
    through = {"kms:CallerAccount": account_id, "kms:ViaService": f"{service}.{name}.amazonaws.com"}
    return text(
        {
            "Sid": f"Allow access through {service} for all principals in the account that are authorized",
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": _USE,
            "Resource": "*",
            "Condition": {"StringEquals": through},
        },
        {
            "Sid": "Allow direct access to key metadata to the account",
            "Effect": "Allow",
            "Principal": {"AWS": root(account_id)},
            "Action": ["kms:Describe*", "kms:Get*", "kms:List*"],
            "Resource": "*",
        },
        identifier=f"auto-{service}-2",
        indent=2,
    )


def bucket_policy(estate: Estate, account: int, bucket: int, name: str) -> str:
    """TLS only, and read access for a role and another account; for the organization in ten accounts."""
    arn, objects = f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"
    other = other_account(estate, account, "bucket", bucket)
    shared: dict[str, Any] = {
        "Sid": "ReadByAnotherAccount",
        "Effect": "Allow",
        "Principal": {
            "AWS": [root(estate.account_id(other)), role_arn(estate, other, bucket % estate.roles)]
        },
        "Action": ["s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket"],
        "Resource": [arn, objects],
    }
    if bucket == 2 and account % max(1, estate.accounts // 10) == 0:
        shared |= {"Sid": "ReadByTheOrganization", "Principal": "*"}
        shared["Condition"] = {"StringEquals": {"aws:PrincipalOrgID": estate.organization_id}}
    return text(
        {
            "Sid": "DenyInsecureTransport",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [arn, objects],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
        shared,
        {
            "Sid": "WriteByTheApplication",
            "Effect": "Allow",
            "Principal": {"AWS": role_arn(estate, account, (bucket + 1) % estate.roles)},
            "Action": ["s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"],
            "Resource": objects,
            "Condition": {"StringEquals": {"s3:x-amz-server-side-encryption": ["aws:kms", "AES256"]}},
        },
    )


def trust_policy(estate: Estate, account: int, role: int) -> str:
    """Who may assume a role: the reader is trusted to the management account, most others to a service."""
    statement: dict[str, Any] = {"Effect": "Allow", "Action": "sts:AssumeRole"}
    if role == 0:
        statement["Principal"] = {"AWS": root(estate.management)}
        if estate.external_id:
            statement["Condition"] = {"StringEquals": {"sts:ExternalId": estate.external_id}}
    elif role % 5 == 0:
        other = other_account(estate, account, "role", role)
        statement["Principal"] = {"AWS": role_arn(estate, other, role % estate.roles)}
        statement["Condition"] = {"StringEquals": {"aws:PrincipalOrgID": estate.organization_id}}
    else:
        service = ("ec2", "lambda", "ecs-tasks", "glue")[role % 4]
        statement["Principal"] = {"Service": f"{service}.amazonaws.com"}
    return text(statement)


def reader_policy() -> str:
    """What the reader may do."""
    return text(
        {
            "Sid": READER.rpartition("/")[2].replace("-", ""),
            "Effect": "Allow",
            "Action": [
                "kms:Describe*",
                "kms:Get*",
                "kms:List*",
                "s3:Get*",
                "s3:List*",
                "iam:Get*",
                "iam:List*",
            ],
            "Resource": "*",
        }
    )
