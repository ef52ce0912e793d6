"""What `check` says after a sync that could not collect everything, and with which exit code."""

from __future__ import annotations

import json

import pytest

from tests.sync.estate import DATA, only

ROTATION = "kms-rotation-off-eligible"
TABLES = only("aws_kms_keys", "aws_s3_buckets", "aws_iam_roles")
GAP = """
[[coverage.accepted]]
accounts = ["{account}"]
operations = ["GetKeyRotationStatus"]
reason = "the vendor's account"
expires = {expires}
"""


def verdicts(estate, *arguments):
    """Name of the key -> verdict, and the exit code."""
    result = estate.command(
        "check", ROTATION, "--status", "fail,unknown,pass", "--format", "json", *arguments
    )
    names = {arn: name for name, arn in estate.keys.items()}
    found = json.loads(result.stdout)
    return {names.get(f["resource_id"], f["resource_id"]): f["status"] for f in found}, result.exit_code


def synced(estate, config=TABLES):
    return estate.command("sync", estate.configure(config)).exit_code


def test_what_was_never_read_is_unknown_and_no_fail(lasting):
    lasting.deny("GetKeyRotationStatus", DATA)
    assert synced(lasting) == 4
    assert verdicts(lasting) == ({"one": "unknown", "two": "unknown", "eu": "unknown"}, 4)
    assert verdicts(lasting, "--fail-on", "medium")[1] == 4
    assert lasting.column("select distinct rotation_enabled from aws_kms_keys") == [None]


def test_a_last_good_fail_stands_a_last_good_pass_is_unknown_and_3_wins_over_4(lasting):
    lasting.settled(TABLES)
    good = {"one": "pass", "two": "fail", "eu": "fail"}
    assert verdicts(lasting) == (good, 0)
    assert verdicts(lasting, "--fail-on", "medium") == (good, 3)
    lasting.deny("GetKeyRotationStatus", DATA)
    assert synced(lasting) == 4
    old = {"one": "unknown", "two": "fail", "eu": "fail"}
    assert verdicts(lasting) == (old, 4)
    assert verdicts(lasting, "--fail-on", "medium") == (old, 3)
    assert verdicts(lasting, "--fail-on", "never") == (old, 4)
    for arguments, code in (((), 4), (("--fail-on", "medium"), 3)):
        process = lasting.start("check", ROTATION, *arguments)
        out, err = process.communicate(timeout=60)
        assert process.returncode == code, err
        assert "unknown" in out and "not everything was collected" in err
    assert lasting.command("check", "s3-bucket-key-off").exit_code == 0


def test_a_denied_listing_leaves_no_clean_bill(lasting):
    lasting.deny("ListKeys", DATA, region="eu-west-1")
    assert synced(lasting) == 4
    assert verdicts(lasting) == ({"one": "pass", "two": "fail", DATA: "unknown"}, 4)


@pytest.mark.parametrize(("expires", "code"), [("2999-12-31", 0), ("2020-01-01", 4)])
def test_an_accepted_gap_is_told_and_unknown_but_no_exit_4(lasting, expires, code):
    lasting.deny("GetKeyRotationStatus", DATA)
    assert synced(lasting, TABLES + GAP.format(account=DATA, expires=expires)) == code
    assert verdicts(lasting) == ({"one": "unknown", "two": "unknown", "eu": "unknown"}, code)
    status = lasting.command("status", "--format", "json")
    assert status.exit_code == code
    assert "GetKeyRotationStatus" in status.stdout


def test_accepting_one_gap_does_not_excuse_another(lasting):
    lasting.deny("GetKeyRotationStatus", DATA)
    lasting.deny("ListRoles", DATA)
    assert synced(lasting, TABLES + GAP.format(account=DATA, expires="2999-12-31")) == 4
    assert verdicts(lasting)[1] == 0
    assert dict(lasting.ask("select operation, bool_and(accepted) from sync_coverage group by 1"))[
        "GetKeyRotationStatus"
    ]
