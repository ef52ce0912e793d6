"""Estates made up at random: what is decided once for many comes out as if it were decided for each."""

from __future__ import annotations

import random

import pytest

from tests.access.test_alike import alone, comparable
from tests.access.words import (
    COMPUTE,
    DATA,
    KEY,
    LAKE,
    ORG,
    POINT,
    SOMETIMES,
    allow,
    bucket,
    deny,
    key,
    role,
    root,
)

KEYS = [KEY, key("k2"), key("k3"), key("k4")]
K2, OTHER = KEYS[1], bucket("other")
GRANTED = [["Decrypt"], ["Decrypt", "CreateGrant"], ["GenerateDataKey"]]
NAMES = [f"app{number}" for number in range(8)]
PEOPLE = [role(account, name) for account in (DATA, COMPUTE) for name in NAMES]
ACTIONS = [
    "*",
    ["kms:*", "s3:*"],
    "kms:Decrypt",
    ["kms:Encrypt", "kms:GenerateDataKey*", "s3:PutObject"],
    "s3:Get*",
]
RESOURCES = ["*", KEY, K2, [KEY, K2], "arn:aws:kms:*:*:key/k*", f"{LAKE}/*", f"{LAKE}/a/*", f"{OTHER}/*"]
RESOURCES += [f"{POINT}/object/*", "arn:aws:s3"]
RESOURCES += [f"{LAKE}/${{aws:username}}/*", f"{LAKE}/${{aws:PrincipalOrgID}}/*"]
CONDITIONS = [
    *[None] * 8,
    SOMETIMES,
    {"ArnNotLike": {"aws:PrincipalArn": f"arn:aws:iam::*:role/{NAMES[0]}"}},
    {"StringEquals": {"aws:PrincipalTag/team": "lake"}},
    {"StringEquals": {"aws:ResourceTag/team": "lake"}},
    {"StringEquals": {"aws:PrincipalOrgID": ORG}},
    {"StringLike": {"kms:EncryptionContext:aws:s3:arn": f"{LAKE}*"}},
    {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}},
    {"StringEqualsIfExists": {"aws:userid": "AROAEXAMPLEEXAMPL001:me"}},
]
TO = ["*", root(DATA), root(COMPUTE), PEOPLE[:4], PEOPLE[6:11], PEOPLE[8:], PEOPLE[9], "AROAEXAMPLEEXAMPL010"]
TO += [f"arn:aws:sts::{COMPUTE}:assumed-role/{NAMES[1]}/me", [root(COMPUTE), PEOPLE[9]]]


class Dice:
    """What an estate is made of: few statements and policies, so that many hold the same."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.said = [self.statement() for _ in range(4)]
        self.own = [[allow("*"), *self.some(self.said, 2)], *(self.some(self.said, 2) for _ in range(2))]
        self.keys = [[self.of_key(each) for each in self.policy()] for _ in range(2)]

    def one(self, given):
        return self.random.choice(given)

    def some(self, given, most):
        return [self.one(given) for _ in range(self.random.randint(1, most))]

    def statement(self):
        effect = self.one([allow, allow, allow, deny])
        made = effect(self.one(ACTIONS), self.one(RESOURCES), when=self.one(CONDITIONS))
        if self.random.random() < 0.15:
            made["NotResource"] = made.pop("Resource")
        return made

    def policy(self):
        """A resource's policy: what others say, to somebody."""
        return [self.to(each) for each in self.some(self.said, 6)]

    def of_key(self, statement):
        """A key's policy speaks of that key."""
        return {
            **{name: value for name, value in statement.items() if name != "NotResource"},
            "Resource": "*",
        }

    def to(self, statement):
        if statement["Effect"] == "Deny" and self.random.random() < 0.2:
            return {**statement, "NotPrincipal": {"AWS": [root(DATA), PEOPLE[0]]}}
        to = self.one(TO)
        return {**statement, "Principal": to if to == "*" else {"AWS": to}}


def estate(inventory, seed):
    dice = Dice(seed)
    inventory.organization(
        scps={DATA: [deny("kms:*", when=dice.one(CONDITIONS))]},
        rcps={DATA: [deny(dice.one(["s3:*", "kms:*"]), to="*", when=dice.one(CONDITIONS))]},
    )
    for account in (DATA, COMPUTE):
        for place, given in enumerate(dice.own):
            inventory.managed(account, f"arn:aws:iam::{account}:policy/p{place}", *given)
        inventory.user("ann", account, *dice.one(dice.own))
    for number, named in enumerate(PEOPLE):
        account, name = named.split(":")[4], named.split("/")[1]
        arn = inventory.role(
            name,
            account,
            *dice.one([(), (), (), dice.own[0]]),
            id=f"AROAEXAMPLEEXAMPL{number:03}",
            tags=dice.one([None] * 5 + [{"team": "lake"}]),
            boundary=dice.one([None] * 9 + [[allow("*")], "missing"]),
            path=dice.one(["/"] * 9 + ["/aws-service-role/x.amazonaws.com/"]),
            trust=[allow("sts:AssumeRole", None, to=dice.one(TO))],
        )
        for place in set(dice.some([0, 0, 0, 1, 2], 2)):
            inventory.attach("role", arn, f"arn:aws:iam::{account}:policy/p{place}")
    for place, each in enumerate(KEYS):
        tags = dice.one([{}, {}, {"team": "lake"}])
        inventory.key(each[-2:], allow("kms:*", to=root(DATA)), *dice.one(dice.keys), tags=tags)
        for number in range(place):
            granted = {"RetiringPrincipal": dice.one(PEOPLE)} if number else {}
            inventory.grant(each, dice.one(PEOPLE), dice.one(GRANTED), id=f"g{number}", **granted)
    for name in ("lake", "other"):
        inventory.bucket(name, *dice.policy(), key=dice.one(KEYS), bucket_key_enabled=dice.one([True, False]))
    inventory.access_point(*dice.policy())
    inventory.s3_account(DATA)


@pytest.mark.parametrize("seed", range(40))
def test_sharing_changes_nothing(inventory, monkeypatch, seed):
    estate(inventory, seed)
    shared = comparable(inventory.key_access()), comparable(inventory.paths())
    alone(monkeypatch)
    assert shared == (comparable(inventory.key_access()), comparable(inventory.paths()))
    assert shared[1]
