"""IAM's roles, users, groups and policies, as its listings and its authorization details show them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import quote

from bench.endpoint.estate import Estate
from bench.endpoint.resources.documents import other_account, reader_policy, text, trust_policy
from bench.endpoint.resources.keys import Key, key_arn
from bench.endpoint.resources.roles import (
    group_name,
    policy_name,
    role_arn,
    role_name,
    role_path,
    unique_id,
    user_name,
)
from bench.endpoint.resources.when import when

AWS_POLICIES = ("ReadOnlyAccess", "AmazonS3ReadOnlyAccess", "SecurityAudit")
"""AWS managed policies that something in every account is attached to."""
BOUNDARY = 0
"""The index of the policy that bounds every tenth role."""


def encoded(document: str) -> str:
    """A document as IAM sends it."""
    return quote(document, safe="")


def role(estate: Estate, account: int, index: int) -> dict[str, Any]:
    """A role as ListRoles shows it."""
    return {
        **_role_name(estate, account, index),
        "AssumeRolePolicyDocument": encoded(trust_policy(estate, account, index)),
        "Description": f"Role {index} of the applications",
        "MaxSessionDuration": 3600,
    }


def role_details(estate: Estate, account: int, index: int) -> dict[str, Any]:
    """A role as GetAccountAuthorizationDetails shows it."""
    found: dict[str, Any] = {
        **_role_name(estate, account, index),
        "AssumeRolePolicyDocument": encoded(trust_policy(estate, account, index)),
        "InstanceProfileList": [],
        "RolePolicyList": inline("role", estate, account, index),
        "AttachedManagedPolicies": attached("role", estate, account, index),
        **_bounded(estate, account, index),
    }
    if index % 3 == 0:
        found["Tags"] = tags(index)
    if index % 4:
        used = found["CreateDate"] + timedelta(days=90)
        found["RoleLastUsed"] = {"LastUsedDate": used, "Region": estate.region_names[0]}
    return found


def role_one(estate: Estate, account: int, index: int) -> dict[str, Any]:
    """A role as GetRole shows it: with what the listing leaves out."""
    details = role_details(estate, account, index)
    extra = {
        name: details[name] for name in ("Tags", "RoleLastUsed", "PermissionsBoundary") if name in details
    }
    return {**role(estate, account, index), **extra}


def user(estate: Estate, account: int, index: int) -> dict[str, Any]:
    """A user as ListUsers shows it."""
    found: dict[str, Any] = {
        "Path": "/",
        "UserName": user_name(index),
        "UserId": unique_id("AIDA", estate.seed, account, index),
        "Arn": user_arn(estate, account, index),
        "CreateDate": when(estate.seed, "user", account, index),
    }
    if index % 2:
        found["PasswordLastUsed"] = found["CreateDate"] + timedelta(days=90)
    return found


def user_arn(estate: Estate, account: int, index: int) -> str:
    """The ARN of a user."""
    return f"arn:aws:iam::{estate.account_id(account)}:user/{user_name(index)}"


def user_details(estate: Estate, account: int, index: int) -> dict[str, Any]:
    """A user as GetAccountAuthorizationDetails shows it."""
    found = user(estate, account, index)
    found.pop("PasswordLastUsed", None)
    return {
        **found,
        "UserPolicyList": inline("user", estate, account, index),
        "GroupList": groups_of(estate, index),
        "AttachedManagedPolicies": attached("user", estate, account, index),
        "Tags": tags(index),
    }


def groups_of(estate: Estate, index: int) -> list[str]:
    """The groups that a user is in."""
    return [group_name(index % estate.groups)] if estate.groups else []


def group(estate: Estate, account: int, index: int) -> dict[str, Any]:
    """A group as ListGroups shows it."""
    return {
        "Path": "/",
        "GroupName": group_name(index),
        "GroupId": unique_id("AGPA", estate.seed, account, index),
        "Arn": f"arn:aws:iam::{estate.account_id(account)}:group/{group_name(index)}",
        "CreateDate": when(estate.seed, "group", account, index),
    }


def group_details(estate: Estate, account: int, index: int) -> dict[str, Any]:
    """A group as GetAccountAuthorizationDetails shows it."""
    return {
        **group(estate, account, index),
        "GroupPolicyList": inline("group", estate, account, index),
        "AttachedManagedPolicies": attached("group", estate, account, index),
    }


def policy_arn(estate: Estate, account: int, index: int) -> str:
    """The ARN of a policy: the account's own come first, then AWS's."""
    if index >= estate.policies:
        return f"arn:aws:iam::aws:policy/{AWS_POLICIES[index - estate.policies]}"
    return f"arn:aws:iam::{estate.account_id(account)}:policy/{policy_name(index)}"


def policy(estate: Estate, account: int, index: int) -> dict[str, Any]:
    """A policy as ListPolicies shows it."""
    arn = policy_arn(estate, account, index)
    created = when(estate.seed, "policy", arn)
    return {
        "PolicyName": arn.rpartition("/")[2],
        "PolicyId": unique_id("ANPA", estate.seed, arn),
        "Arn": arn,
        "Path": "/",
        "DefaultVersionId": "v1",
        "AttachmentCount": len(range(index, estate.roles, _policies(estate))),
        "PermissionsBoundaryUsageCount": len(range(7, estate.roles, 10)) if index == BOUNDARY else 0,
        "IsAttachable": True,
        "CreateDate": created,
        "UpdateDate": created,
    }


def policy_details(estate: Estate, account: int, index: int) -> dict[str, Any]:
    """A policy as GetAccountAuthorizationDetails shows it: with its default version."""
    return {
        **policy(estate, account, index),
        "PolicyVersionList": [policy_version(estate, account, index)],
    }


def policy_version(estate: Estate, account: int, index: int) -> dict[str, Any]:
    """The only version of a policy."""
    return {
        "Document": encoded(_policy_document(estate, account, index)),
        "VersionId": "v1",
        "IsDefaultVersion": True,
        "CreateDate": when(estate.seed, "policy", policy_arn(estate, account, index)),
    }


def inline(kind: str, estate: Estate, account: int, index: int) -> list[dict[str, Any]]:
    """The policies inside a role, user or group: one for every second role, every fifth user, no group."""
    every = {"role": 2, "user": 5}.get(kind)
    if not every or index % every:
        return []
    reader = kind == "role" and index == 0
    document = reader_policy() if reader else _inline_document(estate, account, index)
    return [{"PolicyName": f"{kind}-inline", "PolicyDocument": encoded(document)}]


def attached(kind: str, estate: Estate, account: int, index: int) -> list[dict[str, str]]:
    """The policies that a role, user or group is attached to."""
    if kind == "user" and index % 2:
        return []
    arn = policy_arn(estate, account, index % _policies(estate))
    return [{"PolicyName": arn.rpartition("/")[2], "PolicyArn": arn}]


def tags(index: int) -> list[dict[str, str]]:
    """Two tags."""
    return [{"Key": "team", "Value": f"team-{index % 7}"}, {"Key": "stage", "Value": "production"}]


def _policies(estate: Estate) -> int:
    return estate.policies + len(AWS_POLICIES)


def _role_name(estate: Estate, account: int, index: int) -> dict[str, Any]:
    return {
        "Path": role_path(index),
        "RoleName": role_name(index),
        "RoleId": unique_id("AROA", estate.seed, account, index),
        "Arn": role_arn(estate, account, index),
        "CreateDate": when(estate.seed, "role", account, index),
    }


def _bounded(estate: Estate, account: int, index: int) -> dict[str, Any]:
    if index % 10 != 7 or not estate.policies:
        return {}
    arn = policy_arn(estate, account, BOUNDARY)
    return {
        "PermissionsBoundary": {
            "PermissionsBoundaryType": "PermissionsBoundaryPolicy",
            "PermissionsBoundaryArn": arn,
        }
    }


def _policy_document(estate: Estate, account: int, index: int) -> str:
    if index >= estate.policies:
        actions = ["kms:Describe*", "kms:Get*", "kms:List*", "s3:Get*", "s3:List*"]
        return text({"Effect": "Allow", "Action": actions, "Resource": "*"})
    broad = index % 10 == 1
    owned = [f"arn:aws:s3:::data-{estate.account_id(account)}-{index % 10}*"]
    keys = [key_arn(estate, Key(account, 0, (index + n) % estate.keys)) for n in range(3) if estate.keys]
    return text(
        {
            "Sid": "Objects",
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:PutObject", "s3:ListBucket"],
            "Resource": ["*"] if broad else owned,
        },
        {
            "Sid": "Keys",
            "Effect": "Allow",
            "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
            "Resource": f"arn:aws:kms:*:{estate.account_id(account)}:key/*" if broad or not keys else keys,
        },
    )


def _inline_document(estate: Estate, account: int, index: int) -> str:
    other = other_account(estate, account, "inline", index)
    outside = [key_arn(estate, Key(other, 0, index % estate.keys))] if estate.keys else ["*"]
    return text(
        {
            "Sid": "ReadSharedData",
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:ListBucket"],
            "Resource": [f"arn:aws:s3:::data-{estate.account_id(other)}-{index % 200:05d}*"],
        },
        {
            "Sid": "DecryptSharedData",
            "Effect": "Allow",
            "Action": "kms:Decrypt",
            "Resource": outside,
            "Condition": {"StringLike": {"kms:ViaService": "s3.*.amazonaws.com"}},
        },
    )
