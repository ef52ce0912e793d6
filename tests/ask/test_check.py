"""What gaps of the inventory make of the library's verdicts."""

import pytest

from collector.ask.check import COLUMNS, run
from collector.ask.inventory import open_inventory
from collector.ask.library import chosen
from collector.ask.verdict import Severity, Status
from collector.errors import KeyreachError
from tests.inventory import KEY, failure, gap, inventory, rotating

ROTATION = "kms-rotation-off-eligible"
OTHER = "444455556666"


@pytest.fixture
def result(tmp_path):
    def check(id, tables, **given):
        engine = open_inventory(inventory(tmp_path / "i.duckdb", tables))
        with engine.connect() as connection:
            (found,) = run(connection, chosen([id], "check"), given)
        engine.dispose()
        return found

    return check


def verdicts(result):
    return {f.resource_id.removeprefix(KEY): f.status.value for f in result.findings}


def test_without_gaps_verdicts_are_the_querys(result):
    found = result(
        ROTATION, {"aws_kms_keys": [rotating("on"), rotating("off", False), rotating("null", None)]}
    )
    assert verdicts(found) == {"on": "pass", "off": "fail", "null": "unknown"}
    assert found.counts == {Status.PASS: 1, Status.FAIL: 1, Status.UNKNOWN: 1}
    assert not found.incomplete and found.gaps == ()


def test_a_pass_on_an_old_value_is_unknown_and_a_fail_stands(result):
    found = result(
        ROTATION,
        {
            "aws_kms_keys": [rotating("on"), rotating("off", False), rotating("fine")],
            "sync_scopes": [
                gap("aws_kms_keys", "GetKeyRotationStatus", columns=["rotation_enabled"], planned=3, failed=2)
            ],
            "sync_failures": [
                failure("aws_kms_keys", "GetKeyRotationStatus", KEY + name) for name in ("on", "off")
            ],
        },
    )
    assert verdicts(found) == {"on": "unknown", "off": "fail", "fine": "pass"}
    (unknown,) = [f for f in found.findings if f.status is Status.UNKNOWN]
    assert "not collected: GetKeyRotationStatus (AccessDenied)" in unknown.reason
    assert found.incomplete


def test_a_failed_call_that_fills_other_columns_changes_nothing(result):
    tables = {
        "aws_kms_keys": [rotating("on")],
        "sync_scopes": [gap("aws_kms_keys", "ListResourceTags", columns=["tags"])],
        "sync_failures": [failure("aws_kms_keys", "ListResourceTags", KEY + "on")],
    }
    found = result(ROTATION, tables)
    assert verdicts(found) == {"on": "pass"} and not found.incomplete


def test_a_failed_listing_makes_its_own_region_unknown_and_no_other(result):
    there = KEY.replace("eu-west-1", "us-east-1") + "there"
    found = result(
        ROTATION,
        {
            "aws_kms_keys": [rotating("here"), rotating("there", region="us-east-1", arn=there)],
            "sync_scopes": [gap("aws_kms_keys", "ListKeys")],
        },
    )
    assert verdicts(found) == {"here": "unknown", there: "pass", "111122223333": "unknown"}


def test_an_account_that_was_not_reached_is_one_unknown(result):
    listing = gap("aws_kms_keys", "ListKeys", account_id=OTHER, region="*", outcome="not_attempted")
    found = result(ROTATION, {"aws_kms_keys": [rotating("on")], "sync_scopes": [listing]})
    assert verdicts(found) == {"on": "pass", OTHER: "unknown"}
    (missing,) = [f for f in found.findings if f.gap]
    assert (missing.account_id, missing.region) == (OTHER, "*")


def test_a_check_without_rows_is_never_clean_where_something_is_missing(result):
    found = result("kms-grant-redelegation", {"sync_scopes": [gap("aws_kms_keys", "ListKeys")]})
    assert found.findings == ()
    found = result("kms-grant-redelegation", {"sync_scopes": [gap("aws_kms_key_grants", "ListGrants")]})
    assert verdicts(found) == {"111122223333": "unknown"}


def test_a_key_whose_grants_were_not_read_is_unknown(result):
    tables = {
        "aws_kms_key_grants": [{"key_arn": KEY + "read", "grant_id": "g", "operations": ["Decrypt"]}],
        "sync_scopes": [gap("aws_kms_key_grants", "ListGrants", planned=2, failed=1)],
        "sync_failures": [failure("aws_kms_key_grants", "ListGrants", KEY + "denied")],
    }
    assert verdicts(result("kms-grant-redelegation", tables)) == {"read": "pass", "denied": "unknown"}


def test_what_reaches_over_the_organization_is_unknown_for_any_gap(result):
    tables = {
        "aws_kms_keys": [rotating("leaving", key_state="PendingDeletion")],
        "sync_scopes": [gap("aws_s3_buckets", "ListBuckets", account_id=OTHER, region="global")],
    }
    found = result("kms-key-pending-deletion-in-use", tables)
    assert verdicts(found) == {"leaving": "unknown", OTHER: "unknown"}


def test_a_bucket_rests_on_its_key_in_another_account(result):
    theirs = f"arn:aws:kms:eu-west-1:{OTHER}:key/theirs"
    bucket = {"arn": "arn:aws:s3:::b", "sse_algorithm": "aws:kms", "kms_master_key_id": theirs}
    key = rotating("theirs", account_id=OTHER, arn=theirs, key_usage="ENCRYPT_DECRYPT")
    tables = {"aws_s3_buckets": [bucket], "aws_kms_keys": [key]}
    id = "kms-spec-unusable-for-service"
    assert verdicts(result(id, tables)) == {"arn:aws:s3:::b": "pass"}
    listing = gap("aws_kms_keys", "ListKeys", account_id=OTHER)
    found = result(id, {**tables, "sync_scopes": [listing]})
    assert verdicts(found) == {"arn:aws:s3:::b": "unknown", OTHER: "unknown"}


def test_an_accepted_gap_is_still_unknown_but_not_incomplete(result):
    listing = gap("aws_kms_keys", "ListKeys", accepted=True, reason="no role there")
    found = result(ROTATION, {"aws_kms_keys": [rotating("on")], "sync_scopes": [listing]})
    assert verdicts(found)["on"] == "unknown" and not found.incomplete


def test_a_later_success_ends_a_gap(result):
    failed = gap("aws_kms_keys", "ListKeys", region="*", run_id="r1", started_at="2026-06-01T00:00:00Z")
    good = {
        **failed,
        "run_id": "r2",
        "region": "eu-west-1",
        "outcome": "ok",
        "started_at": "2026-07-01T00:00:00Z",
    }
    found = result(ROTATION, {"aws_kms_keys": [rotating("on")], "sync_scopes": [failed, good]})
    assert verdicts(found) == {"on": "pass"}


def test_findings_name_the_account_and_its_units(result):
    tables = {
        "aws_kms_keys": [rotating("on")],
        "aws_organizations_accounts": [
            {"arn": "a", "id": "111122223333", "name": "data", "parent_id": "ou-2"},
        ],
        "aws_organizations_organizational_units": [
            {"arn": "r", "id": "r-1", "name": "Root"},
            {"arn": "1", "id": "ou-1", "name": "Workloads", "parent_id": "r-1"},
            {"arn": "2", "id": "ou-2", "name": "Data", "parent_id": "ou-1"},
        ],
    }
    (found,) = result(ROTATION, tables).findings
    assert (found.account_name, found.ou_path) == ("data", "Root/Workloads/Data")
    assert "gap" not in COLUMNS and COLUMNS[0] == "check_id"


def test_a_row_may_be_more_severe_than_its_check(result):
    tables = {
        "aws_kms_keys": [
            rotating(
                "soon",
                origin="EXTERNAL",
                expiration_model="KEY_MATERIAL_EXPIRES",
                valid_to="2026-07-03T00:00:00Z",
            )
        ],
        "aws_s3_buckets": [
            {"arn": "arn:aws:s3:::b", "sse_algorithm": "aws:kms", "kms_master_key_id": "soon"}
        ],
    }
    found = result("kms-imported-material-expiring", tables)
    assert [f.severity for f in found.findings] == [Severity.CRITICAL]


def test_parameters_reach_the_query_and_must_fit(result):
    tables = {"aws_kms_keys": [rotating("k", rotation_period_in_days=200)]}
    id = "kms-rotation-period-over-policy"
    assert verdicts(result(id, tables)) == {"k": "pass"}
    assert verdicts(result(id, tables, days="90")) == {"k": "fail"}
    with pytest.raises(KeyreachError, match="'soon' is not a number"):
        result(id, tables, days="soon")
