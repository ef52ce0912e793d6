import duckdb
import pytest
from sqlalchemy import MetaData, inspect, select
from sqlalchemy.exc import DBAPIError

import collector
from collector.ask.inventory import ask, open_inventory
from collector.errors import KeyreachError, UsageError
from tests.inventory import inventory, rotating


@pytest.fixture
def db(tmp_path):
    return inventory(
        tmp_path / "it's here.duckdb",
        {"aws_kms_keys": [rotating("k1", creation_date="2026-01-01T10:00:00Z")]},
    )


def test_the_package_hands_out_an_engine_that_knows_the_tables(db):
    engine = collector.open_inventory(db)
    keys = MetaData()
    keys.reflect(engine, only=["aws_kms_keys"])
    table = keys.tables["aws_kms_keys"]
    with engine.connect() as connection:
        (arn,) = connection.execute(select(table.c.arn)).scalars().all()
    assert arn.endswith("key/k1")
    assert "kms_key_types" in inspect(engine).get_view_names()
    engine.dispose()


def test_times_are_in_utc(db):
    engine = open_inventory(db)
    with engine.connect() as connection:
        sql = "select creation_date, creation_date::varchar from aws_kms_keys"
        ((moment, text),) = ask(connection, sql).rows
    assert moment.isoformat() == "2026-01-01T10:00:00+00:00"
    assert text.startswith("2026-01-01 10:00:00")


def test_two_engines_on_one_file_get_along(db):
    first, second = open_inventory(db), open_inventory(str(db))
    with first.connect() as one, second.connect() as two:
        assert next(ask(one, "select 1").rows) == next(ask(two, "select 1").rows)


@pytest.mark.parametrize(
    "sql",
    [
        "delete from aws_kms_keys",
        "update aws_kms_keys set arn = 'x'",
        "drop table aws_kms_keys",
        "copy aws_kms_keys to 'out.csv'",
        "select * from read_text('/etc/hostname')",
        "attach 'other.duckdb' as other",
    ],
)
def test_it_is_read_only_and_reaches_no_other_file(db, sql):
    with open_inventory(db).connect() as connection, pytest.raises(DBAPIError):
        connection.exec_driver_sql(sql)


def test_columns_of_one_name_are_told_apart(db):
    with open_inventory(db).connect() as connection:
        answer = ask(connection, "select 1 as a, 2 as a, 3 as b")
        assert answer.columns == ("a", "a_2", "b")
        assert list(answer.dicts()) == [{"a": 1, "a_2": 2, "b": 3}]


def test_parameters_are_values_and_never_sql(db):
    with open_inventory(db).connect() as connection:
        sql = "select $name as found, {'a': 1} as struct"
        ((found, struct),) = ask(connection, sql, {"name": "'; drop table x; --"}).rows
    assert found == "'; drop table x; --" and struct == {"a": 1}


def test_an_error_is_told_in_duckdbs_words(db):
    with open_inventory(db).connect() as connection, pytest.raises(KeyreachError, match="nosuch"):
        ask(connection, "select nosuch from aws_kms_keys")


def test_what_is_no_inventory_is_refused(tmp_path):
    with pytest.raises(UsageError, match=r"no inventory at .*keyreach sync"):
        open_inventory(tmp_path / "absent.duckdb")
    duckdb.connect(str(tmp_path / "foreign.duckdb")).close()
    with pytest.raises(UsageError, match="not keyreach's"):
        open_inventory(tmp_path / "foreign.duckdb")
