"""S3 from recorded responses: settings of buckets, wherever they live, and access points."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.replay import Collected, collect

BUCKETS, POINTS, ACCOUNTS = "aws_s3_buckets", "aws_s3_access_points", "aws_s3_accounts"
LAKE, EXPORTS = "arn:aws:s3:::analytics-lake", "arn:aws:s3:::customer-exports"
PLAIN, LEGACY = "arn:aws:s3:::plain-site", "arn:aws:s3:::legacy-records"
SYDNEY = "arn:aws:s3:::sydney-backups"
OWNER = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"
KEY = "arn:aws:kms:us-east-1:111122223333:key/0f1e2d3c-0001-4b5a-8697-a1b2c3d4e5f6"
BLOCKS = ("block_public_acls", "ignore_public_acls", "block_public_policy", "restrict_public_buckets")
DETAILS = [
    "GetBucketAcl",
    "GetBucketEncryption",
    "GetBucketLogging",
    "GetBucketOwnershipControls",
    "GetBucketPolicy",
    "GetBucketPolicyStatus",
    "GetBucketReplication",
    "GetBucketTagging",
    "GetBucketVersioning",
    "GetObjectLockConfiguration",
    "GetPublicAccessBlock",
]


def first() -> Collected:
    return collect("s3")


def second() -> Collected:
    return collect("s3", "second")


def bucket(arn: str) -> dict[str, Any]:
    return first().row(BUCKETS, arn=arn)


def blocks(row: dict[str, Any]) -> list[bool]:
    return [row[column] for column in BLOCKS]


def regions_asked(collected: Collected, name: str) -> set[str]:
    return {request.region for request in collected.requests if f"/{name}?" in request.text}


def test_all_pages_of_the_buckets_are_listed_once_for_two_tables() -> None:
    assert first().asked("ListBuckets") == 2
    assert {row["arn"]: row["region"] for row in first().rows(BUCKETS)} == {
        LAKE: "us-east-1",
        EXPORTS: "eu-west-1",
        LEGACY: "us-east-1",
        PLAIN: "eu-west-1",
        SYDNEY: "ap-southeast-2",
    }
    assert first().row(ACCOUNTS)["canonical_user_id"] == OWNER


def test_a_bucket_is_asked_about_in_its_own_region() -> None:
    assert regions_asked(first(), "analytics-lake") == {"us-east-1"}
    assert regions_asked(first(), "customer-exports") == {"eu-west-1"}
    assert first().asked("GetBucketLocation") == first().asked("HeadBucket") == 0


def test_a_bucket_with_everything_configured_has_every_setting() -> None:
    lake = bucket(LAKE)
    assert (lake["sse_algorithm"], lake["kms_master_key_id"]) == ("aws:kms", KEY)
    assert (lake["bucket_key_enabled"], lake["blocked_encryption_types"]) == (True, ["SSE-C"])
    assert (lake["versioning_status"], lake["mfa_delete"]) == ("Enabled", "Enabled")
    assert lake["object_ownership"] == "BucketOwnerEnforced"
    assert blocks(lake) == [True, True, True, True]
    assert (lake["has_policy"], lake["policy_is_public"]) == (True, False)
    assert lake["object_lock_configuration"]["Rule"]["DefaultRetention"] == {
        "Mode": "COMPLIANCE",
        "Days": 365,
    }
    assert (lake["object_lock_enabled"], lake["logging_target_bucket"]) == (True, "access-logs")
    assert lake["tags"] == {"team": "analytics", "data-class": "confidential & personal"}
    assert lake["creation_date"] == datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_a_key_is_stored_as_the_bucket_names_it_under_double_encryption_too() -> None:
    exports = bucket(EXPORTS)
    assert (exports["sse_algorithm"], exports["kms_master_key_id"]) == ("aws:kms:dsse", "alias/exports")
    assert (exports["bucket_key_enabled"], exports["blocked_encryption_types"]) == (False, None)
    (rule,) = first().rows("aws_s3_bucket_encryption_rules", bucket_arn=EXPORTS)
    assert rule["apply_server_side_encryption_by_default"] == {
        "SSEAlgorithm": "aws:kms:dsse",
        "KMSMasterKeyID": "alias/exports",
    }


def test_a_public_policy_and_an_open_access_control_list_are_told() -> None:
    exports = bucket(EXPORTS)
    assert (exports["policy_status"], exports["policy_is_public"]) == ({"IsPublic": True}, True)
    assert blocks(exports) == [True, True, False, False]
    assert (exports["versioning_status"], exports["mfa_delete"]) == ("Suspended", "Disabled")
    grants = first().rows("aws_s3_bucket_grants", bucket_arn=EXPORTS)
    assert [(row["grantee_type"], row["grantee_id"], row["permission"]) for row in grants] == [
        ("CanonicalUser", OWNER, "FULL_CONTROL"),
        ("Group", "http://acs.amazonaws.com/groups/global/AllUsers", "READ"),
    ]


def test_a_bucket_with_nothing_configured_is_complete_and_says_off() -> None:
    plain = bucket(PLAIN)
    assert first().missing(BUCKETS, arn=PLAIN) == []
    assert (plain["sse_algorithm"], plain["blocked_encryption_types"]) == ("AES256", ["NONE"])
    assert plain["has_policy"] is False
    assert not {"policy_status", "policy_is_public"} & set(plain)
    assert blocks(plain) == [False, False, False, False]
    assert (plain["object_ownership"], plain["versioning_status"]) == ("ObjectWriter", "Disabled")
    assert (plain["object_lock_enabled"], plain["object_lock_configuration"]) == (False, None)
    assert (plain["logging_enabled"], plain["tags"]) == (None, {})
    assert first().asked("GetBucketPolicyStatus", "/plain-site?") == 0


def test_a_bucket_of_old_may_have_no_default_encryption() -> None:
    assert bucket(LEGACY)["sse_algorithm"] is None
    assert first().missing(BUCKETS, arn=LEGACY) == []
    assert first().rows("aws_s3_bucket_encryption_rules", bucket_arn=LEGACY) == []


def test_only_buckets_that_have_a_policy_or_a_replication_have_a_row_for_it() -> None:
    policies = {row["bucket_arn"]: row["policy_json"] for row in first().rows("aws_s3_bucket_policies")}
    assert set(policies) == {LAKE, EXPORTS}
    assert policies[LAKE]["Statement"][0]["Principal"] == {"AWS": "arn:aws:iam::444455556666:root"}
    replication = first().row("aws_s3_bucket_replications")
    (rule,) = replication["replication_configuration"]["Rules"]
    assert (replication["bucket_arn"], replication["region"]) == (LAKE, "us-east-1")
    assert rule["SourceSelectionCriteria"] == {"SseKmsEncryptedObjects": {"Status": "Enabled"}}
    assert rule["Destination"]["EncryptionConfiguration"] == {
        "ReplicaKmsKeyID": "arn:aws:kms:eu-west-1:444455556666:alias/copies"
    }


def test_a_bucket_in_a_region_that_is_not_selected_is_listed_and_lacks_all_else() -> None:
    assert regions_asked(first(), "sydney-backups") == set()
    assert first().missing(BUCKETS, arn=SYDNEY) == DETAILS
    assert set(bucket(SYDNEY)) == {"account_id", "region", "arn", "name", "creation_date", "raw"}
    failures = [failure for failure in first().result.failures if failure.table == BUCKETS]
    assert {(f.resource, f.failure.code) for f in failures} == {(SYDNEY, "RegionNotSelected")}


def test_a_bucket_that_moved_is_followed_to_its_region() -> None:
    moved = collect("s3", "moved")
    assert regions_asked(moved, "wanderer") == {"us-east-1", "eu-west-1"}
    assert moved.row(BUCKETS)["versioning_status"] == "Enabled"
    assert moved.row(BUCKETS)["sse_algorithm"] == "AES256"
    assert moved.missing(BUCKETS) == []
    assert moved.incomplete() == {}


def test_an_endpoint_that_leaves_the_regions_out_is_asked_for_each() -> None:
    unlabelled = collect("s3", "unlabelled")
    assert {row["name"]: row["region"] for row in unlabelled.rows(BUCKETS)} == {
        "analytics-lake": "us-east-1",
        "plain-site": "eu-west-1",
    }
    assert {row["arn"] for row in unlabelled.rows(BUCKETS)} == {LAKE, PLAIN}


def test_the_accounts_own_block_is_its_settings_or_off_where_none_is_configured() -> None:
    assert first().row(ACCOUNTS)["config_exists"] is True
    assert blocks(first().row(ACCOUNTS)) == [True, True, True, False]
    assert second().row(ACCOUNTS)["config_exists"] is False
    assert blocks(second().row(ACCOUNTS)) == [False, False, False, False]
    assert second().operation(ACCOUNTS, "GetPublicAccessBlock").outcome.value == "ok"


def test_the_second_time_a_deleted_bucket_is_gone_even_if_it_was_still_listed() -> None:
    assert {row["arn"] for row in second().rows(BUCKETS)} == {LAKE, LEGACY, SYDNEY}
    assert second().rows("aws_s3_bucket_grants", bucket_arn=PLAIN) == []
    assert PLAIN not in {failure.resource for failure in second().result.failures}


def test_the_second_time_a_denied_policy_is_missing_and_not_none() -> None:
    lake = second().row(BUCKETS, arn=LAKE)
    assert "has_policy" not in lake
    assert second().missing(BUCKETS, arn=LAKE) == ["GetBucketPolicy"]
    assert lake["policy_is_public"] is False
    assert second().rows("aws_s3_bucket_policies") == []
    denied = [f for f in second().result.failures if f.resource == LAKE]
    assert [(f.table, f.operation, f.failure.code) for f in denied] == [
        ("aws_s3_bucket_policies", "GetBucketPolicy", "AccessDenied"),
        (BUCKETS, "GetBucketPolicy", "AccessDenied"),
    ]
    record = second().operation(BUCKETS, "GetBucketPolicy")
    assert (record.planned, record.failed, record.columns) == (4, 2, ("has_policy",))


def test_the_second_time_a_denied_call_is_not_hidden_by_a_region_that_is_not_selected() -> None:
    assert second().operation(BUCKETS, "GetBucketPolicy").outcome.value == "denied"


def test_access_points_are_read_from_all_pages_with_their_own_settings() -> None:
    points = collect("s3", region="eu-west-1")
    assert points.asked("ListAccessPoints") == 2
    assert {row["name"] for row in points.rows(POINTS)} == {"inner-exports", "partner-window", "bare-door"}
    inner, window = points.row(POINTS, name="inner-exports"), points.row(POINTS, name="partner-window")
    assert inner["arn"] == "arn:aws:s3:eu-west-1:111122223333:accesspoint/inner-exports"
    assert (inner["network_origin"], inner["vpc_id"]) == ("VPC", "vpc-0a1b2c3d4e5f60718")
    assert (window["bucket"], window["bucket_account_id"]) == ("partner-copies", "444455556666")
    assert (window["has_policy"], window["policy_is_public"]) == (True, True)
    assert window["policy"]["Statement"][0]["Principal"] == "*"
    assert (blocks(inner), blocks(window)) == ([True, True, True, True], [True, True, False, False])
    assert inner["creation_date"] == datetime(2025, 10, 11, 12, 13, 14, tzinfo=UTC)


def test_an_access_point_without_policy_is_complete() -> None:
    points = collect("s3", region="eu-west-1")
    bare = points.row(POINTS, name="bare-door")
    assert (bare["has_policy"], bare["policy"], bare["policy_text"]) == (False, None, None)
    assert points.missing(POINTS, name="bare-door") == []
    assert points.incomplete() == {}


def test_the_second_time_an_access_point_is_gone_and_what_is_denied_is_missing() -> None:
    points = collect("s3", "second", "eu-west-1")
    assert {row["name"] for row in points.rows(POINTS)} == {"inner-exports", "partner-window"}
    window = points.row(POINTS, name="partner-window")
    assert not {"creation_date", *BLOCKS} & set(window)
    assert points.missing(POINTS, name="partner-window") == ["GetAccessPoint"]
    assert points.incomplete() == {(POINTS, "GetAccessPoint"): "denied"}
    assert points.operation(POINTS, "GetAccessPoint").planned == 2
