from __future__ import annotations

import pytest

from collector.access.names import Names, named
from collector.policy.document import parse
from collector.policy.grammar import Where
from tests.access.words import COMPUTE, DATA, ETL, ORG, allow, deny, document, root

CANONICAL = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"
SESSION = f"arn:aws:sts::{COMPUTE}:assumed-role/etl/nightly"
UNIQUE = "AROAEXAMPLEEXAMPLE01"


def names(*given, action="s3:getobject"):
    return named([parse(document(*given), Where.RESOURCE)], action)


def everybody(when):
    return names(allow("s3:*", to="*", when=when))


PRINCIPALS = [
    (ETL, {"principals": {ETL}}),
    (SESSION, {"principals": {SESSION}}),
    (root(COMPUTE), {"accounts": {COMPUTE}}),
    (COMPUTE, {"accounts": {COMPUTE}}),
    (UNIQUE, {"ids": {UNIQUE}}),
    ({"CanonicalUser": CANONICAL}, {"canonical_ids": {CANONICAL}}),
    ({"Service": "s3.amazonaws.com"}, {}),
    ("*", {"everybody": True}),
    ({"AWS": ["*", ETL]}, {"everybody": True, "principals": {ETL}}),
]


@pytest.mark.parametrize(("to", "expected"), PRINCIPALS)
def test_whom_principals_name(to, expected):
    assert names(allow("s3:GetObject", to=to)) == Names(**expected)


def test_only_allows_of_the_action_name_somebody():
    assert names(deny("s3:*", to=ETL)) == Names()
    assert names(allow("s3:PutObject", to=ETL)) == Names()
    assert names(allow("s3:Get*", to=ETL)).principals == {ETL}
    assert names(allow(None, to=ETL, NotAction="s3:Put*")).principals == {ETL}


def test_a_statement_without_resource_names_nobody():
    assert names(allow("s3:*", None, to=ETL)) == Names()


CONDITIONS = [
    ({"StringEquals": {"aws:PrincipalOrgID": ORG}}, {"organizations": {ORG}}),
    ({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": f"{ORG}/r-1/*"}}, {"organizations": {ORG}}),
    ({"StringEquals": {"aws:PrincipalAccount": [DATA, COMPUTE]}}, {"accounts": {DATA, COMPUTE}}),
    ({"StringEquals": {"kms:CallerAccount": COMPUTE}}, {"accounts": {COMPUTE}}),
    ({"ArnEquals": {"aws:PrincipalArn": ETL}}, {"principals": {ETL}}),
    ({"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{COMPUTE}:role/*"}}, {"accounts": {COMPUTE}}),
    ({"StringEquals": {"aws:SourceAccount": DATA}}, {}),
    ({"ArnLike": {"aws:SourceArn": "arn:aws:s3:::lake"}}, {}),
    ({"StringEquals": {"s3:DataAccessPointAccount": DATA}}, {}),
    ({"ArnLike": {"s3:DataAccessPointArn": f"arn:aws:s3:*:{DATA}:accesspoint/*"}}, {}),
    ({"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}, {"everybody": True}),
    ({"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}, {"everybody": True}),
]


@pytest.mark.parametrize(("when", "expected"), CONDITIONS)
def test_whom_conditions_leave_of_everybody(when, expected):
    assert everybody(when) == Names(**expected)


LOOSE = [
    {"StringEqualsIfExists": {"aws:PrincipalOrgID": ORG}},
    {"StringNotEquals": {"aws:PrincipalOrgID": ORG}},
    {"StringNotEquals": {"aws:PrincipalAccount": DATA}},
    {"ArnNotLike": {"aws:PrincipalArn": ETL}},
    {"Null": {"aws:PrincipalOrgID": "false"}},
    {"ForAllValues:StringLike": {"aws:PrincipalOrgPaths": f"{ORG}/*"}},
    {"StringLike": {"aws:PrincipalAccount": "1111*"}},
    {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/etl"}},
]


@pytest.mark.parametrize("when", LOOSE)
def test_conditions_that_leave_everybody(when):
    assert everybody(when).everybody


def test_the_narrowest_condition_counts():
    both = {"StringEquals": {"aws:PrincipalOrgID": ORG, "aws:PrincipalAccount": COMPUTE}}
    assert everybody(both) == Names(accounts={COMPUTE})


def test_not_principal_with_allow_is_everybody():
    statement = {"Effect": "Allow", "Action": "s3:*", "Resource": "*", "NotPrincipal": {"AWS": ETL}}
    assert names(statement).everybody


def test_several_documents_and_statements_add_up():
    documents = [
        parse(document(allow("s3:*", to=to)), Where.RESOURCE) for to in (ETL, DATA, {"Service": "x.aws"})
    ]
    assert named(documents, "s3:putobject") == Names(principals={ETL}, accounts={DATA})
