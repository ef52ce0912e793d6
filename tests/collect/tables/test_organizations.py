"""Organizations from recorded responses: where accounts stand, and the policies that bind them from above."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from collector.collect.fetch import fetch
from collector.collect.pace import Pace
from collector.collect.records import Result
from collector.collect.table import Scope
from collector.collect.tables import organizations
from tests.collect.scripted import Answer, ScriptedTransport
from tests.replay import Collected, collect, names

ACCOUNTS = "aws_organizations_accounts"
UNITS = "aws_organizations_organizational_units"
POLICIES = "aws_organizations_policies"
TARGETS = "aws_organizations_policy_targets"
ROOT, WORKLOADS, SANDBOX, DATA = "r-ab12", "ou-ab12-11111111", "ou-ab12-22222222", "ou-ab12-33333333"
ID = names("organizations")


def first() -> Collected:
    return collect("organizations")


def second() -> Collected:
    return collect("organizations", "second")


def account(name: str, take: str = "first") -> dict[str, Any]:
    return collect("organizations", take).row(ACCOUNTS, name=name)


def test_the_organization_is_told_by_the_account_that_was_asked() -> None:
    row = first().row("aws_organizations")
    assert (row["account_id"], row["request_account_id"]) == ("111122223333", "111122223333")
    assert (row["id"], row["master_account_id"]) == ("o-a1b2c3d4e5", "999988887777")
    assert row["feature_set"] == "ALL"


def test_accounts_are_read_from_all_pages() -> None:
    assert first().asked("ListAccounts") == 2
    assert {row["id"]: row["name"] for row in first().rows(ACCOUNTS)} == {
        "999988887777": "management",
        "111122223333": "lake",
        "222233334444": "shut",
        "333344445555": "new",
    }


@pytest.mark.parametrize(
    ("name", "status", "state"),
    [
        ("lake", "ACTIVE", "ACTIVE"),
        ("shut", "SUSPENDED", "CLOSED"),
        ("new", "PENDING_ACTIVATION", "PENDING_ACTIVATION"),
    ],
)
def test_state_is_the_newer_word_and_stands_in_for_status_where_that_is_gone(
    name: str, status: str, state: str
) -> None:
    assert (account(name)["status"], account(name)["state"]) == (status, state)


def test_an_older_answer_has_only_the_status_which_stands_in_for_the_state() -> None:
    assert (account("shut", "unpathed")["status"], account("shut", "unpathed")["state"]) == (
        "SUSPENDED",
        "SUSPENDED",
    )


def test_paths_say_where_an_account_stands_so_that_nobody_else_is_asked() -> None:
    lake, management = account("lake"), account("management")
    assert lake["path"] == f"o-a1b2c3d4e5/{ROOT}/{WORKLOADS}/{DATA}/"
    assert (lake["parent_id"], lake["organizational_unit_id"]) == (DATA, DATA)
    assert management["path"] == f"o-a1b2c3d4e5/{ROOT}/"
    assert (management["parent_id"], management["organizational_unit_id"]) == (ROOT, None)
    assert first().asked("ListParents") == 0
    assert first().operation(ACCOUNTS, "ListParents").planned == 0


def test_without_paths_the_parents_are_asked_for() -> None:
    lake, management = account("lake", "unpathed"), account("management", "unpathed")
    assert (lake["parent_id"], lake["organizational_unit_id"], lake["path"]) == (DATA, DATA, None)
    assert (management["parent_id"], management["organizational_unit_id"]) == (ROOT, None)
    assert collect("organizations", "unpathed").operation(ACCOUNTS, "ListParents").planned == 3


def test_without_paths_an_account_whose_parent_is_denied_lacks_it() -> None:
    unpathed = collect("organizations", "unpathed")
    assert unpathed.missing(ACCOUNTS, name="shut") == ["ListParents"]
    assert unpathed.missing(ACCOUNTS, name="lake") == []
    assert unpathed.incomplete() == {(ACCOUNTS, "ListParents"): "denied"}


def test_the_management_account_is_known_by_its_arn() -> None:
    assert {row["name"] for row in first().rows(ACCOUNTS) if row["is_management_account"]} == {"management"}
    assert account("management")["joined_method"] == "INVITED"
    assert account("lake")["joined_timestamp"] == datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)


def test_units_are_read_from_all_pages_down_to_the_leaves() -> None:
    units = {row["name"]: (row["id"], row["type"], row["parent_id"]) for row in first().rows(UNITS)}
    assert units == {
        "Root": (ROOT, "ROOT", None),
        "Workloads": (WORKLOADS, "ORGANIZATIONAL_UNIT", ROOT),
        "Sandbox": (SANDBOX, "ORGANIZATIONAL_UNIT", ROOT),
        "Data": (DATA, "ORGANIZATIONAL_UNIT", WORKLOADS),
    }
    assert first().row(UNITS, name="Data")["path"] == f"o-a1b2c3d4e5/{ROOT}/{WORKLOADS}/{DATA}/"
    assert first().asked("ListRoots") == 2
    assert first().asked("ListOrganizationalUnitsForParent") == 5


def test_a_root_says_which_policy_types_are_enabled() -> None:
    assert first().row(UNITS, type="ROOT")["policy_types"] == [
        {"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"},
        {"Type": "RESOURCE_CONTROL_POLICY", "Status": "ENABLED"},
    ]


def test_policies_of_each_type_are_read_from_all_pages_even_after_an_empty_one() -> None:
    assert {row["name"]: (row["type"], row["aws_managed"]) for row in first().rows(POLICIES)} == {
        "FullAWSAccess": ("SERVICE_CONTROL_POLICY", True),
        "deny-leaving": ("SERVICE_CONTROL_POLICY", False),
        "RCPFullAWSAccess": ("RESOURCE_CONTROL_POLICY", True),
        "perimeter": ("RESOURCE_CONTROL_POLICY", False),
        "no-public-buckets": ("S3_POLICY", False),
    }
    perimeter = first().row(POLICIES, name="perimeter")
    assert perimeter["content"]["Statement"][0]["Action"] == ["s3:*", "kms:*"]
    assert perimeter["content_text"].startswith('{"Version"')


def test_targets_are_read_from_all_pages() -> None:
    targets = first().rows(TARGETS, policy_id=ID["deny-leaving"])
    assert [(row["target_id"], row["type"], row["name"]) for row in targets] == [
        (WORKLOADS, "ORGANIZATIONAL_UNIT", "Workloads"),
        ("333344445555", "ACCOUNT", "new"),
    ]
    assert {row["policy_type"] for row in targets} == {"SERVICE_CONTROL_POLICY"}
    assert first().rows(TARGETS, policy_id=ID["no-public-buckets"]) == []


def test_the_second_time_an_account_that_left_is_gone() -> None:
    assert {row["name"] for row in second().rows(ACCOUNTS)} == {"management", "lake", "shut"}
    assert second().operation(ACCOUNTS, "ListAccounts").rows == 3


def test_the_second_time_a_policy_whose_document_is_denied_lacks_it() -> None:
    perimeter = second().row(POLICIES, name="perimeter")
    assert not {"content", "content_text"} & set(perimeter)
    assert second().missing(POLICIES, name="perimeter") == ["DescribePolicy"]
    assert second().missing(POLICIES, name="deny-leaving") == []
    assert len(second().rows(TARGETS, policy_id=ID["perimeter"])) == 1
    assert second().incomplete() == {(POLICIES, "DescribePolicy"): "denied"}
    record = second().operation(POLICIES, "DescribePolicy")
    assert (record.planned, record.failed, record.columns) == (5, 1, ("content", "content_text"))


def test_an_account_outside_any_organization_lacks_nothing() -> None:
    alone = collect("organizations", "alone")
    assert alone.result.rows == []
    assert alone.incomplete() == {}
    listing = alone.operation("aws_organizations", "DescribeOrganization")
    assert (listing.outcome.value, listing.failure.code) == ("disabled", "AWSOrganizationsNotInUseException")


def test_an_account_outside_any_organization_has_no_policies_to_list() -> None:
    assert collect("organizations", "alone").operation(POLICIES, "ListPolicies").outcome.value == "disabled"


def scripted(**answers: Answer) -> Result:
    """The accounts and units as a script answers."""
    lake = {
        "Id": "111122223333",
        "Arn": "arn:aws:organizations::999988887777:account/o-a1b2c3d4e5/111122223333",
    }
    root = {"Id": ROOT, "Arn": "arn:aws:organizations::999988887777:root/o-a1b2c3d4e5/r-ab12"}
    script = {
        "ListAccounts": {"Accounts": [lake]},
        "ListParents": {"Parents": [{"Id": ROOT, "Type": "ROOT"}]},
        "ListRoots": {"Roots": [root]},
        "ListOrganizationalUnitsForParent": {"OrganizationalUnits": []},
    }
    tables = (organizations.ACCOUNTS, organizations.ORGANIZATIONAL_UNITS)
    scope = Scope("organizations", "111122223333", "global")
    return asyncio.run(fetch(scope, tables, ScriptedTransport({**script, **answers}), Pace(4)))


def test_an_empty_page_of_parents_breaks_nothing() -> None:
    assert len(scripted(ListParents={"Parents": []}).rows) == 2


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        ("ListParents", "ChildNotFoundException"),
        ("ListOrganizationalUnitsForParent", "ParentNotFoundException"),
    ],
)
def test_what_is_removed_between_two_calls_is_no_failure(operation: str, code: str) -> None:
    assert scripted(**{operation: code}).complete
