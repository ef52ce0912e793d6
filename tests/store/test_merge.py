from datetime import UTC, datetime, timedelta

import duckdb
import pytest

from collector.store import catalog
from collector.store.merge import Merge, merge
from collector.store.staged import Staged
from collector.store.staging import Staging

DAY = datetime(2026, 1, 1, tzinfo=UTC)

KEYS = Merge(
    "aws_kms_keys",
    "aws_kms_keys",
    "region",
    fills={"DescribeKey": ("key_state",), "GetKeyRotationStatus": ("rotation_enabled",)},
)
GRANTS = Merge("aws_kms_key_grants", "aws_kms_keys", "region", parent_column="key_arn")


def row(arn, account="1", region="r", missing=(), **columns):
    found = {"account_id": account, "region": region, "arn": arn, "key_id": arn, "raw": {}, **columns}
    return {**found, "_missing": list(missing)}


def grant(key, grant_id):
    return {"account_id": "1", "region": "r", "key_arn": key, "grant_id": grant_id, "raw": {}, "_missing": []}


@pytest.fixture
def database(tmp_path):
    """Merge `staged` rows over `old` ones. `listed`: the account and region of complete listings."""

    def run(plan, old, staged, listed=(), failed=(), retired=()):
        relation = catalog.tables()[plan.name]
        path = tmp_path / "old.duckdb"
        with duckdb.connect(str(path)) as connection:
            catalog.create(connection)
            merge(connection, plan, relation, stage(connection, tmp_path / "1", plan, old), "run-1")
        connection = duckdb.connect()
        catalog.create(connection)
        connection.execute(f"attach '{path}' as old (read_only)")
        found = stage(connection, tmp_path / "2", plan, staged, listed, failed, retired)
        merge(connection, plan, relation, found, "run-2")
        key = relation.primary_key[-1]
        cursor = connection.execute(f"select * from {plan.name} order by account_id, {key}")
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]

    return run


def stage(connection, folder, plan, rows, listed=(), failed=(), retired=()):
    """Each row in a scope of its own, collected a second after the one before."""
    staging = Staging(folder)
    for second, values in enumerate(rows):
        staging.append("1", f"kms/{second}", [(plan.name, values)], True, DAY + timedelta(seconds=second))
    staging.flush()
    connection.execute("create temp table listed (table_name varchar, account_id varchar, region varchar)")
    connection.execute("create temp table retired (account_id varchar)")
    for account, region in listed:
        connection.execute("insert into listed values (?, ?, ?)", [plan.root, account, region])
    for arn in failed:
        connection.execute(
            "insert into sync_failures values ('run-2', ?, '1', 'r', 'r', 'X', ?, 'denied', '', '', false)",
            [plan.name, arn],
        )
    for account in retired:
        connection.execute("insert into retired values (?)", [account])
    return Staged(connection, folder, staging.paths())


def test_a_complete_listing_drops_what_it_no_longer_lists(database):
    rows = database(KEYS, [row("a"), row("b")], [row("b")], listed=[("1", "r")])
    assert [(r["arn"], r["run_id"]) for r in rows] == [("b", "run-2")]


def test_a_failed_listing_keeps_every_row_as_it_was(database):
    rows = database(KEYS, [row("a"), row("b")], [row("b")])
    assert [(r["arn"], r["run_id"]) for r in rows] == [("a", "run-1"), ("b", "run-2")]


def test_a_complete_listing_reaches_its_own_account_and_region_only(database):
    old = [row("a"), row("b", region="q"), row("c", account="2")]
    assert [r["arn"] for r in database(KEYS, old, [], listed=[("1", "r")])] == ["b", "c"]


def test_a_denied_detail_keeps_the_last_values_of_its_columns(database):
    old = [row("a", key_state="Enabled", rotation_enabled=True)]
    new = [row("a", key_state="Disabled", missing=["GetKeyRotationStatus"])]
    (key,) = database(KEYS, old, new, listed=[("1", "r")])
    assert (key["key_state"], key["rotation_enabled"]) == ("Disabled", True)


def test_a_detail_that_was_never_read_is_null(database):
    (key,) = database(KEYS, [], [row("a", missing=["GetKeyRotationStatus"])], listed=[("1", "r")])
    assert key["rotation_enabled"] is None


def test_children_stay_where_the_call_about_their_parent_failed(database):
    old = [grant("k1", "g1"), grant("k2", "g2"), grant("k3", "g3")]
    rows = database(GRANTS, old, [grant("k1", "g9")], listed=[("1", "r")], failed=["k2"])
    assert [(r["key_arn"], r["grant_id"]) for r in rows] == [("k2", "g2"), ("k1", "g9")]


def test_accounts_that_left_are_dropped(database):
    rows = database(KEYS, [row("a"), row("b", account="2")], [], retired=["2"])
    assert [r["arn"] for r in rows] == ["a"]


def test_of_a_row_listed_twice_the_one_collected_last_counts(database):
    twice = [row("a", key_state="Enabled"), row("a", key_state="Disabled")]
    (key,) = database(KEYS, [], twice, listed=[("1", "r")])
    assert key["key_state"] == "Disabled"
