import csv
import io
import json

import pytest

from tests.inventory import KEY

ROTATION, DELETION = "kms-rotation-off-eligible", "kms-key-pending-deletion-in-use"


def findings(result):
    return {
        (f["check_id"], f["resource_id"].removeprefix(KEY)): f["status"] for f in json.loads(result.stdout)
    }


def test_findings_and_unknowns_are_shown_and_passes_counted(keyreach, complete):
    result = keyreach("--db", complete, "check", ROTATION, "--format", "json")
    assert findings(result) == {(ROTATION, "off"): "fail"}
    assert "1 checks: 1 fail (1 medium), 0 unknown, 1 pass" in result.stderr
    assert result.exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((ROTATION,), 0),
        ((ROTATION, "--fail-on", "medium"), 3),
        ((ROTATION, "--fail-on", "low"), 3),
        ((ROTATION, "--fail-on", "never"), 0),
        ((DELETION,), 3),
        ((DELETION, "--fail-on", "critical"), 3),
        (("kms-*",), 3),
        (("kms-*", "--fail-on", "never"), 0),
    ],
)
def test_exit_codes_of_a_complete_inventory(keyreach, complete, arguments, code):
    assert keyreach("--db", complete, "check", *arguments).exit_code == code


def test_a_gap_makes_a_pass_unknown_and_exits_4_but_findings_win(keyreach, incomplete):
    result = keyreach("--db", incomplete, "check", ROTATION, "--format", "json")
    assert findings(result) == {(ROTATION, "off"): "fail", (ROTATION, "on"): "unknown"}
    assert result.exit_code == 4
    assert "not everything was collected" in result.stderr
    assert keyreach("--db", incomplete, "check", ROTATION, "--fail-on", "medium").exit_code == 3
    assert keyreach("--db", incomplete, "check", "s3-bucket-key-off").exit_code == 0


def test_severity_and_status_narrow_what_is_shown(keyreach, complete):
    both = (ROTATION, DELETION)
    shown = keyreach("--db", complete, "check", *both, "--severity", "critical", "--format", "json")
    assert {check for check, _ in findings(shown)} == {DELETION}
    shown = keyreach("--db", complete, "check", ROTATION, "--status", "pass", "--format", "json")
    assert findings(shown) == {(ROTATION, "on"): "pass"}
    refused = keyreach("--db", complete, "check", "--status", "bad")
    assert refused.exit_code == 2 and "some of fail, unknown, pass" in refused.stderr


def test_frameworks_select_checks_with_or_without_the_control(keyreach, complete):
    for name in ("cis_aws_3.0.0", "cis_aws_3.0.0/3.6", "aws_fsbp/KMS.4"):
        shown = keyreach("--db", complete, "check", "--framework", name, "--format", "json")
        assert (ROTATION, "off") in findings(shown)
    refused = keyreach("--db", complete, "check", "--framework", "iso_27001")
    assert refused.exit_code == 2 and "iso_27001" in refused.stderr


def test_the_table_is_for_people(keyreach, incomplete):
    result = keyreach("--db", incomplete, "check", "kms-key-*", ROTATION)
    lines = result.stdout.splitlines()
    assert lines[0].startswith(DELETION)
    assert lines[1].split() == ["critical", "data", "111122223333", "eu-west-1", KEY + "leaving"]
    assert "is named by arn:aws:s3:::b1" in lines[2]
    assert "1 fail, 0 unknown, 0 pass" in result.stdout
    assert "not everything was collected: 111122223333 eu-west-1" in result.stdout
    assert "to mend it: aws kms enable-key-rotation" in result.stdout


def test_csv_and_files(keyreach, complete, tmp_path):
    result = keyreach("--db", complete, "check", ROTATION, "--format", "csv", "-o", "out.csv")
    assert result.stdout == ""
    text = (tmp_path / "out.csv").read_bytes().decode()
    assert text.startswith(
        "check_id,title,severity,status,account_id,account_name,ou_path,region,resource_id,"
    )
    (row,) = csv.DictReader(io.StringIO(text, newline=""))
    assert (row["resource_id"], row["account_name"], row["related_id"]) == (KEY + "off", "data", "")
    assert (tmp_path / "out.csv").stat().st_mode & 0o777 == 0o600
    refused = keyreach("--db", complete, "check", "-o", "no/such/folder/out.csv")
    assert refused.exit_code == 2 and "cannot write" in refused.stderr


@pytest.mark.parametrize("format", ["jsonl", "markdown"])
def test_the_other_formats(keyreach, complete, format):
    result = keyreach("--db", complete, "check", ROTATION, "--format", format)
    assert ROTATION in result.stdout and result.exit_code == 0


def test_parameters(keyreach, complete):
    period = ("--db", complete, "check", "kms-rotation-period-over-policy", "--format", "json")
    assert findings(keyreach(*period)) == {}
    assert findings(keyreach(*period, "-p", "days", "30")) == {
        ("kms-rotation-period-over-policy", "on"): "fail"
    }
    for wrong, message in (
        (("-p", "dais", "30"), "has a parameter dais"),
        (("-p", "days", "x"), "'x' is not a number"),
        (("-p", "days"), "takes two values"),
        (("-p", "days", "1", "-p", "days", "2"), "given twice"),
    ):
        result = keyreach(*period, *wrong)
        assert result.exit_code == 2 and message in result.stderr


def test_a_check_that_does_not_exist_is_wrong_usage(keyreach, complete):
    result = keyreach("--db", complete, "check", "kms-rotation-of-eligible")
    assert result.exit_code == 2
    assert "did you mean kms-rotation-off-eligible?" in result.stderr
    report = keyreach("--db", complete, "check", "kms-key-cost")
    assert report.exit_code == 2
