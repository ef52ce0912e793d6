import duckdb

from collector.store import json_lines


def test_a_file_is_read_whatever_its_name_and_the_names_of_columns(tmp_path):
    path = tmp_path / "it's here.jsonl"
    path.write_text('{"a": 1, "table": "x", "more": []}\n{"a": null}\n', encoding="utf-8")
    source = json_lines.source(path, {"a": "bigint", "table": "varchar"}, 40)
    assert duckdb.sql(f"from {source}").fetchall() == [(1, "x"), (None, None)]
