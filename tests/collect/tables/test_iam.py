"""IAM from recorded responses: one listing that fills many tables, and two that complete it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.replay import Collected, collect

ROLES, USERS, POLICIES = "aws_iam_roles", "aws_iam_users", "aws_iam_policies"
LOADER = "arn:aws:iam::111122223333:role/data/loader"
ANA = "arn:aws:iam::111122223333:user/people/ana"
ANALYSTS = "arn:aws:iam::111122223333:group/people/analysts"
WORKLOAD = "arn:aws:iam::111122223333:policy/boundaries/workload"
READ_ONLY = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
TABLES = (
    ROLES,
    "aws_iam_role_policies",
    "aws_iam_role_attached_policies",
    USERS,
    "aws_iam_user_policies",
    "aws_iam_user_attached_policies",
    "aws_iam_groups",
    "aws_iam_group_policies",
    "aws_iam_group_attached_policies",
    POLICIES,
    "aws_iam_policy_versions",
)


def first() -> Collected:
    return collect("iam")


def second() -> Collected:
    return collect("iam", "second")


def role(name: str) -> dict[str, Any]:
    return first().row(ROLES, role_name=name)


def test_one_listing_fills_all_tables_and_each_of_its_pages_is_asked_for_once() -> None:
    asked = [request.operation for request in first().requests if request.service == "iam"]
    assert sorted(asked) == [
        "GetAccountAuthorizationDetails",
        "GetAccountAuthorizationDetails",
        "ListRoles",
        "ListRoles",
        "ListUsers",
        "ListUsers",
    ]
    assert [len(first().rows(table)) for table in TABLES] == [3, 1, 2, 2, 1, 1, 1, 1, 1, 2, 2]


def test_every_row_is_global() -> None:
    assert {(row["account_id"], row["region"]) for _, row, _ in first().result.rows} == {
        ("111122223333", "global")
    }


def test_roles_are_read_from_all_pages_of_both_listings() -> None:
    assert {row["role_name"]: row["max_session_duration"] for row in first().rows(ROLES)} == {
        "loader": 43200,
        "AWSServiceRoleForSupport": 3600,
        "old-migration": 3600,
    }
    assert role("loader")["description"] == "Loads what partners send"
    assert role("old-migration")["description"] is None


def test_a_role_has_its_trust_boundary_tags_and_last_use() -> None:
    loader = role("loader")
    assert loader["assume_role_policy_document"] == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::444455556666:root"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    assert loader["assume_role_policy_text"].startswith('{"Version":"2012-10-17"')
    assert loader["permissions_boundary_arn"] == WORKLOAD
    assert loader["tags"] == {"team": "analytics + data"}
    assert loader["last_used_date"] == datetime(2026, 10, 30, 11, 12, 13, tzinfo=UTC)
    assert loader["last_used_region"] == "eu-west-1"


def test_a_role_that_was_never_used_says_so_and_one_without_boundary_has_none() -> None:
    old = role("old-migration")
    assert (old["role_last_used"], old["last_used_date"]) == ({}, None)
    assert (old["permissions_boundary"], old["tags"]) == (None, {})
    assert old["assume_role_policy_document"]["Statement"][0]["Principal"] == {"AWS": "AROAIOSFODNN7DELETED9"}


def test_the_policies_of_a_role_stand_in_their_own_tables() -> None:
    inline = first().row("aws_iam_role_policies")
    assert (inline["role_arn"], inline["policy_name"]) == (LOADER, "decrypt")
    assert inline["policy_document"]["Statement"][0]["Action"] == ["kms:Decrypt", "kms:DescribeKey"]
    assert '"arn:aws:kms:eu-west-1:444455556666:key/*"' in inline["policy_text"]
    attached = first().row("aws_iam_role_attached_policies", role_arn=LOADER)
    assert (attached["policy_arn"], attached["policy_name"]) == (READ_ONLY, "AmazonS3ReadOnlyAccess")


def test_users_have_their_groups_and_the_last_use_of_their_password() -> None:
    ana, bot = first().row(USERS, user_name="ana"), first().row(USERS, user_name="build-bot")
    assert (ana["groups"], bot["groups"]) == (["analysts"], [])
    assert ana["password_last_used"] == datetime(2026, 11, 1, 9, 8, 7, tzinfo=UTC)
    assert bot["password_last_used"] is None
    assert ana["permissions_boundary"]["PermissionsBoundaryArn"] == WORKLOAD
    assert ana["tags"] == {"cost-centre": "42"}
    assert first().row("aws_iam_user_policies")["policy_document"]["Statement"][0]["Action"] == "kms:ListKeys"
    assert first().row("aws_iam_user_attached_policies")["user_id"] == "AIDAIOSFODNN7ANA00001"
    assert first().row("aws_iam_user_attached_policies")["user_arn"] == ANA


def test_groups_have_their_policies() -> None:
    assert first().row("aws_iam_groups")["group_id"] == "AGPAIOSFODNN7ANALYST1"
    assert first().row("aws_iam_group_policies")["policy_name"] == "read-lake"
    attached = first().row("aws_iam_group_attached_policies")
    assert (attached["group_arn"], attached["policy_arn"]) == (ANALYSTS, READ_ONLY)


def test_policies_are_the_accounts_own_or_those_of_aws_and_only_the_version_in_effect_is_kept() -> None:
    own, of_aws = first().row(POLICIES, arn=WORKLOAD), first().row(POLICIES, arn=READ_ONLY)
    assert (own["is_aws_managed"], of_aws["is_aws_managed"]) == (False, True)
    assert (own["attachment_count"], own["permissions_boundary_usage_count"]) == (1, 2)
    version = first().row("aws_iam_policy_versions", policy_arn=WORKLOAD)
    assert (version["version_id"], version["is_default_version"]) == ("v2", True)
    assert version["document_json"]["Statement"][0]["Action"] == ["s3:*", "kms:Decrypt"]
    assert version["document"].startswith('{"Version"')


def test_the_second_time_a_deleted_role_is_gone() -> None:
    assert {row["role_name"] for row in second().rows(ROLES)} == {"loader", "AWSServiceRoleForSupport"}


@pytest.mark.parametrize("name", ["loader", "AWSServiceRoleForSupport"])
def test_the_second_time_what_a_denied_listing_would_add_is_missing_in_every_role(name: str) -> None:
    assert not {"description", "max_session_duration"} & set(second().row(ROLES, role_name=name))
    assert second().missing(ROLES, role_name=name) == ["ListRoles"]


def test_the_second_time_the_record_names_the_columns_that_are_missing() -> None:
    assert first().incomplete() == {}
    assert second().incomplete() == {(ROLES, "ListRoles"): "denied"}
    record = second().operation(ROLES, "ListRoles")
    assert record.columns == ("description", "max_session_duration")
    assert (record.planned, record.failed, record.failure.code) == (1, 1, "AccessDenied")
    assert second().operation(ROLES, "GetAccountAuthorizationDetails").rows == 2
