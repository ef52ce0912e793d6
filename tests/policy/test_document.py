import json

import pytest

from collector.policy.document import parse
from collector.policy.grammar import Where

READ = {"Sid": "Read", "Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}
OTHERS = {"Effect": "Deny", "NotAction": ["s3:*", "KMS:Decrypt"], "Resource": "*"}
POLICY = {"Version": "2012-10-17", "Id": "p", "Statement": [READ, OTHERS]}


def parsed(source):
    return parse(source, Where.IDENTITY)


@pytest.mark.parametrize("source", [POLICY, json.dumps(POLICY), json.dumps(POLICY).encode("utf-8")])
def test_an_object_its_text_and_its_bytes_are_the_same(source):
    document = parsed(source)
    assert document.problems == () and document.version == "2012-10-17"
    assert [statement.name for statement in document.statements] == ["Read", 1]


def test_one_statement_needs_no_list():
    document = parsed({"Statement": READ})
    assert [statement.name for statement in document.statements] == ["Read"]
    assert parsed({"Statement": {**READ, "Effect": "?"}}).problems[0].path == "Statement.Effect"


@pytest.mark.parametrize(
    "source", ["", "{", "not json", b"\xff\xfe\xfa", '{"Statement": [}', "[" * 100000, '{"Id": "\\ud800"}']
)
def test_what_is_not_json(source):
    document = parsed(source)
    assert document.statements == () and str(document.problems[0]).startswith("not JSON")


@pytest.mark.parametrize("source", [None, 5, True, [], "[]", '"text"', "null"])
def test_what_is_no_object(source):
    document = parsed(source)
    assert [problem.path for problem in document.problems] == [""] and document.statements == ()


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"Version": "2012-10-18"}, "Version"),
        ({"Version": None}, "Version"),
        ({"Version": ["2012-10-17"]}, "Version"),
        ({"statement": []}, "statement"),
        ({"Id": 5}, "Id"),
        ({"Id": None}, "Id"),
        ({"Version": 10**5000}, "Version"),
        ({"Statement": None}, "Statement"),
        ({"Statement": "all"}, "Statement"),
        ({"Statement": [READ, "all"]}, "Statement[1]"),
    ],
)
def test_what_is_wrong_around_the_statements(change, path):
    assert [problem.path for problem in parsed({**POLICY, **change}).problems] == [path]


def test_a_number_of_any_length_raises_nothing():
    long = {"NumericEquals": {"s3:max-keys": 10**5000}}
    (problem,) = parsed({"Statement": {**READ, "Condition": long}}).problems
    assert problem.path == "Statement.Condition.NumericEquals.s3:max-keys"
    assert str(parsed({"Statement": {**READ, "Effect": 10**5000}}).problems[0]).endswith("found a number")


def test_the_statements_about_an_action():
    document = parsed(POLICY)
    about = {
        action: [statement.name for statement in document.about(action)]
        for action in ("s3:getobject", "s3:putobject", "kms:decrypt", "kms:encrypt")
    }
    assert about == {"s3:getobject": ["Read"], "s3:putobject": [], "kms:decrypt": [], "kms:encrypt": [1]}


def test_those_of_them_that_deny():
    document = parsed({"Statement": [{**READ, "Sid": "A"}, {**READ, "Sid": "B", "Effect": "Deny"}]})
    assert [each.sid for each in document.about("s3:getobject")] == ["A", "B"]
    assert [each.sid for each in document.denying["s3:getobject"]] == ["B"]
    assert document.denying["s3:putobject"] == ()


def test_the_keys_that_it_depends_on():
    condition = {
        "StringEquals": {"aws:PrincipalTag/team": "${aws:RequestTag/team}"},
        "Null": {"aws:B": "true"},
    }
    document = parsed(
        {
            "Version": "2012-10-17",
            "Statement": {**READ, "Resource": "arn:aws:s3:::${aws:username}", "Condition": condition},
        }
    )
    assert document.keys == {"aws:principaltag/team", "aws:requesttag/team", "aws:b", "aws:username"}
