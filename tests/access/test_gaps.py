"""What is missing from an inventory: it makes verdicts unknown, never allowed or blocked."""

from __future__ import annotations

import pytest

from collector.access.gaps import Gaps
from collector.access.identities import TABLES as IDENTITIES
from collector.access.sources import sources
from tests.access.words import (
    AUDIT,
    COMPUTE,
    DATA,
    DELEGATED,
    ETL,
    FAR,
    KEY,
    LAKE,
    MANAGEMENT,
    ON_KEY,
    OWN_S3,
    POINT,
    REGION,
    allow,
    deny,
    role,
)

KEYS, POLICIES = "aws_kms_keys", "aws_kms_key_policies"


def gaps(inventory):
    inventory.accounts.add(DATA)
    inventory.ledger()
    return Gaps.read(inventory.ask)


def test_a_listing_that_came_to_an_end_is_complete(inventory):
    found = gaps(inventory)
    assert found.listed(KEYS, DATA, REGION) and found.listed("aws_iam_roles", DATA)


def test_a_listing_that_failed_is_not(inventory):
    inventory.breaks(KEYS, DATA, FAR)
    found = gaps(inventory)
    assert not found.listed(KEYS, DATA, FAR)
    assert found.listed(KEYS, DATA, REGION)


def test_a_listing_that_was_never_attempted_is_not(inventory):
    inventory.forget(KEYS, DATA)
    found = gaps(inventory)
    assert not found.listed(KEYS, DATA, REGION)
    assert not found.listed(POLICIES, AUDIT, REGION)


def test_where_the_regions_are_not_known_nothing_is_listed(inventory):
    inventory._row(
        "sync_scopes",
        run_id="r0",
        table_name=KEYS,
        account_id=DATA,
        region="*",
        operation="ListKeys",
        outcome="not_attempted",
        started_at="2026-07-02T00:00:00Z",
    )
    inventory.forget(KEYS, DATA)
    inventory.accounts.add(DATA)
    rows = inventory.rows.pop("sync_scopes")
    inventory.ledger()
    inventory.rows["sync_scopes"] = rows
    found = Gaps.read(inventory.ask)
    assert (KEYS, DATA) in found.everywhere
    assert not found.listed(KEYS, DATA, REGION)


@pytest.mark.parametrize("outcome", ["gone", "disabled", "unsupported"])
def test_outcomes_that_are_complete(inventory, outcome):
    inventory.accounts.add(DATA)
    inventory.ledger()
    inventory.ask(f"update sync_scopes set outcome = '{outcome}' where table_name = '{KEYS}'")
    assert Gaps.read(inventory.ask).listed(KEYS, DATA, REGION)


@pytest.mark.parametrize("outcome", ["denied", "throttled", "error", "not_attempted"])
def test_outcomes_that_are_not(inventory, outcome):
    inventory.accounts.add(DATA)
    inventory.ledger()
    inventory.ask(f"update sync_scopes set outcome = '{outcome}' where table_name = '{KEYS}'")
    assert not Gaps.read(inventory.ask).listed(KEYS, DATA, REGION)


def test_the_latest_attempt_counts(inventory):
    inventory.accounts.add(DATA)
    inventory.ledger()
    inventory.ask(
        "insert into sync_scopes by name select * replace ('r0' as run_id, 'denied' as outcome, "
        f"timestamptz '2020-01-01' as started_at) from sync_scopes where table_name = '{KEYS}'"
    )
    assert Gaps.read(inventory.ask).listed(KEYS, DATA, REGION)
    inventory.ask("update sync_scopes set started_at = '2030-01-01' where run_id = 'r0'")
    assert not Gaps.read(inventory.ask).listed(KEYS, DATA, REGION)


def test_a_failed_call_about_one_resource_leaves_the_others(inventory):
    inventory.fails(POLICIES, DATA, KEY)
    found = gaps(inventory)
    assert found.listed(POLICIES, DATA, REGION)
    assert not found.answered(POLICIES, KEY)
    assert found.answered(POLICIES, KEY + "0") and found.answered(KEYS, KEY)


def test_a_column_that_failed_leaves_the_listing_complete(inventory):
    inventory.accounts.add(DATA)
    inventory.ledger()
    inventory.ask(
        "insert into sync_scopes by name select * replace ('Describe' as operation, "
        f"['key_state'] as columns, 'denied' as outcome) from sync_scopes where table_name = '{KEYS}'"
    )
    assert Gaps.read(inventory.ask).listed(KEYS, DATA, REGION)


def whole(inventory):
    """The usual path, on which every table has a say."""
    inventory.shared(own=[OWN_S3, allow("kms:Decrypt", KEY)], key=[DELEGATED, ON_KEY])
    inventory.organization()


def test_with_everything_collected_the_path_is_allowed(inventory):
    whole(inventory)
    assert inventory.path()["verdict"] == "allowed"


PATHS = sorted(sources("cross_account_paths", ()))
ELSEWHERE = {"aws_s3_access_points", "aws_s3_accounts", "aws_kms_aliases", "aws_organizations"}
"""That this path does not need: its policy is not public, and missing rows are missing paths."""


def owner(table):
    if table.startswith("aws_organizations"):
        return MANAGEMENT
    return COMPUTE if table in IDENTITIES else DATA


@pytest.mark.parametrize("table", sorted(set(PATHS) - ELSEWHERE))
def test_a_listing_that_failed_keeps_a_path_from_being_allowed(inventory, table):
    whole(inventory)
    inventory.breaks(table, owner(table))
    assert inventory.path()["verdict"] == "unknown"


@pytest.mark.parametrize(
    "table", ["aws_iam_policy_versions", "aws_kms_key_grants", "aws_organizations_policies"]
)
def test_a_listing_that_was_never_made_keeps_a_path_from_being_allowed(inventory, table):
    whole(inventory)
    inventory.forget(table, owner(table))
    assert inventory.path()["verdict"] == "unknown"


LACKING = [
    # table, whose, and the path of which it holds the missing piece
    *((table, COMPUTE, {"own": [OWN_S3]}, "kms_identity") for table in IDENTITIES[:4]),
    ("aws_kms_key_grants", DATA, {"key": [DELEGATED]}, "key_grant"),
    *((f"aws_organizations_{name}", MANAGEMENT, {}, "scp") for name in ("policies", "policy_targets")),
]


@pytest.mark.parametrize(("table", "account", "given", "leg"), LACKING)
def test_a_listing_that_failed_keeps_a_path_from_being_blocked(inventory, table, account, given, leg):
    inventory.shared(**given)
    inventory.organization(bare=["ou-work"] if leg == "scp" else ())
    inventory.breaks(table, account)
    row = inventory.path()
    assert (row[leg], row["verdict"], row["blocked_by"]) == ("unknown", "unknown", [])


CALLS = [
    ("aws_kms_key_policies", DATA, KEY, {}),
    ("aws_kms_key_grants", DATA, KEY, {"key": [DELEGATED]}),
    ("aws_s3_bucket_policies", DATA, LAKE, {}),
    ("aws_s3_bucket_encryption_rules", DATA, LAKE, {}),
]


@pytest.mark.parametrize(("table", "account", "resource", "given"), CALLS)
def test_a_call_that_failed_makes_its_path_unknown(inventory, table, account, resource, given):
    inventory.shared(**given)
    inventory.fails(table, account, resource)
    assert (inventory.path()["verdict"], inventory.path()["blocked_by"]) == ("unknown", [])


def test_the_targets_of_a_policy_that_could_not_be_listed_are_not_none(inventory):
    inventory.shared()
    inventory.organization(scps={"ou-work": [deny("kms:*")]})
    policy = f"arn:aws:organizations::{MANAGEMENT}:policy/scp-ou-work"
    inventory.ask(f"delete from aws_organizations_policy_targets where policy_arn = '{policy}'")
    inventory.fails("aws_organizations_policy_targets", MANAGEMENT, policy)
    assert inventory.path()["verdict"] == "unknown"


def test_a_policy_of_the_organization_that_could_not_be_read_is_not_none(inventory):
    inventory.shared()
    inventory.organization(scps={"ou-work": None})
    assert (inventory.path()["scp"], inventory.path()["verdict"]) == ("unknown", "unknown")


NULLS = [
    ("aws_s3_buckets", "sse_algorithm"),
    ("aws_s3_buckets", "has_policy"),
    ("aws_s3_buckets", "policy_is_public"),
    ("aws_kms_keys", "key_state"),
    ("aws_kms_keys", "key_manager"),
    ("aws_kms_key_policies", "policy_text"),
    ("aws_iam_role_policies", "policy_text"),
    ("aws_organizations_policies", "content_text"),
    ("aws_organizations_accounts", "parent_id"),
]


@pytest.mark.parametrize(("table", "column"), NULLS)
def test_a_column_that_was_never_read_keeps_a_path_from_being_decided(inventory, table, column):
    whole(inventory)
    inventory.ask(f"update {table} set {column} = null")
    assert (inventory.path()["verdict"], inventory.path()["blocked_by"]) == ("unknown", [])


@pytest.mark.parametrize(
    ("table", "resource", "columns"),
    [
        ("aws_kms_keys", KEY, "key_state, key_manager"),
        ("aws_s3_buckets", LAKE, "policy_is_public"),
        ("aws_s3_buckets", LAKE, "restrict_public_buckets"),
    ],
)
def test_a_detail_that_failed_this_time_is_not_taken_from_the_last(inventory, table, resource, columns):
    inventory.shared(restrict_public_buckets=False)
    inventory.fails(table, DATA, resource)
    assert inventory.path()["verdict"] == "unknown"


def test_an_access_point_whose_policy_could_not_be_read(inventory):
    inventory.shared(own=[OWN_S3, allow("s3:GetObject", f"{POINT}/object/*")])
    inventory.access_point(allow("s3:GetObject", f"{POINT}/object/*", to=ETL))
    inventory.fails("aws_s3_access_points", DATA, POINT)
    row = inventory.path(access_point_arn=POINT)
    assert (row["access_point_policy"], row["verdict"]) == ("unknown", "blocked")
    assert row["blocked_by"] == ["bucket_policy"] or row["bucket_policy"] == "allow"


def test_a_broken_key_policy_has_no_certain_row_of_key_access(inventory):
    inventory.shared(key=[DELEGATED])
    inventory.fails("aws_kms_key_policies", DATA, KEY)
    inventory.role("reader", DATA, allow("kms:Decrypt"))
    found = {row["principal_arn"]: row["verdict"] for row in inventory.key_access()}
    assert set(found.values()) == {"unknown"} and role(DATA, "reader") in found
