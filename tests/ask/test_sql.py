import time
from datetime import timedelta

import pytest

from collector.ask.sql import answer, sandbox
from collector.errors import KeyreachError
from tests.inventory import inventory, rotating

MINUTE = timedelta(minutes=1)


@pytest.fixture
def connection(tmp_path):
    db = inventory(tmp_path / "i.duckdb", {"aws_kms_keys": [rotating("k1"), rotating("k2")]})
    with sandbox(db) as connection:
        yield connection


def rows(connection, sql, parameters=None, timeout=MINUTE):
    with answer(connection, sql, parameters or {}, timeout) as found:
        return list(found.rows)


def test_a_query_with_parameters(connection):
    sql = "select key_id from aws_kms_keys where key_id = $id"
    assert rows(connection, sql, {"id": "k2"}) == [("k2",)]


@pytest.mark.parametrize(
    "sql",
    [
        "set memory_limit = '1GB'",
        "set lock_configuration = false",
        "reset threads",
        "pragma threads = 4",
        "attach ':memory:' as other",
        "attach '/tmp/other.duckdb' as other",
        "copy (select 1) to '/dev/stdout'",
        "export database '/tmp/out'",
        "select * from '/etc/hostname'",
        "select * from read_csv('/etc/hostname')",
        "select * from glob('/etc/*')",
        "install httpfs",
        "load httpfs",
        "insert into aws_kms_keys (account_id, region, arn) values ('1', 'r', 'a')",
        "select 1; set threads = 1",
        "select getenv('HOME')",
    ],
)
def test_no_way_leads_to_settings_files_or_the_network(connection, sql):
    with pytest.raises(KeyreachError):
        rows(connection, sql)


def test_pythons_own_variables_are_out_of_reach(connection):
    secrets = {"a": [1]}
    assert secrets
    with pytest.raises(KeyreachError):
        rows(connection, "select * from secrets")


def test_a_query_that_takes_too_long_is_stopped_and_the_next_one_works(connection):
    began = time.monotonic()
    with pytest.raises(KeyreachError, match=r"took longer than 0.2 s.*--timeout"):
        rows(
            connection,
            "select count(*) from range(10000000) a, range(10000000) b",
            timeout=timedelta(seconds=0.2),
        )
    assert time.monotonic() - began < 10
    connection.rollback()
    assert rows(connection, "select 1") == [(1,)]
