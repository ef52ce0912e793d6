"""What is decided once for many comes out as if it had been decided for each."""

from __future__ import annotations

import json
from itertools import count

import pytest

from collector.access.alike import OF_CAPABILITY, Alike
from collector.access.side import Side
from tests.access.words import COMPUTE, DATA, DELEGATED, KEY, SOMETIMES, allow, deny, role

USE = allow(["kms:Decrypt", "kms:GenerateDataKey"], KEY)


def same(inventory, first, second):
    world = inventory.world()
    alike, people = Alike(world), [world.people.named(first), world.people.named(second)]
    side, speaking = alike.side(world.keys[KEY]), alike.speaking_of(KEY)
    own = {alike.own(who, OF_CAPABILITY["decrypt"], speaking) for who in people}
    return len(own) == len({side.bearing(who) for who in people}) == 1


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
    [allow("kms:*", to="*", when={"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/a"}})],
    [allow("kms:*", to="*", when={"StringEquals": {"aws:PrincipalTag/team": "x"}})],
    [allow("kms:*", to="*", when={"StringLike": {"aws:userid": "AROAEXAMPLEEXAMPLE01:*"}})],
]


@pytest.mark.parametrize("key", APART)
def test_those_whom_the_key_tells_apart_are_not(inventory, key):
    assert not pair(inventory, USE, key=key)


def test_a_variable_of_the_own_policy_tells_apart(inventory):
    personal = {"StringEquals": {"aws:PrincipalTag/team": "x"}}
    assert not pair(inventory, {**USE, "Condition": personal})


def test_a_condition_on_other_actions_tells_nobody_apart(inventory):
    personal = {"ArnNotLike": {"aws:PrincipalArn": "*/admin"}}
    assert pair(inventory, USE, {**deny("kms:DisableKey"), "Condition": personal})


def test_accounts_kinds_limits_and_those_who_were_not_collected_are_not_alike(inventory):
    inventory.key("k1", DELEGATED)
    first = inventory.role("a", DATA, USE)
    assert not same(inventory, first, inventory.role("a", COMPUTE, USE))
    assert not same(inventory, first, inventory.user("ann", DATA, USE))
    assert not same(inventory, first, inventory.role("b", DATA, USE, boundary=[allow("*")]))
    assert not same(inventory, first, role(DATA, "gone"))


def test_what_a_policy_says_beside_the_key_tells_nobody_apart(inventory):
    inventory.key("k1", DELEGATED)
    first = inventory.role("a", DATA, USE)
    others = [allow("s3:*"), allow("kms:ListKeys"), deny("kms:Decrypt", KEY.replace("k1", "k2"))]
    assert same(inventory, first, inventory.role("b", DATA, USE, *others, id="AROAEXAMPLEEXAMPLE02"))
    assert not same(inventory, first, inventory.role("c", DATA, *others, USE, id="AROAEXAMPLEEXAMPLE03"))
    assert not same(inventory, first, inventory.role("d", DATA, allow("kms:*"), id="AROAEXAMPLEEXAMPLE04"))


def test_a_service_linked_role_is_bound_by_less_than_others(inventory):
    inventory.key("k1", DELEGATED)
    linked = "/aws-service-role/x.amazonaws.com/"
    first = inventory.role("a", DATA, USE)
    assert not same(inventory, first, inventory.role("AWSServiceRoleForX", DATA, USE, path=linked))


EXEMPT = {"ArnNotLike": {"aws:PrincipalArn": f"arn:aws:iam::{DATA}:role/admin*"}}


def test_a_limit_from_above_tells_those_apart_whom_it_exempts(inventory):
    inventory.organization(scps={DATA: [deny("kms:*", when=EXEMPT)]})
    inventory.key("k1", DELEGATED)
    names = ["a", "b", "admin", "admin2"]
    first, second, third, fourth = [
        inventory.role(name, DATA, USE, id=f"AROAEXAMPLEEXAMPLE{place:02}")
        for place, name in enumerate(names)
    ]
    assert same(inventory, first, second) and same(inventory, third, fourth)
    assert not same(inventory, first, third)


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
    """Every key, everybody and every action on its own."""
    counted = count()
    monkeypatch.setattr(Side, "facts", lambda self, key: next(counted))
    monkeypatch.setattr(Alike, "own", lambda self, who, actions, speaking: next(counted))
    monkeypatch.setattr(Alike, "speaking_of", lambda self, arn: {f"nobody's {next(counted)}": True})
    monkeypatch.setattr(Side, "actions", lambda self, who, grants, actions: [[each] for each in actions])


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


def test_with_and_without_sharing_the_paths_are_the_same(inventory, monkeypatch):
    for number in range(3):
        inventory.role(f"far{number}", COMPUTE, allow("*"), id=f"AROAEXAMPLEEXAMPF{number:03}")
        inventory.role(f"near{number}", DATA, allow("*"), id=f"AROAEXAMPLEEXAMPN{number:03}")
    inventory.bucket(
        "lake",
        allow("s3:*", "*", to=[COMPUTE, role(COMPUTE, "far1")]),
        deny("s3:GetObject", "*", to=role(COMPUTE, "far2")),
    )
    inventory.key("k1", DELEGATED, allow("kms:*", to=COMPUTE), deny("kms:Decrypt", to=role(COMPUTE, "far0")))
    inventory.grant(KEY, role(COMPUTE, "far2"), ["GenerateDataKey"])
    shared = comparable(inventory.paths())
    alone(monkeypatch)
    assert shared and shared == comparable(inventory.paths())
