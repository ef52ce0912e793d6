"""What holds for every declared table, checked against botocore's models and the schema."""

import re

import pytest
from botocore.session import get_session

from collector.collect import registry
from collector.collect.table import ACCOUNT_ID
from collector.store import catalog

TABLES = registry.tables()
CALLS = [(table, call) for table in TABLES for call in table.calls]


def model(call):
    return get_session().get_service_model(call.service).operation_model(call.operation)


def ids(value):
    return getattr(value, "name", None) or getattr(value, "operation", None)


@pytest.mark.parametrize("table", TABLES, ids=ids)
def test_declared_columns_are_the_schemas_columns(table):
    declared = {"account_id", "region", "raw", "collected_at", "run_id", *table.inherit}
    for call in table.calls:
        declared |= set(call.columns)
    assert declared == {column.name for column in catalog.tables()[table.name].columns}


def test_every_collected_table_of_the_schema_is_declared():
    in_schema = {r.name for r in catalog.tables().values() if r.kind == "table" and r.name.startswith("aws_")}
    assert {table.name for table in TABLES} == in_schema


@pytest.mark.parametrize("table", TABLES, ids=ids)
def test_a_table_and_its_schema_stand_in_files_of_one_name(table):
    (service,) = [name for name, declared in registry.by_service().items() if table in declared]
    assert catalog.tables()[table.name].service == service


@pytest.mark.parametrize(("table", "call"), CALLS, ids=ids)
def test_every_call_is_a_read(table, call):
    assert model(call).name == call.operation
    assert re.match(r"(List|Get|Describe)[A-Z]", call.operation)
    assert call.operation != "GetBucketLocation"


@pytest.mark.parametrize(("table", "call"), CALLS, ids=ids)
def test_parameters_are_the_operations_own(table, call):
    shape = model(call).input_shape
    members = shape.members if shape else {}
    given = {*call.params, *call.given, *([call.over[0]] if call.over else [])}
    if not table.reads_parent(call):
        assert given <= set(members)
        assert set(shape.required_members if shape else ()) <= given
    for name, value in call.params.items():
        if isinstance(value, int) and not isinstance(value, bool) and value is not ACCOUNT_ID:
            assert value <= members[name].metadata.get("max", value)


@pytest.mark.parametrize(("table", "call"), CALLS, ids=ids)
def test_nothing_that_aws_calls_sensitive_is_stored(table, call):
    """But names, e-mail addresses and the ids of keys, which an inventory is for."""
    assert sensitive(model(call).output_shape, ()) - {f"{call.items}.{path}" for path in call.drop} <= KNOWN


KNOWN = {
    "Organization.MasterAccountEmail",
    "Accounts.Email",
    "Accounts.Name",
    "ServerSideEncryptionConfiguration.Rules.ApplyServerSideEncryptionByDefault.KMSMasterKeyID",
}


def sensitive(shape, seen):
    """Paths of members that botocore's models mark as sensitive."""
    found = set()
    if shape.name in seen:
        return found
    seen = (*seen, shape.name)
    for name, member in getattr(shape, "members", {}).items():
        inner = member.member if member.type_name == "list" else member
        if inner.metadata.get("sensitive") or inner.serialization.get("sensitive"):
            found.add(name)
        found |= {f"{name}.{path}" for path in sensitive(inner, seen)}
    return found


@pytest.mark.parametrize(("table", "call"), CALLS, ids=ids)
def test_codes_of_empty_answers_say_not_found_or_not_configured(table, call):
    for code in call.empty:
        assert re.search(r"NoSuch|NotFound", code)
