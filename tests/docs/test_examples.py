"""The examples in the written pages work as they stand there."""

import inspect
import json
import re
import sys
import types
from pathlib import Path

import duckdb
import pytest
import yaml

from collector.ask import cases
from collector.ask.library import load
from collector.ask.verdict import Status
from collector.collect import registry
from collector.collect.changes import changed, read
from collector.collect.plan import REGIONS
from collector.demo.server import FakeAws
from tests.collect import test_declarations as held
from tests.collect.events import event

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


QUEUED = [
    ("CreateGrant", "kms"),
    ("PutBucketPolicy", "s3"),
    ("CreateRole", "iam"),
    ("MoveAccount", "organizations"),
]


@pytest.fixture(scope="module")
def stack():
    """The stack of events.yaml where its queue is: its template, and what comes out of the queue."""
    template = yaml.safe_load((DOCS.parent / "examples" / "events.yaml").read_text(encoding="utf-8"))
    given = {
        "OrganizationId": "o-exampleorg1",
        "CentralAccountId": "111122223333",
        "CentralRegion": "us-east-1",
    }
    with FakeAws() as aws:
        aws.client("cloudformation", "111122223333").create_stack(
            StackName="keyreach-events",
            TemplateBody=json.dumps(template),
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()],
            Capabilities=["CAPABILITY_IAM"],
        )
        stacks = aws.client("cloudformation", "111122223333").describe_stacks()["Stacks"]
        (url,) = [output["OutputValue"] for output in stacks[0]["Outputs"]]
        queue = aws.client("sqs", "111122223333")

        def send(body):
            message = json.loads(body)
            entry = {"Source": message["source"], "DetailType": message["detail-type"]}
            entry["Detail"] = json.dumps(message["detail"])
            aws.client("events", "111122223333").put_events(Entries=[entry])
            return [found["Body"] for found in queue.receive_message(QueueUrl=url).get("Messages", [])]

        yield template, send


@pytest.mark.filterwarnings("ignore:Tried to parse")
def test_changes_come_through_the_stack_to_the_queue_and_are_understood(stack):
    _, send = stack
    for name, source in QUEUED:
        (body,) = send(event(name, source))
        assert changed(read(body)), name


def test_other_events_do_not(stack):
    _, send = stack
    assert send(event("PutObject", "s3", managementEvent=False, eventCategory="Data")) == []
    assert send(event("RunInstances", "ec2")) == []


def test_the_rule_has_every_service_that_a_table_is_filled_from(stack):
    template, _ = stack
    sources = template["Resources"]["Changes"]["Properties"]["EventPattern"]["source"]
    services = {table.service for table in registry.tables() if table.name != REGIONS} - {"s3control"}
    assert set(sources) == {f"aws.{service}" for service in services} | {"aws.account"}
