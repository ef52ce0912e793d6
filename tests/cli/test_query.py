import json


def test_a_report_and_a_check_with_all_its_verdicts(keyreach, complete):
    result = keyreach("--db", complete, "query", "kms-key-cost", "--format", "json")
    (account,) = json.loads(result.stdout)
    assert (account["keys"], account["estimated_monthly_usd"], result.exit_code) == (3, 2.0, 0)
    result = keyreach("--db", complete, "query", "kms-rotation-off-eligible", "--format", "json")
    assert {row["status"] for row in json.loads(result.stdout)} == {"pass", "fail"}
    assert result.exit_code == 0


def test_gaps_behind_it_are_told_and_exit_4(keyreach, incomplete):
    result = keyreach("--db", incomplete, "query", "kms-rotation-off-eligible", "--format", "json")
    assert result.exit_code == 4 and "111122223333 eu-west-1" in result.stderr
    assert {row["status"] for row in json.loads(result.stdout)} == {"unknown", "fail"}
    assert keyreach("--db", incomplete, "query", "s3-bucket-key-off").exit_code == 0


def test_it_is_one_query_that_exists(keyreach, complete):
    assert "did you mean kms-key-cost?" in keyreach("--db", complete, "query", "kms-key-costs").stderr
    assert "name one" in keyreach("--db", complete, "query", "kms-key-*").stderr


def test_parameters(keyreach, complete):
    command = ("--db", complete, "query", "kms-rotation-period-over-policy", "--format", "json")
    assert [row["status"] for row in json.loads(keyreach(*command).stdout)] == ["pass"]
    found = keyreach(*command, "-p", "days", "30")
    assert [row["status"] for row in json.loads(found.stdout)] == ["fail"]
    refused = keyreach(*command, "-p", "years", "1")
    assert refused.exit_code == 2 and "it has: days" in refused.stderr
