"""What is decided once for many comes out as if it had been decided for each."""

from __future__ import annotations

import json

import pytest

from collector.access.alike import Alike
from tests.access.words import COMPUTE, DATA, DELEGATED, KEY, SOMETIMES, allow, deny, role

USE = allow(["kms:Decrypt", "kms:GenerateDataKey"], KEY)


def same(inventory, first, second):
    world = inventory.world()
    alike = Alike(world, world.keys[KEY])
    return alike.who(world.people.named(first)) == alike.who(world.people.named(second))


def pair(inventory, *own, key=(DELEGATED,), **more):
    first = inventory.role("a", DATA, *own, id="AROAEXAMPLEEXAMPLE01", **more)
    second = inventory.role("b", DATA, *own, id="AROAEXAMPLEEXAMPLE02", **more)
    inventory.key("k1", *key)
    return same(inventory, first, second)


def test_equal_policies_are_alike(inventory):
    assert pair(inventory, USE)


APART = [
    [DELEGATED, allow("kms:Decrypt", to=role(DATA, "a"))],
    [DELEGATED, allow("kms:Decrypt", to="AROAEXAMPLEEXAMPLE01")],
    [DELEGATED, deny("kms:Decrypt", to=f"arn:aws:sts::{DATA}:assumed-role/a/x")],
    [allow("kms:*", to="*", when={"ArnLike": {"aws:PrincipalArn": "*a"}})],
    [allow("kms:*", to="*", when={"StringEquals": {"aws:PrincipalTag/team": "x"}})],
    [allow("kms:*", to="*", when={"StringLike": {"aws:userid": "AROAEXAMPLEEXAMPLE01:*"}})],
]


@pytest.mark.parametrize("key", APART)
def test_those_whom_the_key_tells_apart_are_not(inventory, key):
    assert not pair(inventory, USE, key=key)


def test_a_variable_of_the_own_policy_tells_apart(inventory):
    personal = {"StringEquals": {"aws:PrincipalTag/team": "x"}}
    assert not pair(inventory, {**USE, "Condition": personal})


def test_different_policies_accounts_or_kinds_are_not_alike(inventory):
    inventory.key("k1", DELEGATED)
    first = inventory.role("a", DATA, USE)
    assert not same(inventory, first, inventory.role("c", DATA, allow("kms:*")))
    assert not same(inventory, first, inventory.role("a", COMPUTE, USE))
    assert not same(inventory, first, inventory.user("ann", DATA, USE))
    assert not same(inventory, first, role(DATA, "gone"))


def many(inventory):
    team = {"StringEquals": {"aws:PrincipalTag/team": "lake"}}
    for number in range(4):
        inventory.role(f"plain{number}", DATA, USE, id=f"AROAEXAMPLEEXAMPL{number:03}")
        inventory.role(f"far{number}", COMPUTE, USE, id=f"AROAEXAMPLEEXAMPF{number:03}")
    inventory.role("tagged", DATA, USE, tags={"team": "lake"})
    inventory.role("bounded", DATA, USE, boundary=[allow("s3:*")])
    inventory.role("denied", DATA, USE, deny("kms:Decrypt"))
    inventory.role("open", DATA, {**USE, "Condition": SOMETIMES})
    inventory.user("ann", DATA, USE)
    inventory.key(
        "k1",
        DELEGATED,
        allow("kms:Decrypt", to=[COMPUTE, role(COMPUTE, "far1")]),
        deny("kms:Decrypt", to=role(DATA, "plain2")),
        deny("kms:GenerateDataKey", to=f"arn:aws:sts::{DATA}:assumed-role/plain3/x"),
    )
    inventory.key("k2", DELEGATED, allow("kms:*", to="*", when=team))
    inventory.key("k3", allow("kms:*", to="*"), deny("kms:*", to="AROAEXAMPLEEXAMPL001"))
    inventory.grant(KEY, role(COMPUTE, "far2"), ["GenerateDataKey"])


def alone(monkeypatch):
    """Everybody and every action on its own."""
    monkeypatch.setattr(Alike, "who", lambda self, who: who.arn)
    monkeypatch.setattr(Alike, "actions", lambda self, who, actions: [[each] for each in actions])


def comparable(rows):
    return sorted(json.dumps(row, sort_keys=True, default=list) for row in rows)


def test_with_and_without_sharing_the_rows_are_the_same(inventory, monkeypatch):
    many(inventory)
    shared = comparable(inventory.key_access())
    alone(monkeypatch)
    assert shared and shared == comparable(inventory.key_access())


def test_with_and_without_sharing_the_rows_are_the_same_where_no_session_is_named(inventory, monkeypatch):
    many(inventory)
    inventory.ask("update aws_kms_key_policies set policy_text = replace(policy_text, 'plain3/x', 'other/x')")
    shared = comparable(inventory.key_access())
    alone(monkeypatch)
    assert shared and shared == comparable(inventory.key_access())


def test_the_evidence_names_everybody_s_own_boundary(inventory):
    for name in "ab":
        inventory.role(name, DATA, USE, boundary=[allow("kms:*")], id=f"AROAEXAMPLEEXAMPLE0{name.upper()}")
    inventory.key("k1", DELEGATED)
    limits = {
        row["principal_arn"][-1]: {
            each["policy"][-1] for each in row["evidence"] if "limit" in each["policy"]
        }
        for row in inventory.key_access()
        if row["principal_kind"] == "role"
    }
    assert limits == {"a": {"a"}, "b": {"b"}}


def test_equal_principals_get_equal_rows(inventory):
    many(inventory)
    rows = {}
    for row in inventory.key_access():
        told = {name: value for name, value in row.items() if not name.startswith("principal_")}
        rows.setdefault(row["principal_arn"], []).append(told)
    assert rows[role(COMPUTE, "far0")] == rows[role(COMPUTE, "far3")]
    assert rows[role(DATA, "plain0")] != rows[role(DATA, "plain2")]
