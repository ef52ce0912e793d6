"""The largest first, and the same inventory whichever comes first."""

from __future__ import annotations

import asyncio
import shutil

import duckdb
import pytest

from collector.collect.accounts import Account
from collector.collect.fetch import fetch
from collector.collect.pace import Pace
from collector.collect.plan import Task
from collector.collect.table import Scope
from collector.collect.tables import kms
from collector.sync.order import Order, last
from tests.collect.scripted import ScriptedTransport
from tests.inventory import ACCOUNT, KEY, REGION, inventory
from tests.sync.estate import DATA, MANAGEMENT, only

SMALL, LARGE, EMPTY, NEW = "111111111111", "222222222222", "333333333333", "444444444444"


def listing(table, operation, account, region, rows, **changes):
    row = {"run_id": "r1", "table_name": table, "operation": operation, "account_id": account}
    return {**row, "region": region, "outcome": "ok", "rows": rows, "planned": 1, **changes}


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return inventory(
        tmp_path_factory.mktemp("order") / "inventory.duckdb",
        {
            "sync_scopes": [
                listing("aws_kms_keys", "ListKeys", SMALL, "eu-west-1", 5),
                listing("aws_kms_keys", "ListKeys", LARGE, "eu-west-1", 10),
                listing("aws_kms_key_grants", "ListGrants", LARGE, "eu-west-1", 900),
                listing("aws_kms_keys", "ListKeys", LARGE, "us-east-1", 70),
                listing("aws_kms_keys", "ListKeys", LARGE, "ap-south-1", 0),
                listing("aws_s3_buckets", "ListBuckets", LARGE, "global", 300),
                listing("aws_kms_keys", "ListKeys", EMPTY, "*", 0, outcome="not_attempted"),
                listing("aws_kms_keys", "DescribeKey", SMALL, "eu-west-1", 9999, columns=["x"]),
                listing("aws_kms_keys", "ListKeys", LARGE, "us-east-1", 0, run_id="r2", outcome="denied"),
                listing("aws_gone_things", "ListThings", SMALL, "eu-west-1", 9999),
            ],
            "aws_kms_key_grants": [
                {"key_arn": KEY + name, "grant_id": f"{name}{n}"}
                for name, count in (("busy", 101), ("busier", 150), ("idle", 100))
                for n in range(count)
            ],
        },
    )


def test_accounts_with_the_most_rows_begin_and_unknown_ones_before_them(file):
    accounts = [Account(id) for id in (SMALL, EMPTY, LARGE, NEW)]
    ordered = last(file).accounts(accounts)
    assert [account.id for account in ordered] == [NEW, LARGE, SMALL, EMPTY]


def test_so_do_scopes_by_their_last_good_listing(file):
    regions = ("ap-south-1", "us-east-1", "eu-west-1", "eu-west-2")
    tasks = [Task(Scope("kms", LARGE, region), ()) for region in regions]
    tasks.append(Task(Scope("s3", LARGE, "global"), ()))
    ordered = [(task.scope.service, task.scope.region) for task in last(file).tasks(tasks)]
    assert ordered == [
        ("kms", "eu-west-2"),
        ("kms", "eu-west-1"),
        ("s3", "global"),
        ("kms", "us-east-1"),
        ("kms", "ap-south-1"),
    ]


def test_of_resources_only_those_with_many_children_are_remembered(file):
    assert last(file).children == {KEY + "busy": 101, KEY + "busier": 150}


def test_a_table_that_an_older_file_lacks_is_no_obstacle(file, tmp_path):
    older = shutil.copy(file, tmp_path / "older.duckdb")
    with duckdb.connect(str(older)) as connection:
        connection.execute("drop table aws_kms_key_rotations")
    assert last(older) == last(file) != Order()


@pytest.mark.parametrize("content", [None, b"", b"no database" * 1000, "foreign"])
def test_a_file_that_tells_no_sizes_gives_no_order(tmp_path, content):
    path = tmp_path / "inventory.duckdb"
    if content == "foreign":
        duckdb.connect(str(path)).execute("create table mine (x integer)").close()
    elif content is not None:
        path.write_bytes(content)
    accounts = [Account(id) for id in (SMALL, LARGE, EMPTY)]
    assert last(path) == Order()
    assert last(path).accounts(accounts) == accounts


class Listening(ScriptedTransport):
    """Notes which keys were asked about, in this order."""

    def __init__(self, answers):
        super().__init__(answers)
        self.asked = []

    async def call(self, identity, region, service, operation, params):
        if operation == "GetKeyPolicy":
            self.asked.append(params["KeyId"])
        return await super().call(identity, region, service, operation, params)


def test_within_a_scope_resources_with_the_most_children_are_asked_about_first():
    names = ["a", "busy", "b", "busier", "c"]
    transport = Listening(
        {
            "ListKeys": {"Keys": [{"KeyId": name, "KeyArn": KEY + name} for name in names]},
            "DescribeKey": "AccessDeniedException",
            "GetKeyRotationStatus": "AccessDeniedException",
            "ListResourceTags": {"Tags": []},
            "GetKeyPolicy": {"Policy": "{}"},
        }
    )
    weights = {KEY + "busy": 101, KEY + "busier": 150}
    scope = Scope("kms", ACCOUNT, REGION)
    tables = (kms.KEYS, kms.KEY_POLICIES)
    asyncio.run(fetch(scope, tables, transport, Pace(1), frozenset(), weights))
    assert transport.asked == ["busier", "busy", "a", "b", "c"]


def test_a_second_sync_in_order_of_size_publishes_the_same_rows(lasting):
    config = only("aws_kms_key_grants")
    lasting.sync(config)
    tables = lasting.column("select table_name from duckdb_tables() where table_name like 'aws_%'")
    facts = "select * exclude (run_id, collected_at, raw) from {}"
    before = {name: lasting.ask(facts.format(name)) for name in tables}
    found = last(lasting.db)
    assert found.scopes[f"kms/{DATA}/us-east-1"] > found.scopes[f"kms/{MANAGEMENT}/us-east-1"] == 0
    lasting.sync(config)
    assert {name: lasting.ask(facts.format(name)) for name in tables} == before
