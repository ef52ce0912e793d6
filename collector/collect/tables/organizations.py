"""Organizations: the organization, its units and accounts, and the policies that bind them from above."""

from __future__ import annotations

from typing import Any

from collector.collect.document import parsed
from collector.collect.table import Answers, Call, Column, Each, Scope, Table, fields

_POLICY_TYPES = ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY", "S3_POLICY")


def asked(_: Any, scope: Scope) -> str:
    """The account that was asked."""
    return scope.account_id


def parent_path(account: dict[str, Any], _: Scope) -> str | None:
    """`o-.../r-.../ou-.../` of `o-.../r-.../ou-.../111122223333/`. None: the answer has no paths."""
    paths = account.get("Paths")
    return paths[0].rstrip("/").rpartition("/")[0] + "/" if paths else None


def parent_id(account: dict[str, Any], scope: Scope) -> str | None:
    """The root or unit that an account stands directly under."""
    path = parent_path(account, scope)
    return path.rstrip("/").rpartition("/")[2] if path else None


def unit_id(account: dict[str, Any], scope: Scope) -> str | None:
    """The unit that an account stands directly under; None directly under the root."""
    parent = parent_id(account, scope) or ""
    return parent if parent.startswith("ou-") else None


def is_management_account(account: dict[str, Any], _: Scope) -> bool:
    """An account's ARN names the management account, then the account itself."""
    return str(account["Arn"]).split(":")[4] == str(account["Id"])


def has_no_path(answers: Answers) -> bool:
    """Whether the listing left out where the account stands."""
    return not answers["ListAccounts"].get("Paths")


def unit_type(unit: dict[str, Any], _: Scope) -> str:
    """Roots and units come from two listings and differ by their ids."""
    return "ROOT" if unit["Id"].startswith("r-") else "ORGANIZATIONAL_UNIT"


_ASKED: dict[str, Column] = {"request_account_id": asked}

ORGANIZATIONS = Table(
    name="aws_organizations",
    service="organizations",
    each=Each.ORGANIZATION,
    list=Call(
        "DescribeOrganization",
        items="Organization",
        columns=fields(
            "Arn",
            "Id",
            "FeatureSet",
            "MasterAccountArn",
            "MasterAccountId",
            "MasterAccountEmail",
            **_ASKED,
        ),
    ),
)

ACCOUNTS = Table(
    name="aws_organizations_accounts",
    service="organizations",
    each=Each.ORGANIZATION,
    list=Call(
        "ListAccounts",
        items="Accounts",
        params={"MaxResults": 20},
        columns=fields(
            "Arn",
            "Id",
            "Name",
            "Email",
            "JoinedMethod",
            "JoinedTimestamp",
            status="Status || State",
            state="State || Status",
            parent_id=parent_id,
            organizational_unit_id=unit_id,
            path=parent_path,
            is_management_account=is_management_account,
            **_ASKED,
        ),
    ),
    details=(
        Call(
            "ListParents",
            given={"ChildId": "Id"},
            items="Parents",
            when=has_no_path,
            columns={"parent_id": "[0].Id", "organizational_unit_id": "[?starts_with(Id, 'ou-')].Id | [0]"},
        ),
    ),
)

ORGANIZATIONAL_UNITS = Table(
    name="aws_organizations_organizational_units",
    service="organizations",
    each=Each.ORGANIZATION,
    list=Call(
        "ListRoots",
        items="Roots",
        params={"MaxResults": 20},
        columns=fields(
            "Arn",
            "Id",
            "Name",
            "ParentId",
            "Path",
            "PolicyTypes",
            type=unit_type,
            **_ASKED,
        ),
    ),
    tree=Call(
        "ListOrganizationalUnitsForParent",
        given={"ParentId": "Id"},
        items="OrganizationalUnits",
        params={"MaxResults": 20},
    ),
)

POLICIES = Table(
    name="aws_organizations_policies",
    service="organizations",
    each=Each.ORGANIZATION,
    list=Call(
        "ListPolicies",
        items="Policies",
        over=("Filter", _POLICY_TYPES),
        params={"MaxResults": 20},
        columns=fields("Arn", "Id", "Name", "Description", "Type", "AwsManaged"),
    ),
    details=(
        Call(
            "DescribePolicy",
            given={"PolicyId": "Id"},
            items="Policy",
            columns=fields(content=parsed("Content"), content_text="Content"),
        ),
    ),
)

POLICY_TARGETS = Table(
    name="aws_organizations_policy_targets",
    service="organizations",
    each=Each.ORGANIZATION,
    parent=POLICIES,
    inherit={"policy_arn": "arn", "policy_id": "id", "policy_type": "type"},
    list=Call(
        "ListTargetsForPolicy",
        given={"PolicyId": "Id"},
        items="Targets",
        params={"MaxResults": 20},
        columns=fields("TargetId", "Type", "Name", "Arn"),
    ),
)
