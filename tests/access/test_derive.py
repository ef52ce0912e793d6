"""Filling the derived tables."""

from __future__ import annotations

import json

import pytest

from collector.access.derive import derive, fill
from tests.access.words import COMPUTE, DATA, DELEGATED, ETL, KEY, ON_KEY, SOMETIMES, USE, allow, deny

TABLES = ("policy_statements", "key_access", "cross_account_paths")


def filled(inventory):
    inventory.ledger()
    inventory.flush()
    for table in TABLES:
        inventory.ask(f"delete from {table}")
    derive(inventory.connection)
    return {table: inventory.ask(f"select * from {table} order by all") for table in TABLES}


def test_the_tables_are_filled(inventory):
    inventory.shared()
    found = filled(inventory)
    assert [len(found[table]) for table in TABLES] == [5, len(inventory.key_access()), 2]
    columns = "principal_arn, access, verdict, blocked_by, json_array_length(evidence)"
    rows = inventory.ask(f"select {columns} from cross_account_paths order by access")
    assert rows == [(ETL, "read", "allowed", [], 4), (ETL, "write", "allowed", [], 4)]


def test_json_stays_json(inventory):
    inventory.shared(bucket=[allow(USE, "*", to=ETL, when=SOMETIMES)])
    filled(inventory)
    ((key,),) = inventory.ask(
        "select conditions ->> '$[0].key' from cross_account_paths where access = 'read'"
    )
    ((condition,),) = inventory.ask(
        "select condition from policy_statements where policy_kind = 'bucket_policy'"
    )
    assert key == "aws:SourceIp" and json.loads(condition) == SOMETIMES


def test_what_does_not_apply_is_null(inventory):
    inventory.key("k1", DELEGATED, allow("kms:Decrypt", to={"Service": "s3.amazonaws.com"}))
    filled(inventory)
    rows = inventory.ask("select principal_account_id, via_role_arn from key_access where route='key_policy'")
    assert (None, None) in rows
    ((sid, condition),) = inventory.ask(
        "select sid, condition from policy_statements where principal_kind = 'service'"
    )
    assert (sid, condition) == (None, None)


def test_an_empty_inventory_has_no_rows(inventory):
    assert filled(inventory) == {table: [] for table in TABLES}


def test_the_order_of_the_rows_does_not_matter(inventory):
    inventory.shared()
    inventory.role("other", COMPUTE, allow("s3:*", "arn:aws:s3:::lake/*"))
    inventory.organization(scps={COMPUTE: [deny("kms:*")]})
    first = filled(inventory)
    for table in ("aws_iam_roles", "aws_iam_role_policies", "aws_organizations_policy_targets"):
        inventory.ask(f"create temp table moved as from {table} order by all desc")
        inventory.ask(f"delete from {table}")
        inventory.ask(f"insert into {table} from moved")
        inventory.ask("drop table moved")
    assert filled(inventory) == first


HOSTILE = "\x1b[31m \u202e <script> ' \" \\ \n { 🗝"


def test_hostile_text_is_stored_as_it_is(inventory):
    inventory.shared(key=[DELEGATED, ON_KEY, allow("kms:Decrypt", to="*", sid=HOSTILE, when=SOMETIMES)])
    filled(inventory)
    assert (HOSTILE,) in inventory.ask("select sid from policy_statements")


def test_a_column_that_has_to_be_there_is(inventory):
    fill(inventory.connection, "key_access", [])
    with pytest.raises(Exception, match=r"NOT NULL|not null"):
        fill(inventory.connection, "key_access", [{"account_id": DATA, "key_arn": KEY}])
