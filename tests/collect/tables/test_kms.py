"""KMS from recorded responses: what the kinds of keys have, and what is left out where it cannot be had."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.replay import Collected, collect, names

KEYS = "aws_kms_keys"
REGION = "eu-west-1"
ID = names("kms")


def first() -> Collected:
    return collect("kms", region=REGION)


def second() -> Collected:
    return collect("kms", "second", REGION)


def arn(name: str, region: str = REGION) -> str:
    return f"arn:aws:kms:{region}:111122223333:key/{ID[name]}"


def key(name: str) -> dict[str, Any]:
    return first().row(KEYS, arn=arn(name))


def test_all_pages_of_the_keys_are_listed() -> None:
    assert first().asked("ListKeys") == 2
    assert {row["key_id"] for row in first().rows(KEYS)} == {i for name, i in ID.items() if name != "leaving"}
    assert {(row["account_id"], row["region"]) for row in first().rows(KEYS)} == {("111122223333", REGION)}


def test_a_rotating_key_says_how_often_when_next_and_what_is_under_way() -> None:
    rotating = key("rotating")
    assert rotating["rotation_enabled"] is True
    assert rotating["rotation_period_in_days"] == 180
    assert rotating["next_rotation_date"] == datetime(2026, 12, 24, 8, 0, tzinfo=UTC)
    assert rotating["on_demand_rotation_start_date"] == datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
    assert rotating["creation_date"] == datetime(2025, 2, 3, 4, 5, 6, 789000, tzinfo=UTC)
    assert rotating["current_key_material_id"] == "a" * 64
    assert rotating["description"] == "Data of the analytics lake"


def test_a_disabled_key_is_asked_for_its_rotation_and_has_none() -> None:
    disabled = key("disabled")
    assert (disabled["key_state"], disabled["enabled"]) == ("Disabled", False)
    assert disabled["rotation_enabled"] is False
    assert disabled["rotation_period_in_days"] is None


def test_rotations_are_read_from_all_pages_with_the_first_material() -> None:
    rotations = first().rows("aws_kms_key_rotations", key_arn=arn("rotating"))
    assert [(row["key_material_id"][0], row["rotation_type"]) for row in rotations] == [
        ("1", None),
        ("2", "AUTOMATIC"),
        ("a", "ON_DEMAND"),
    ]
    assert [row["key_material_state"] for row in rotations] == ["NON_CURRENT", "NON_CURRENT", "CURRENT"]
    assert rotations[1]["rotation_date"] == datetime(2025, 8, 2, 4, 5, 6, tzinfo=UTC)


def test_tags_are_read_from_all_pages() -> None:
    assert key("rotating")["tags"] == {"team": "analytics", "data-class": "confidential"}
    assert key("imported")["tags"] == {}


def test_last_usage_is_when_and_what_or_since_when_nothing_is_known() -> None:
    used, unused = key("rotating"), key("imported")
    assert used["last_used_at"] == datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
    assert used["last_used_operation"] == "GenerateDataKey"
    assert unused["last_used_at"] is None
    assert unused["last_used_tracking_start"] == datetime(2026, 2, 1, tzinfo=UTC)


def test_an_aws_managed_key_is_asked_neither_for_tags_nor_for_its_rotation() -> None:
    managed = key("aws-managed")
    assert managed["key_manager"] == "AWS"
    assert not {"tags", "rotation_enabled", "last_used_at"} & set(managed)
    assert first().missing(KEYS, arn=arn("aws-managed")) == []
    unasked = ("ListResourceTags", "GetKeyRotationStatus", "ListKeyRotations", "GetKeyLastUsage")
    assert [first().asked(operation, ID["aws-managed"]) for operation in unasked] == [0, 0, 0, 0]
    (policy,) = first().rows("aws_kms_key_policies", key_arn=arn("aws-managed"))
    assert policy["policy"]["Id"] == "auto-s3-2"
    assert (
        policy["policy"]["Statement"][0]["Condition"]["StringEquals"]["kms:CallerAccount"] == "111122223333"
    )


def test_imported_material_expires_and_may_be_several() -> None:
    imported = key("imported")
    assert (imported["origin"], imported["expiration_model"]) == ("EXTERNAL", "KEY_MATERIAL_EXPIRES")
    assert imported["valid_to"] == datetime(2027, 1, 31, tzinfo=UTC)
    assert imported["rotation_enabled"] is False
    materials = first().rows("aws_kms_key_rotations", key_arn=arn("imported"))
    assert [(row["key_material_state"], row["import_state"], row["valid_to"]) for row in materials] == [
        ("NON_CURRENT", "IMPORTED", None),
        ("CURRENT", "IMPORTED", datetime(2027, 1, 31, tzinfo=UTC)),
        ("PENDING_ROTATION", "PENDING_IMPORT", None),
    ]
    assert [row["key_material_description"] for row in materials] == [
        "first ceremony",
        "second ceremony",
        "third ceremony",
    ]


def test_a_key_without_material_waits_for_it_and_has_no_rotation() -> None:
    unfilled = key("unfilled")
    assert (unfilled["key_state"], unfilled["expiration_model"]) == ("PendingImport", None)
    assert "rotation_enabled" not in unfilled
    assert first().asked("GetKeyRotationStatus", ID["unfilled"]) == 0


def test_keys_in_custom_key_stores_name_their_store_and_do_not_rotate() -> None:
    hsm, external = key("cloudhsm"), key("external")
    assert (hsm["origin"], hsm["custom_key_store_id"]) == ("AWS_CLOUDHSM", "cks-1a2b3c4d5e6f70819")
    assert hsm["cloud_hsm_cluster_id"] == "cluster-2a23b4cdefg"
    assert (external["origin"], external["xks_key_id"]) == ("EXTERNAL_KEY_STORE", "hsm-slot.42_payroll")
    assert external["xks_key_configuration"] == {"Id": "hsm-slot.42_payroll"}
    for name in ("cloudhsm", "external"):
        assert (
            first().asked("GetKeyRotationStatus", ID[name])
            == first().asked("ListKeyRotations", ID[name])
            == 0
        )
        assert "rotation_enabled" not in key(name)


def test_custom_key_stores_are_read_from_all_pages() -> None:
    stores = first().rows("aws_kms_custom_key_stores")
    assert [(row["custom_key_store_name"], row["connection_state"]) for row in stores] == [
        ("payments-hsm", "CONNECTED"),
        ("datacentre", "FAILED"),
    ]
    assert stores[1]["connection_error_code"] == "XKS_PROXY_TIMED_OUT"
    assert stores[1]["xks_proxy_configuration"]["VpcEndpointServiceOwner"] == "444455556666"


@pytest.mark.parametrize(
    ("name", "spec", "usage", "algorithms"),
    [
        ("signing", "RSA_2048", "SIGN_VERIFY", "signing_algorithms"),
        ("agreeing", "ECC_NIST_P384", "KEY_AGREEMENT", "key_agreement_algorithms"),
        ("authenticating", "HMAC_256", "GENERATE_VERIFY_MAC", "mac_algorithms"),
        ("ml-signing", "ML_DSA_65", "SIGN_VERIFY", "signing_algorithms"),
        ("encapsulating", "ML_KEM_768", "ENCAPSULATE_DECAPSULATE", "encapsulation_algorithms"),
    ],
)
def test_a_key_of_another_kind_has_its_own_algorithms_and_no_rotation(
    name: str, spec: str, usage: str, algorithms: str
) -> None:
    row = key(name)
    assert (row["key_spec"], row["key_usage"]) == (spec, usage)
    filled = {column for column, value in row.items() if column.endswith("_algorithms") and value}
    assert filled == {algorithms}
    assert first().asked("GetKeyRotationStatus", ID[name]) == 0


def test_a_multi_region_key_is_two_keys_that_share_an_id() -> None:
    home = collect("kms", region="us-east-1")
    primary, replica = home.row(KEYS, key_id=ID["replicated"]), first().row(KEYS, key_id=ID["replicated"])
    assert (primary["arn"], replica["arn"]) == (arn("replicated", "us-east-1"), arn("replicated"))
    assert (primary["multi_region_key_type"], replica["multi_region_key_type"]) == ("PRIMARY", "REPLICA")
    assert primary["primary_key_arn"] == replica["primary_key_arn"] == arn("replicated", "us-east-1")
    assert primary["replica_keys"] == [{"Arn": arn("replicated"), "Region": "eu-west-1"}]
    leaving = home.row(KEYS, key_id=ID["leaving"])
    assert (leaving["key_state"], leaving["pending_deletion_window_in_days"]) == ("PendingReplicaDeletion", 7)
    assert leaving["deletion_date"] is None


def test_grants_are_read_from_all_pages_with_service_principals_and_constraints() -> None:
    partner, table, pipeline = first().rows("aws_kms_key_grants", key_arn=arn("rotating"))
    assert partner["grantee_principal"] == "arn:aws:iam::444455556666:role/partner-loader"
    assert partner["issuing_account"] == "arn:aws:iam::111122223333:root"
    assert partner["operations"] == ["Decrypt", "DescribeKey"]
    assert partner["encryption_context_subset"] == {"aws:s3:arn": "arn:aws:s3:::analytics-lake"}
    assert table["grantee_principal"] == "dynamodb.eu-west-1.amazonaws.com"
    assert table["encryption_context_equals"]["aws:dynamodb:tableName"] == "orders"
    assert pipeline["grantee_principal"] is None
    assert pipeline["grantee_service_principal"] == "osis-pipelines.amazonaws.com"
    assert pipeline["source_arn"] == "arn:aws:osis:eu-west-1:111122223333:pipeline/orders"


def test_aliases_are_read_from_all_pages_and_some_have_no_key_yet() -> None:
    targets = {row["alias_name"]: row["target_key_id"] for row in first().rows("aws_kms_aliases")}
    assert targets == {
        "alias/aws/s3": ID["aws-managed"],
        "alias/aws/ebs": None,
        "alias/lake": ID["rotating"],
        "alias/payroll": ID["external"],
    }


def test_the_second_time_a_deleted_key_is_gone_with_all_that_was_on_it() -> None:
    assert key("doomed")["deletion_date"] == datetime(2026, 11, 30, tzinfo=UTC)
    assert second().rows(KEYS, arn=arn("doomed")) == []
    assert second().rows("aws_kms_key_policies", key_arn=arn("doomed")) == []
    assert len(first().rows("aws_kms_key_rotations", key_arn=arn("doomed"))) == 1
    assert second().rows("aws_kms_key_rotations", key_arn=arn("doomed")) == []


def test_the_second_time_a_key_that_goes_away_between_two_calls_leaves_nothing_and_fails_nothing() -> None:
    assert second().rows(KEYS, arn=arn("authenticating")) == []
    assert arn("authenticating") not in {failure.resource for failure in second().result.failures}
    assert len(second().rows(KEYS)) == 12


def test_a_key_that_is_known_to_be_gone_is_asked_about_no_further() -> None:
    assert second().asked("DescribeKey", ID["authenticating"]) == 1
    assert second().asked("ListResourceTags", ID["authenticating"]) == 0


def test_the_second_time_what_is_denied_is_missing_and_never_false() -> None:
    rotating = second().row(KEYS, arn=arn("rotating"))
    columns = ("rotation_enabled", "rotation_period_in_days", "next_rotation_date")
    assert not set(columns) & set(rotating)
    assert second().missing(KEYS, arn=arn("rotating")) == ["GetKeyRotationStatus"]
    assert rotating["tags"] == {"team": "analytics", "data-class": "confidential"}
    assert second().rows("aws_kms_key_grants", key_arn=arn("imported")) == []
    assert [(f.operation, f.resource, f.failure.code) for f in second().result.failures] == [
        ("ListGrants", arn("imported"), "AccessDeniedException"),
        ("GetKeyRotationStatus", arn("rotating"), "AccessDeniedException"),
    ]


def test_the_second_time_the_record_says_what_was_planned_and_what_failed() -> None:
    assert first().incomplete() == {}
    assert second().incomplete() == {
        (KEYS, "GetKeyRotationStatus"): "denied",
        ("aws_kms_key_grants", "ListGrants"): "denied",
    }
    status = second().operation(KEYS, "GetKeyRotationStatus")
    assert status.failed == 1
    assert "next_rotation_date" in status.columns
    assert second().operation(KEYS, "ListKeys").rows == 12
    assert second().operation(KEYS, "DescribeKey").planned == 13


def test_a_region_that_was_never_opted_in_to_is_denied_and_has_no_rows() -> None:
    foreign = collect("kms", region="ap-east-1")
    assert foreign.result.rows == []
    listing = foreign.operation(KEYS, "ListKeys")
    assert (listing.outcome.value, listing.failure.code) == ("denied", "UnrecognizedClientException")
    assert foreign.incomplete()["aws_kms_key_grants", "ListGrants"] == "not_attempted"
