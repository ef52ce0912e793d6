import csv
import json

import duckdb
import pytest

from collector.ask.export import export, names
from collector.ask.formats import FileFormat
from collector.ask.inventory import open_inventory
from collector.errors import UsageError
from collector.store import catalog
from tests.inventory import KEY, failure, gap, inventory, rotating

TABLES = {
    "aws_kms_keys": [
        rotating("b", description='=cmd|"x"!A1', tags={"team": "data"}, creation_date="2026-01-01T00:00:00Z"),
        rotating("a", False, multi_region=True, encryption_algorithms=["SYMMETRIC_DEFAULT"]),
    ],
    "aws_s3_buckets": [{"arn": "arn:aws:s3:::b1", "name": "b1", "sse_algorithm": "AES256"}],
    "sync_scopes": [gap("aws_kms_keys", "GetKeyRotationStatus", columns=["rotation_enabled"])],
    "sync_failures": [failure("aws_kms_keys", "GetKeyRotationStatus", KEY + "b")],
}


@pytest.fixture
def exported(tmp_path):
    db = inventory(tmp_path / "i.duckdb", TABLES)

    def run(patterns, kind, to="out", raw=False):
        engine = open_inventory(db)
        files = export(engine, db, names(patterns), tmp_path / to, kind, raw)
        engine.dispose()
        return tmp_path / to, files

    return run


def test_csv_rows_in_the_order_of_the_key_with_formulas_neutralised(exported):
    folder, _ = exported(["aws_kms_keys"], FileFormat.CSV)
    with (folder / "aws_kms_keys.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["key_id"] for row in rows] == ["a", "b"]
    assert rows[1]["description"] == '\'=cmd|"x"!A1'
    assert rows[1]["tags"] == '{"team":"data"}'
    assert (rows[0]["rotation_enabled"], rows[0]["deletion_date"]) == ("false", "")
    folder, _ = exported(["aws_kms_keys"], FileFormat.CSV, "raw", raw=True)
    assert '"=cmd|' in (folder / "aws_kms_keys.csv").read_text()


def test_json_lines_keep_types(exported):
    folder, _ = exported(["aws_kms_keys"], FileFormat.JSONL)
    rows = [json.loads(line) for line in (folder / "aws_kms_keys.jsonl").read_text().splitlines()]
    assert rows[0]["rotation_enabled"] is False and rows[0]["encryption_algorithms"] == ["SYMMETRIC_DEFAULT"]
    assert rows[1]["tags"] == {"team": "data"} and rows[1]["deletion_date"] is None


def test_parquet_has_the_tables_types(exported):
    folder, files = exported(
        ["aws_kms_keys", "kms-key-cost", "kms-rotation-off-eligible"], FileFormat.PARQUET
    )
    types = dict(
        duckdb.execute(
            "select column_name, column_type from (describe from read_parquet($1))",
            [str(folder / "aws_kms_keys.parquet")],
        ).fetchall()
    )
    assert types["rotation_enabled"] == "BOOLEAN"
    assert types["creation_date"] == "TIMESTAMP WITH TIME ZONE"
    assert types["encryption_algorithms"] == "VARCHAR[]"
    assert [file.rows for file in files] == [2, 1, 2]


def test_the_manifest_says_what_is_complete_and_what_is_not(exported):
    folder, _ = exported(["aws_kms_keys", "aws_s3_buckets"], FileFormat.CSV)
    manifest = json.loads((folder / "manifest.json").read_text())
    keys, buckets = manifest["files"]
    assert manifest["run"]["run_id"] == "r1" and manifest["format"] == "csv"
    assert (keys["file"], keys["rows"], keys["complete"]) == ("aws_kms_keys.csv", 2, False)
    assert keys["missing"][0]["resources"] == [KEY + "b"]
    assert (buckets["rows"], buckets["complete"], buckets["missing"]) == (1, True, [])


def test_verdicts_of_checks_are_exported_with_what_gaps_make_of_them(exported):
    folder, _ = exported(["kms-rotation-off-eligible"], FileFormat.CSV)
    with (folder / "kms-rotation-off-eligible.csv").open(newline="") as stream:
        found = {row["resource_id"]: row["status"] for row in csv.DictReader(stream)}
    assert found == {KEY + "a": "fail", KEY + "b": "unknown"}


def test_the_same_inventory_gives_the_same_bytes(exported):
    (first, files), (second, _) = (exported(["*"], FileFormat.CSV, to) for to in ("one", "two"))
    assert len(files) > 60
    for path in first.iterdir():
        assert path.read_bytes() == (second / path.name).read_bytes()
        assert path.stat().st_mode & 0o777 == 0o600


def test_without_names_all_tables_and_views(exported):
    assert names([]) == sorted(catalog.tables())
    with pytest.raises(UsageError, match=r"'aws_kms_kesy' matches nothing; did you mean aws_kms_keys\?"):
        names(["aws_kms_kesy"])


def test_queries_that_need_parameters_are_left_out_and_refused_by_name():
    assert "who-can-decrypt-key" not in names(["*"])
    with pytest.raises(UsageError, match="keyreach query who-can-decrypt-key -p"):
        names(["who-can-decrypt-key"])


def test_a_folder_that_cannot_be_made_is_an_error(exported, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot write to"):
        exported(["aws_kms_keys"], FileFormat.CSV, "file/out")
