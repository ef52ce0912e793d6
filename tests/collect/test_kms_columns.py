import pytest

from collector.collect.tables import kms
from collector.store import catalog

TABLES = [value for value in vars(kms).values() if hasattr(value, "list")]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_declared_columns_are_the_schemas_columns(table):
    declared = {"account_id", "region", "raw", "collected_at", "run_id", *table.inherit}
    for call in table.calls:
        declared |= set(call.columns)
    assert declared == {column.name for column in catalog.tables()[table.name].columns}
