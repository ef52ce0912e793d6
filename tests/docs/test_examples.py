"""The examples in the written pages work as they stand there."""

import inspect
import re
import sys
import types
from pathlib import Path

import duckdb
import pytest

from collector.ask import cases
from collector.ask.library import load
from collector.ask.verdict import Status
from tests.collect import test_declarations as held

DOCS = Path(__file__).parents[2] / "docs"


def blocks(page, language):
    text = (DOCS / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


@pytest.fixture
def ssm(monkeypatch):
    """The declaration of the example, where its test imports it from."""
    declaration, _ = blocks("writing-a-table.md", "python")
    module = types.ModuleType("collector.collect.tables.ssm")
    exec(compile(declaration, "writing-a-table.md", "exec"), vars(module))
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return module


def test_the_tables_declaration_holds_against_aws_models(ssm):
    for call in ssm.PARAMETERS.calls:
        held.test_every_call_is_a_read(ssm.PARAMETERS, call)
        held.test_parameters_are_the_operations_own(ssm.PARAMETERS, call)


def test_the_tables_schema_has_the_declared_columns(ssm):
    (ddl,) = blocks("writing-a-table.md", "sql")
    with duckdb.connect() as connection:
        connection.execute(ddl)
        columns = {row[0] for row in connection.execute("describe aws_ssm_parameters").fetchall()}
    filled = {column for call in ssm.PARAMETERS.calls for column in call.columns}
    assert columns == filled | {"account_id", "region", "raw", "collected_at", "run_id"}


def test_the_tables_test_passes(ssm):
    _, test = blocks("writing-a-table.md", "python")
    names = {}
    exec(compile(test, "writing-a-table.md", "exec"), names)
    tests = [value for key, value in names.items() if key.startswith("test_") and inspect.isfunction(value)]
    assert len(tests) == 2
    for run in tests:
        run()


def test_the_query_does_what_its_cases_expect(tmp_path):
    (text,) = blocks("writing-a-query.md", "sql")
    path = tmp_path / "my-query.sql"
    path.write_text(text)
    query = load(path)
    assert [verdict.problem for verdict in cases.run([query])] == ["", ""]
    assert {status for case in query.cases for status in case.expect.values()} == {s.value for s in Status}
