import csv
import io
import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from collector.ask.answer import Answer
from collector.ask.formats import Format, writer

HOSTILE = '=cmd|"/c calc"!A1'


def written(format, rows, columns=("a", "b"), raw=False):
    stream = io.StringIO()
    writer(format, raw)(Answer(columns, iter(rows)), stream)
    return stream.getvalue()


def test_every_format_has_a_writer_and_takes_no_rows():
    for format in Format:
        assert isinstance(written(format, []), str)


def test_json_is_a_list_of_objects_and_null_is_null():
    rows = [(1, None), ("ü", {"x": [1, True]})]
    assert json.loads(written(Format.JSON, rows)) == [{"a": 1, "b": None}, {"a": "ü", "b": {"x": [1, True]}}]
    assert json.loads(written(Format.JSON, [])) == []
    assert [json.loads(line) for line in written(Format.JSONL, rows).splitlines()] == json.loads(
        written(Format.JSON, rows)
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "2026-01-02T03:04:05+00:00"),
        (date(2026, 1, 2), "2026-01-02"),
        (timedelta(minutes=1), 60.0),
        (Decimal("1.50"), 1.5),
        (float("nan"), "nan"),
        (b"\x00\xff", "00ff"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    ],
)
def test_values_that_json_does_not_know(value, expected):
    assert json.loads(written(Format.JSON, [(value, 0)]))[0]["a"] == expected


def test_csv_can_be_read_back_whatever_is_in_it():
    rows = [("one\r\ntwo", 'say "x", y'), ("", None), ("'quoted", "ä;,\t")]
    text = written(Format.CSV, rows)
    assert text.startswith("a,b\r\n")
    found = list(csv.reader(io.StringIO(text, newline="")))[1:]
    assert found == [["one\r\ntwo", 'say "x", y'], ["", ""], ["'quoted", "ä;,\t"]]


@pytest.mark.parametrize("text", [HOSTILE, "+1", "-1+2", "@SUM(A1)", "\tx", "\rx", "\nx"])
def test_no_text_cell_of_a_csv_starts_a_formula_unless_asked_for(text):
    assert list(csv.reader(io.StringIO(written(Format.CSV, [(text, 1)]), newline="")))[1][0] == "'" + text
    raw = written(Format.CSV, [(text, 1)], raw=True)
    assert list(csv.reader(io.StringIO(raw, newline="")))[1][0] == text


def test_numbers_and_objects_are_no_formulas():
    assert written(Format.CSV, [(-1, {"k": "=1"})]) == 'a,b\r\n-1,"{""k"":""=1""}"\r\n'


def test_markdown_shows_cells_as_they_are():
    text = written(Format.MARKDOWN, [("a|b", "<script>alert(1)</script>\nnext"), ("`x` *y*", "[l](u)")])
    lines = text.splitlines()
    assert lines[:2] == ["| a | b |", "| --- | --- |"]
    assert len(lines) == 4
    assert "a\\|b" in lines[2]
    assert "<script>" not in text and "<br>next" in lines[2]
    assert "\\`x\\`" in lines[3] and "\\[l\\]" in lines[3]


def test_nothing_in_a_table_steers_the_terminal():
    text = written(Format.TABLE, [("\x1b[31mred\x07", "a\u202eb"), ("[bold]x[/bold]", "line\nline")])
    assert "\x1b" not in text and "\x07" not in text and "\u202e" not in text
    assert "\\x1b[31mred\\x07" in text and "a\\u202eb" in text
    assert "[bold]x[/bold]" in text and "line\\nline" in text


def test_a_table_without_a_terminal_cuts_nothing_off():
    assert "x" * 500 in written(Format.TABLE, [("x" * 500, "y" * 500)])
