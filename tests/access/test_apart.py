"""What a statement asks about who somebody is, and which resources it tells from others."""

from __future__ import annotations

import pytest

from collector.access import apart
from collector.policy.document import parse
from collector.policy.grammar import Where
from tests.access.words import DATA, KEY, SOMETIMES, allow, deny, role


def statement(raw):
    (found,) = parse({"Version": "2012-10-17", "Statement": [raw]}, Where.RESOURCE).statements
    return found


def made_of(inventory, raw, tags=None):
    arn = inventory.role("a", DATA, tags=tags)
    return apart.told_of(statement(raw), inventory.world().people.named(arn))


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"Resource": "*"}, ()),
        ({"Resource": ["*", KEY]}, ()),
        ({"Resource": [KEY, "arn:aws:kms:*"]}, (KEY, "arn:aws:kms:*")),
        ({"Resource": None, "NotResource": KEY}, (KEY,)),
        ({"Resource": None, "NotResource": "*"}, ("*",)),
    ],
)
def test_the_resources_that_are_told_from_others(given, told):
    raw = {name: value for name, value in {**allow("kms:*"), **given}.items() if value is not None}
    assert apart.resources(statement({**raw, "Principal": "*"})) == told


def test_all_that_is_said_but_whom_it_names():
    said = apart.without_principals(statement(allow("kms:*", to="*")))
    assert said == apart.without_principals(statement(allow("kms:*", to=role(DATA, "a"))))
    for other in (
        deny("kms:*", to="*"),
        allow("kms:*", to="*", sid="A"),
        allow("kms:*", to="*", when=SOMETIMES),
    ):
        assert said != apart.without_principals(statement(other))


ARN, TAG, ANY = "aws:PrincipalArn", "aws:PrincipalTag/team", {"to": "*"}


@pytest.mark.parametrize(
    ("when", "told"),
    [
        (None, ()),
        (SOMETIMES, ()),
        ({"ArnLike": {ARN: f"arn:aws:iam::{DATA}:role/*"}}, (True,)),
        ({"ArnNotLike": {ARN: f"arn:aws:iam::{DATA}:role/*"}}, (False,)),
        (
            {"StringEquals": {TAG: "lake"}, "ArnLike": {ARN: "arn:aws:iam::*:user/*"}, **SOMETIMES},
            (True, False),
        ),
    ],
)
def test_a_condition_on_who_somebody_is_holds_or_does_not(inventory, when, told):
    assert made_of(inventory, allow("kms:*", when=when, **ANY), {"team": "lake"}) == told


@pytest.mark.parametrize(
    "raw",
    [
        allow("kms:*", when={"StringEquals": {TAG: "lake"}}, **ANY),
        allow("kms:*", when={"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}, **ANY),
        allow("kms:*", when={"StringLike": {"aws:userid": "*:me"}}, **ANY),
        allow("s3:*", "arn:aws:s3:::home/${aws:username}/*", **ANY),
    ],
    ids=["a tag of the session", "a tag of both", "a session's name", "a variable"],
)
def test_what_cannot_be_told_beforehand_tells_somebody_from_all(inventory, raw):
    assert made_of(inventory, raw) == role(DATA, "a")
    assert apart.personal(statement(raw))


def test_most_statements_do_not_ask(inventory):
    assert not apart.personal(statement(allow("kms:*", when=SOMETIMES, **ANY)))
