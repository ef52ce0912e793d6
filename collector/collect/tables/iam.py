"""IAM: roles, users, groups and policies, all from one listing of the account's authorization details."""

from __future__ import annotations

from typing import Any

from collector.collect.document import parsed, text
from collector.collect.table import Call, Column, Each, Scope, Table, fields
from collector.collect.tags import as_object


def is_aws_managed(policy: dict[str, Any], _: Scope) -> bool:
    """Whether AWS owns the policy: its ARN has `aws` where the account stands."""
    return str(policy["Arn"]).split(":")[4] == "aws"


def _details(items: str, columns: dict[str, Column]) -> Call:
    """The one listing, seen from one of the tables it fills. Paged at the most the API allows."""
    return Call("GetAccountAuthorizationDetails", items=items, params={"MaxItems": 1000}, columns=columns)


def _children(
    parent: Table, inherit: dict[str, str], name: str, items: str, columns: dict[str, Column]
) -> Table:
    """A table read from the parent's entry in the listing."""
    return Table(
        name=name,
        service="iam",
        each=Each.ACCOUNT,
        parent=parent,
        inherit=inherit,
        list=_details(items, columns),
    )


_INLINE = fields(
    "PolicyName",
    policy_document=parsed("PolicyDocument", encoded=True),
    policy_text=text("PolicyDocument"),
)
_ATTACHED = fields("PolicyArn", "PolicyName")
_OF_ROLE = {"role_arn": "arn", "role_name": "role_name"}
_OF_USER = {"user_arn": "arn", "user_id": "user_id", "user_name": "user_name"}
_OF_GROUP = {"group_arn": "arn", "group_name": "group_name"}

ROLES = Table(
    name="aws_iam_roles",
    service="iam",
    each=Each.ACCOUNT,
    list=_details(
        "RoleDetailList",
        fields(
            "Arn",
            "CreateDate",
            "Path",
            "RoleId",
            "RoleName",
            "PermissionsBoundary",
            "RoleLastUsed",
            assume_role_policy_document=parsed("AssumeRolePolicyDocument", encoded=True),
            assume_role_policy_text=text("AssumeRolePolicyDocument"),
            permissions_boundary_arn="PermissionsBoundary.PermissionsBoundaryArn",
            last_used_date="RoleLastUsed.LastUsedDate",
            last_used_region="RoleLastUsed.Region",
            tags=as_object(member="Tags"),
        ),
    ),
    details=(
        Call(
            "ListRoles",
            items="Roles",
            match="Arn",
            params={"MaxItems": 1000},
            columns=fields("Description", "MaxSessionDuration"),
        ),
    ),
)
ROLE_POLICIES = _children(ROLES, _OF_ROLE, "aws_iam_role_policies", "RolePolicyList", _INLINE)
ROLE_ATTACHED_POLICIES = _children(
    ROLES, _OF_ROLE, "aws_iam_role_attached_policies", "AttachedManagedPolicies", _ATTACHED
)

USERS = Table(
    name="aws_iam_users",
    service="iam",
    each=Each.ACCOUNT,
    list=_details(
        "UserDetailList",
        fields(
            "Arn",
            "CreateDate",
            "Path",
            "UserId",
            "UserName",
            "PermissionsBoundary",
            groups="GroupList",
            permissions_boundary_arn="PermissionsBoundary.PermissionsBoundaryArn",
            tags=as_object(member="Tags"),
        ),
    ),
    details=(
        Call(
            "ListUsers",
            items="Users",
            match="Arn",
            params={"MaxItems": 1000},
            columns=fields("PasswordLastUsed"),
        ),
    ),
)
USER_POLICIES = _children(USERS, _OF_USER, "aws_iam_user_policies", "UserPolicyList", _INLINE)
USER_ATTACHED_POLICIES = _children(
    USERS, _OF_USER, "aws_iam_user_attached_policies", "AttachedManagedPolicies", _ATTACHED
)

GROUPS = Table(
    name="aws_iam_groups",
    service="iam",
    each=Each.ACCOUNT,
    list=_details("GroupDetailList", fields("Arn", "CreateDate", "GroupId", "GroupName", "Path")),
)
GROUP_POLICIES = _children(GROUPS, _OF_GROUP, "aws_iam_group_policies", "GroupPolicyList", _INLINE)
GROUP_ATTACHED_POLICIES = _children(
    GROUPS, _OF_GROUP, "aws_iam_group_attached_policies", "AttachedManagedPolicies", _ATTACHED
)

POLICIES = Table(
    name="aws_iam_policies",
    service="iam",
    each=Each.ACCOUNT,
    list=_details(
        "Policies",
        fields(
            "Arn",
            "AttachmentCount",
            "CreateDate",
            "DefaultVersionId",
            "Description",
            "IsAttachable",
            "Path",
            "PermissionsBoundaryUsageCount",
            "PolicyId",
            "PolicyName",
            "UpdateDate",
            id="PolicyId",
            is_aws_managed=is_aws_managed,
        ),
    ),
)
POLICY_VERSIONS = Table(
    name="aws_iam_policy_versions",
    service="iam",
    each=Each.ACCOUNT,
    parent=POLICIES,
    inherit={"policy_arn": "arn"},
    list=_details(
        "PolicyVersionList[?IsDefaultVersion]",
        fields(
            "CreateDate",
            "IsDefaultVersion",
            "VersionId",
            document_json=parsed("Document", encoded=True),
            document=text("Document"),
        ),
    ),
)
