"""tables, queries, export, status: what there is to read."""

import csv
import io
import json

from collector.ask.library import library
from collector.store import catalog
from tests.inventory import inventory


def test_tables_lists_every_relation_without_an_inventory(keyreach):
    result = keyreach("tables", "--format", "json")
    found = json.loads(result.stdout)
    assert [row["table"] for row in found] == list(catalog.tables())
    assert all(row["description"] for row in found)


def test_tables_shows_columns_counts_and_permissions(keyreach, complete):
    columns = json.loads(keyreach("tables", "aws_kms_keys", "--columns", "--format", "json").stdout)
    assert columns[2]["column"] == "arn" and columns[2]["nullable"] is False
    counts = json.loads(keyreach("--db", complete, "tables", "aws_*", "--counts", "--format", "json").stdout)
    assert {row["table"]: row["rows"] for row in counts}["aws_kms_keys"] == 3
    permissions = keyreach("tables", "aws_s3_buckets", "--permissions", "--format", "csv").stdout
    rows = list(csv.DictReader(io.StringIO(permissions, newline="")))
    assert {row["permission"] for row in rows} >= {"s3:ListAllMyBuckets", "s3:GetEncryptionConfiguration"}
    assert "did you mean" in keyreach("tables", "aws_kms_kesy").stderr


def test_queries_is_a_contract(keyreach):
    found = json.loads(keyreach("queries", "--format", "json").stdout)
    assert [entry["id"] for entry in found] == list(library())
    for entry in found:
        assert list(entry) == ["id", "kind", "title", "severity", "tables", "frameworks", "parameters"]
    (entry,) = [entry for entry in found if entry["id"] == "kms-rotation-period-over-policy"]
    assert (
        entry["kind"] == "check"
        and entry["severity"] == "low"
        and entry["tables"] == ["aws_kms_keys", "sync_runs"]
    )
    assert entry["parameters"] == [
        {
            "name": "days",
            "default": 365,
            "required": False,
            "help": "longest period between rotations, in days",
        }
    ]


def test_queries_shows_sql_and_runs_cases(keyreach):
    shown = keyreach("queries", "--show", "kms-key-cost").stdout
    assert shown.startswith("-- What keys cost a month") and shown.rstrip().endswith(";")
    tested = keyreach("queries", "s3-*", "--test")
    assert tested.exit_code == 0 and "0 failed" in tested.stderr and "ok   s3-bucket-key-off" in tested.stdout


def test_export_writes_files_and_says_what_is_missing(keyreach, complete, incomplete, tmp_path):
    result = keyreach("--db", complete, "export", "aws_kms_keys", "kms-rotation-*", "--to", "out")
    assert result.exit_code == 0 and result.stdout == "" and "4 files" in result.stderr
    assert json.loads((tmp_path / "out" / "manifest.json").read_text())["format"] == "csv"
    result = keyreach("--db", incomplete, "export", "aws_kms_keys", "--to", "out", "--format", "parquet")
    assert result.exit_code == 4 and "manifest.json" in result.stderr
    assert keyreach("--db", complete, "export", "aws_kms_keys").exit_code == 2


def test_status_tells_the_run_and_the_gaps(keyreach, complete, incomplete):
    result = keyreach("--db", complete, "status", "--format", "json")
    (found,) = json.loads(result.stdout)
    assert (found["run_id"], found["not_collected"]) == ("r1", []) or found["not_collected"]
    result = keyreach("--db", incomplete, "status")
    assert result.exit_code == 4
    assert "GetKeyRotationStatus" in result.stdout and "AccessDenied" in result.stdout


def test_status_mentions_throttled_answers_if_there_were_any(keyreach, complete, tmp_path):
    run = {"run_id": "r1", "outcome": "complete", "throttled": 12}
    throttled = str(inventory(tmp_path / "throttled.duckdb", {"sync_runs": [run]}))
    assert "throttled" not in keyreach("--db", complete, "status").stdout
    lines = keyreach("--db", throttled, "status").stdout.splitlines()
    assert ["throttled", "12"] in [line.split() for line in lines]
    (found,) = json.loads(keyreach("--db", throttled, "status", "--format", "json").stdout)
    assert found["throttled"] == 12


def test_commands_need_an_inventory_and_say_how_to_get_one(keyreach):
    for command in (
        ("check",),
        ("query", "kms-key-cost"),
        ("status",),
        ("export", "--to", "x"),
        ("sql", "select 1"),
    ):
        result = keyreach(*command)
        assert result.exit_code == 2 and "keyreach sync" in result.stderr and result.stdout == ""
