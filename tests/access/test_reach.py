from __future__ import annotations

import pytest

from tests.access.words import COMPUTE, DATA, KEY, LAKE, POINT, REGION, allow, deny, role

GET, DECRYPT = "s3:getobject", "kms:decrypt"


def naming(inventory, *given, action=GET, resource=f"{LAKE}/*"):
    inventory.role("who", COMPUTE, *given)
    return [who.arn for who in inventory.world().reach.naming(action, resource)]


def reaching(inventory, *given, action=GET, resource=f"{LAKE}/*", accounts=None):
    inventory.role("who", COMPUTE, *given)
    return [who.arn for who in inventory.world().reach.reaching(action, resource, accounts)]


WHO = [role(COMPUTE, "who")]
BY_NAME = [
    ("s3:GetObject", f"{LAKE}/*"),
    ("s3:GetObject", f"{LAKE}/a/b*"),
    ("s3:*", LAKE),
    ("s3:*", ["arn:aws:s3:::other", f"{LAKE}/x"]),
    ("*", f"{LAKE}*/*"),
]


@pytest.mark.parametrize(("action", "resource"), BY_NAME[:4])
def test_who_names_a_bucket_by_itself(inventory, action, resource):
    assert naming(inventory, allow(action, resource)) == WHO


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("s3:*", "*"),
        ("s3:*", "arn:aws:s3:::*"),
        ("s3:*", "arn:aws:s3"),
        ("s3:*", "arn:aws:s3:::la*/*"),
        ("s3:PutObject", f"{LAKE}/*"),
        ("s3:*", "arn:aws:s3:::lake2/*"),
    ],
)
def test_a_wildcard_names_nothing_by_itself(inventory, action, resource):
    assert naming(inventory, allow(action, resource)) == []


def test_a_deny_names_nothing(inventory):
    assert naming(inventory, deny("s3:*", f"{LAKE}/*")) == []


def test_access_points_and_keys_are_named_by_their_arns(inventory):
    assert naming(inventory, allow(GET, f"{POINT}/object/*"), resource=f"{POINT}/object/*") == WHO


def test_keys_are_named_by_their_arns(inventory):
    assert naming(inventory, allow("kms:*", KEY), action=DECRYPT, resource=KEY) == WHO


def test_a_pattern_of_keys_names_none(inventory):
    pattern = f"arn:aws:kms:{REGION}:{DATA}:key/*"
    assert naming(inventory, allow("kms:*", pattern), action=DECRYPT, resource=KEY) == []


@pytest.mark.parametrize(
    "resource", ["*", "arn:aws:s3:::*", "arn:aws:s3:::l?ke/*", f"{LAKE}/a/*", "arn:*:s3:::lake/*"]
)
def test_who_reaches_a_bucket(inventory, resource):
    assert reaching(inventory, allow("s3:Get*", resource)) == WHO


@pytest.mark.parametrize("resource", ["arn:aws:s3:::other/*", KEY, f"arn:aws:sqs:{REGION}:{DATA}:*"])
def test_who_does_not(inventory, resource):
    assert reaching(inventory, allow("*", resource)) == []


def test_all_but_some_resources_may_be_all(inventory):
    but = {"Effect": "Allow", "Action": "s3:*", "NotResource": "arn:aws:s3:::other/*"}
    assert reaching(inventory, but) == WHO


def test_only_of_the_accounts_that_are_asked_for(inventory):
    inventory.role("mine", DATA, allow("*"))
    assert reaching(inventory, allow("*"), accounts=[DATA]) == [role(DATA, "mine")]
    both = [who.arn for who in inventory.world().reach.reaching(GET, f"{LAKE}/*", None)]
    assert sorted(both) == [role(DATA, "mine"), *WHO]
    assert list(inventory.world().reach.reaching(GET, f"{LAKE}/*", [])) == []
