import json

SELECT = "select key_id from aws_kms_keys order by key_id limit 1"


def test_a_query_from_the_argument_stdin_or_a_file(keyreach, complete, tmp_path):
    (tmp_path / "q.sql").write_text(SELECT)
    for arguments, given in (
        (("sql", SELECT), None),
        (("sql", "-"), SELECT),
        (("sql",), SELECT),
        (("sql", "-f", "q.sql"), None),
    ):
        result = keyreach("--db", complete, *arguments, "--format", "json", input=given)
        assert json.loads(result.stdout) == [{"key_id": "leaving"}]
        assert (result.stderr, result.exit_code) == ("", 0)


def test_parameters_stand_for_values(keyreach, complete):
    sql = "select count(*) as n from aws_kms_keys where key_id = $id and rotation_period_in_days > $days"
    result = keyreach("--db", complete, "sql", sql, "-p", "id", "on", "-p", "days", "30", "--format", "jsonl")
    assert json.loads(result.stdout) == {"n": 1}


def test_an_error_is_told_and_exits_1(keyreach, complete):
    result = keyreach("--db", complete, "sql", "select nosuch from aws_kms_keys")
    assert result.exit_code == 1 and "nosuch" in result.stderr and result.stdout == ""
    result = keyreach("--db", complete, "sql", "set threads = 1")
    assert result.exit_code == 1 and "locked" in result.stderr


def test_a_time_out_exits_1(keyreach, complete):
    sql = "select count(*) from range(10000000) a, range(10000000) b"
    result = keyreach("--db", complete, "sql", sql, "--timeout", "0.2")
    assert result.exit_code == 1 and "took longer than 0.2 s" in result.stderr


def test_wrong_usage(keyreach, complete):
    assert keyreach("--db", complete, "sql", SELECT, "-f", "x").exit_code == 2
    assert "cannot read" in keyreach("--db", complete, "sql", "-f", "absent.sql").stderr
    assert "there is no query" in keyreach("--db", complete, "sql", "-", input="  ").stderr
    assert keyreach("--db", "absent.duckdb", "sql", SELECT).exit_code == 2
