from __future__ import annotations

import pytest

from collector.access.binding import bound
from collector.policy.document import parse
from collector.policy.grammar import Where
from tests.access.words import DATA, ORG, allow, document

ROLE = f"arn:aws:iam::{DATA}:role/app"


def classed(when):
    text = document(allow("kms:Decrypt", to="*", when=when))
    (statement,) = parse(text, Where.RESOURCE).statements
    return bound(statement)


CLASSES = [
    ("org_bound", "StringEquals", "aws:PrincipalOrgID", [ORG]),
    ("org_bound", "ForAnyValue:StringLike", "aws:PrincipalOrgPaths", [f"{ORG}/*"]),
    ("account_bound", "StringEquals", "aws:PrincipalAccount", [DATA]),
    ("account_bound", "StringEquals", "KMS:CallerAccount", [DATA]),
    ("account_bound", "StringEquals", "s3:DataAccessPointAccount", [DATA]),
    ("principal_bound", "ArnLike", "aws:PrincipalArn", [ROLE]),
    ("principal_bound", "StringLike", "aws:userid", ["AROAEXAMPLEEXAMPLE01:*"]),
]


@pytest.mark.parametrize(("name", "operator", "key", "values"), CLASSES)
def test_who_is_bound_and_to_what(name, operator, key, values):
    assert classed({operator: {key: values}}) == (name, sorted(values))


OTHERS = [
    ("service_bound", "StringEquals", "aws:SourceAccount", DATA),
    ("service_bound", "ArnLike", "aws:SourceArn", f"arn:aws:cloudtrail:*:{DATA}:trail/*"),
    ("service_bound", "StringEquals", "aws:SourceOrgID", ORG),
    ("network_bound", "IpAddress", "aws:SourceIp", "192.0.2.0/24"),
    ("network_bound", "StringEquals", "aws:SourceVpce", "vpce-1"),
    ("weak", "StringEquals", "kms:ViaService", "s3.us-east-1.amazonaws.com"),
    ("weak", "Bool", "aws:SecureTransport", "true"),
]


@pytest.mark.parametrize(("name", "operator", "key", "value"), OTHERS)
def test_other_classes(name, operator, key, value):
    assert classed({operator: {key: value}})[0] == name


TRAPS = [
    ("StringEqualsIfExists", "aws:PrincipalOrgID", ORG),
    ("StringNotEquals", "aws:PrincipalAccount", DATA),
    ("ArnNotLike", "aws:PrincipalArn", ROLE),
    ("NotIpAddress", "aws:SourceIp", "192.0.2.0/24"),
    ("StringLike", "aws:PrincipalOrgID", "*"),
    ("StringLike", "aws:PrincipalAccount", [DATA, "*"]),
    ("ArnLike", "aws:PrincipalArn", "*"),
    ("IpAddress", "aws:SourceIp", "0.0.0.0/0"),
    ("IpAddress", "aws:SourceIp", "::/0"),
    ("Null", "aws:PrincipalOrgID", "false"),
    ("ForAllValues:StringEquals", "aws:PrincipalOrgPaths", f"{ORG}/*"),
]


@pytest.mark.parametrize(("operator", "key", "value"), TRAPS)
def test_what_binds_nobody_is_weak(operator, key, value):
    assert classed({operator: {key: value}}) == ("weak", [])


def test_without_a_condition_there_is_none():
    assert classed(None) == ("none", [])


def test_the_strongest_class_counts():
    several = {
        "IpAddress": {"aws:SourceIp": "192.0.2.0/24"},
        "StringEquals": {"aws:PrincipalAccount": DATA, "aws:PrincipalOrgID": ORG},
    }
    assert classed(several) == ("org_bound", [ORG])
    del several["StringEquals"]["aws:PrincipalOrgID"]
    assert classed(several) == ("account_bound", [DATA])


def test_values_of_several_keys_of_a_class_are_told_once_and_in_order():
    several = {"StringEquals": {"aws:PrincipalAccount": [DATA, "0" * 12], "kms:CallerAccount": DATA}}
    assert classed(several) == ("account_bound", ["0" * 12, DATA])


def test_what_cannot_be_understood_is_unknown():
    assert classed({"StringIsh": {"aws:PrincipalOrgID": ORG}}) == ("unknown", [])
