import pytest

from collector.policy.document import parse
from collector.policy.grammar import Where

GOOD = {"Sid": "Good", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*"}
NAMED = {**GOOD, "Principal": {"AWS": "111122223333"}}


def parsed(where, *statements):
    return parse({"Version": "2012-10-17", "Statement": list(statements)}, where)


def broken(where=Where.IDENTITY, **elements):
    """A document with a broken statement between good ones; an element that is None is left out."""
    good = NAMED if where in (Where.RESOURCE, Where.TRUST) else GOOD
    if where is Where.TRUST:
        good = {key: value for key, value in good.items() if key != "Resource"}
    if where is Where.RCP:
        good = {**good, "Effect": "Deny", "Principal": "*"}
    bad = {key: value for key, value in {**good, "Sid": "Bad", **elements}.items() if value is not None}
    return parsed(where, good, bad, good)


def held(document, path):
    """One problem, there, and the others are there."""
    (problem,) = document.problems
    assert problem.path == "Statement[1]" + path and problem.message
    assert [statement.index for statement in document.statements if statement.sid == "Good"] == [0, 2]
    return [statement for statement in document.statements if statement.sid != "Good"]


@pytest.mark.parametrize("raw", [None, True, 5, "text", [], ["Allow"]])
def test_a_statement_is_an_object(raw):
    assert held(parsed(Where.IDENTITY, GOOD, raw, GOOD), "") == []


@pytest.mark.parametrize(
    ("elements", "path"),
    [
        ({"Effect": None}, ".Effect"),
        ({"Effect": "allow"}, ".Effect"),
        ({"Effect": ["Allow"]}, ".Effect"),
        ({"Sid": 5}, ".Sid"),
        ({"Action": None}, ".Action"),
        ({"NotAction": "s3:*"}, ".Action"),
        ({"Action": []}, ".Action"),
        ({"Action": {}}, ".Action[0]"),
        ({"Action": ["s3:GetObject", 5]}, ".Action[1]"),
        ({"Resource": None}, ".Resource"),
        ({"NotResource": "*"}, ".Resource"),
        ({"Resource": []}, ".Resource"),
        ({"Resource": ["*", False]}, ".Resource[1]"),
        ({"Condition": []}, ".Condition"),
        ({"Condition": "none"}, ".Condition"),
        ({"Condition": {"StringEquals": "aws:a"}}, ".Condition.StringEquals"),
    ],
)
def test_statements_that_cannot_be_used(elements, path):
    assert held(broken(**elements), path) == []


@pytest.mark.parametrize(
    ("value", "path"),
    [
        (None, ""),
        ("111122223333", ""),
        ([], ""),
        ({}, ""),
        ({"Aws": "*"}, ".Aws"),
        ({"AWS": []}, ".AWS"),
        ({"AWS": [5]}, ".AWS[0]"),
        ({"AWS": "arn:aws:iam::111122223333:role/*"}, ""),
        ({"AWS": "s3.amazonaws.com"}, ""),
    ],
)
@pytest.mark.parametrize("name", ["Principal", "NotPrincipal"])
def test_principals_that_are_none(name, value, path):
    document = broken(Where.RESOURCE, **{"Effect": "Deny", "Principal": None, name: value})
    assert held(document, ".Principal" if value is None else f".{name}{path}") == []


def test_principal_and_its_opposite_exclude_each_other():
    assert held(broken(Where.RESOURCE, NotPrincipal="*"), ".Principal") == []


@pytest.mark.parametrize(
    ("elements", "path"),
    [
        ({"Actions": "s3:*"}, ".Actions"),
        ({"Action": ["s3:*", "GetObject"]}, ".Action[1]"),
        ({"Action": "s3:Get:Object"}, ".Action[0]"),
        ({"Principal": "*"}, ".Principal"),
        ({"NotPrincipal": {"AWS": "111122223333"}}, ".NotPrincipal"),
    ],
)
def test_what_is_wrong_but_leaves_a_statement(elements, path):
    assert len(held(broken(**elements), path)) == 1


@pytest.mark.parametrize(
    ("operator", "values"),
    [
        ("StringEqual", "x"),
        ("Bool", "yes"),
        ("NumericLessThan", ["1", "many"]),
        ("DateGreaterThan", "soon"),
        ("IpAddress", "10.0.0.0/99"),
        ("ForSomeValue:StringEquals", "x"),
        ("ForAnyValue:", "x"),
        ("IfExists", "x"),
        ("NullIfExists", "true"),
    ],
)
def test_a_condition_that_cannot_be_understood_leaves_its_statement_open(operator, values):
    (statement,) = held(broken(Condition={operator: {"aws:k": values}}), f".Condition.{operator}.aws:k")
    assert statement.open_because


@pytest.mark.parametrize(
    ("condition", "path"),
    [
        ({"StringEquals": {"aws:k": None}}, ".Condition.StringEquals.aws:k"),
        ({"StringEquals": {"aws:k": {"a": "b"}}}, ".Condition.StringEquals.aws:k"),
        ({"StringEquals": {"aws:k": ["a", ["b"]]}}, ".Condition.StringEquals.aws:k"),
        ({"Null": {"aws:k": "yes"}}, ".Condition.Null.aws:k"),
    ],
)
def test_values_of_conditions_are_text_numbers_or_booleans(condition, path):
    held(broken(Condition=condition), path)


def test_numbers_and_booleans_are_values_of_conditions():
    condition = {"NumericLessThan": {"s3:max-keys": 10}, "Bool": {"aws:SecureTransport": [True, "false"]}}
    (statement,) = parsed(Where.IDENTITY, {**GOOD, "Condition": condition}).statements
    assert [condition.values for condition in statement.conditions] == [("10",), ("true", "false")]


@pytest.mark.parametrize(
    ("where", "elements", "path"),
    [
        (Where.SESSION, {"Resource": "arn:aws:s3"}, ".Resource[0]"),
        (Where.SESSION, {"Resource": None}, ".Resource"),
        (Where.SCP, {"Principal": "*"}, ".Principal"),
        (Where.SCP, {"Resource": None}, ".Resource"),
        (Where.RCP, {"Resource": None}, ".Resource"),
        (Where.RESOURCE, {"Principal": None, "NotPrincipal": {"AWS": "111122223333"}}, ".NotPrincipal"),
    ],
)
def test_what_a_policy_may_have_depends_on_what_it_is_attached_to(where, elements, path):
    held(broken(where, **elements), path)


@pytest.mark.parametrize(
    ("where", "elements", "path"),
    [
        (Where.RCP, {"Principal": None, "NotPrincipal": "*"}, ".NotPrincipal"),
        (Where.RCP, {"Principal": {"AWS": "111122223333"}}, ".Principal"),
        (Where.RCP, {"Principal": {"AWS": "*", "Service": "s3.amazonaws.com"}}, ".Principal"),
        (Where.RCP, {"Action": None, "NotAction": "s3:*"}, ".NotAction"),
        (Where.RCP, {"Effect": "Allow"}, ".Effect"),
        (Where.RCP, {"Effect": "Allow", "Action": "*"}, ".Effect"),
        (Where.RCP, {"Effect": "Allow", "Resource": "*"}, ".Effect"),
        (Where.TRUST, {"Resource": "*"}, ".Resource"),
        (Where.TRUST, {"NotResource": "*"}, ".NotResource"),
    ],
)
def test_elements_that_a_kind_of_policy_cannot_have(where, elements, path):
    held(broken(where, **elements), path)


def test_the_resource_control_policy_that_is_always_there():
    full = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
    for principal in ("*", {"AWS": "*"}):
        assert parsed(Where.RCP, {**full, "Sid": "Full", "Principal": principal}).problems == ()
    some = {**full, "Condition": {"Bool": {"aws:SecureTransport": "true"}}}
    assert [problem.path for problem in parsed(Where.RCP, some).problems] == ["Statement[0].Effect"]


def test_a_statement_without_resource():
    bare = {key: value for key, value in NAMED.items() if key != "Resource"}
    (key_policy,) = parsed(Where.RESOURCE, bare).statements
    assert key_policy.resources is None
    (trust,) = parsed(Where.TRUST, bare).statements
    assert trust.resources.fit("arn:aws:iam::111122223333:role/app")


def test_a_problem_says_where_and_what():
    (problem,) = broken(Effect="Maybe").problems
    assert str(problem) == "Statement[1].Effect: expected Allow or Deny, found 'Maybe'"
