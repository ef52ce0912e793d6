"""What is on a key's side: for which keys it is the same, and on whom which statements bear."""

from __future__ import annotations

import pytest

from collector.access.alike import Alike
from collector.policy.document import parse
from collector.policy.grammar import Where
from tests.access.words import COMPUTE, DATA, DELEGATED, KEY, LAKE, allow, deny, document, role

USE = allow(["kms:Decrypt", "kms:GenerateDataKey"], KEY)


def alike_keys(inventory, other):
    """Whether all that decisions about two keys rest on is equal, for somebody who names none of them."""
    world = inventory.world()
    world.keys.hold([KEY, other])
    alike, first, second = Alike(world), world.keys[KEY], world.keys[other]
    sides = [alike.side(first), alike.side(second)]
    speaking = [alike.speaking_of(first.arn), alike.speaking_of(second.arn)]
    return (
        sides[0] is sides[1]
        and sides[0].facts(first) == sides[1].facts(second)
        and (speaking[0] == speaking[1])
    )


def test_keys_of_an_account_with_the_same_policy_are_alike(inventory):
    inventory.key("k1", DELEGATED)
    assert alike_keys(inventory, inventory.key("k2", DELEGATED, tags={"team": "x"}))


ASKED = [
    {"tags": {"team": "x"}, "when": {"StringEquals": {"aws:ResourceTag/team": "x"}}},
    {"alias": "alias/a", "when": {"ForAnyValue:StringLike": {"kms:ResourceAliases": "alias/a"}}},
    {"origin": "EXTERNAL", "when": {"StringEquals": {"kms:KeyOrigin": "EXTERNAL"}}},
]


@pytest.mark.parametrize("columns", ASKED)
def test_keys_that_somebody_s_policy_tells_apart_are_not(inventory, columns):
    when = columns["when"]
    inventory.role("a", DATA, {**allow("kms:*"), "Condition": when})
    inventory.key("k1", DELEGATED)
    told = {name: value for name, value in columns.items() if name != "when"}
    assert not alike_keys(inventory, inventory.key("k2", DELEGATED, **told))


@pytest.mark.parametrize(
    "resource", [KEY, KEY.replace("key/k1", "key/*1"), KEY.replace("k1", "${aws:username}")]
)
def test_keys_that_somebody_s_policy_names_are_not_alike(inventory, resource):
    inventory.role("a", DATA, allow("kms:*", resource))
    inventory.key("k1", DELEGATED)
    assert not alike_keys(inventory, inventory.key("k2", DELEGATED))


def test_keys_whose_own_policy_names_one_of_them_are_not_alike(inventory):
    own = [DELEGATED, allow("kms:Decrypt", KEY, to=role(COMPUTE, "far"))]
    inventory.role("far", COMPUTE, allow("kms:*"))
    inventory.key("k1", *own)
    other = inventory.key("k2", *own)
    assert not alike_keys(inventory, other)
    having = {
        row["key_arn"] for row in inventory.key_access() if row["principal_arn"] == role(COMPUTE, "far")
    }
    assert having == {KEY}


def test_every_key_s_policy_is_called_by_its_own_arn(inventory):
    arns = {inventory.key("k1", DELEGATED), inventory.key("k2", DELEGATED)}
    inventory.role("a", DATA, USE, allow("kms:*"))
    rows = inventory.key_access()
    called = {
        (row["key_arn"], each["policy"])
        for row in rows
        for each in row["evidence"]
        if each["leg"] == "key_policy"
    }
    assert called == {(arn, arn) for arn in arns}


def test_keys_of_different_policies_are_not_alike(inventory):
    inventory.key("k1", DELEGATED)
    assert not alike_keys(inventory, inventory.key("k2", DELEGATED, allow("kms:*", to="*")))


def bearing(inventory, key, *people):
    """What bears on each, under the policy of a key."""
    inventory.ask("delete from aws_kms_keys; delete from aws_kms_key_policies")
    inventory.key("k1", *key)
    world = inventory.world()
    side = Alike(world).side(world.keys[KEY])
    return [side.bearing(world.people.named(who)) for who in people]


def two(inventory):
    return [inventory.role(name, DATA, USE, id=f"AROAEXAMPLEEXAMPLE0{name.upper()}") for name in "ab"]


def test_a_statement_that_names_two_in_the_same_way_bears_on_both_alike(inventory):
    people = two(inventory)
    first, second = bearing(inventory, [DELEGATED, allow("kms:Decrypt", to=people)], *people)
    assert first == second and len(first) == 2


def test_statements_that_differ_in_nothing_but_whom_they_name_bear_alike(inventory):
    people = two(inventory)
    each = [allow("kms:Decrypt", to=who) for who in people]
    (one,), (other,) = bearing(inventory, each[:1], people[0]), bearing(inventory, each[1:], people[1])
    assert one == other


@pytest.mark.parametrize(
    "how",
    [
        [f"arn:aws:sts::{DATA}:assumed-role/a/session", f"arn:aws:iam::{DATA}:role/b"],
        ["AROAEXAMPLEEXAMPLE0A", f"arn:aws:sts::{DATA}:assumed-role/b/session"],
        [f"arn:aws:iam::{DATA}:role/a"],
    ],
)
def test_how_they_are_named_counts(inventory, how):
    first, second = bearing(inventory, [DELEGATED, allow("kms:Decrypt", to=how)], *two(inventory))
    assert first != second


def test_whom_not_principal_leaves_out(inventory):
    people = two(inventory)
    spared = {"Effect": "Deny", "NotPrincipal": {"AWS": [people[0], f"arn:aws:iam::{DATA}:root"]}}
    key = [DELEGATED, {**spared, "Action": "kms:*", "Resource": "*"}]
    first, second = bearing(inventory, key, *people)
    assert len(first) == 1 and len(second) == 2


def test_what_a_statement_says_counts(inventory):
    people = two(inventory)
    key = [allow("kms:Decrypt", to=people[0]), deny("kms:Decrypt", to=people[1])]
    first, second = bearing(inventory, key, *people)
    assert first != second


def test_a_statement_is_called_by_its_place_if_it_has_no_name(inventory):
    people = two(inventory)
    key = [allow("kms:Decrypt", to=who) for who in people]
    first, second = bearing(inventory, key, *people)
    assert first != second


def test_it_counts_in_which_document_a_statement_is(inventory):
    people = two(inventory)
    world = inventory.world()
    documents = [
        parse(document(allow("s3:GetObject", f"{LAKE}/*", to=who)), Where.RESOURCE) for who in people
    ]
    side = Alike(world).behind(DATA, tuple(documents))
    first, second = [side.bearing(world.people.named(who)) for who in people]
    assert first != second
