import pytest

from collector.policy.context import Context, StartsWith
from collector.policy.operators import compile_tests, known

NOTHING = Context()


@pytest.mark.parametrize(
    ("operator", "wanted", "found", "expected"),
    [
        ("StringEquals", "a", "a", True),
        ("StringEquals", "a", "A", False),
        ("StringEquals", "a*", "ab", False),
        ("StringEqualsIgnoreCase", "A*", "a*", True),
        ("StringLike", "a*", "a:b/c", True),
        ("StringLike", "A*", "ab", False),
        ("ArnLike", "arn:aws:iam::*:role/*", "arn:aws:iam::1:role/a/b", True),
        ("ArnLike", "arn:aws:iam:*:role/*", "arn:aws:iam::1:role/a", False),
        ("ArnEquals", "arn:aws:iam::1:role/*", "arn:aws:iam::1:role/a", True),
        ("StringLike", "arn:aws:iam:*:role/*", "arn:aws:iam::1:role/a", True),
        ("Bool", "true", "TRUE", True),
        ("Bool", "false", "no", False),
        ("NumericEquals", "10", "10.0", True),
        ("NumericLessThan", "10", "9", True),
        ("NumericLessThan", "10", "10", False),
        ("NumericLessThanEquals", "10", "10", True),
        ("NumericGreaterThan", "10", "9", False),
        ("NumericGreaterThanEquals", "10", "many", False),
        ("DateLessThan", "2026-01-01T00:00:00Z", "2025-12-31T23:59:59Z", True),
        ("DateGreaterThan", "2026-01-01", "2026-01-01T00:00:01Z", True),
        ("DateEquals", "2026-01-01T00:00:00Z", "1767225600", True),
        ("DateEquals", "2026-01-01T01:00:00+01:00", "2026-01-01T00:00:00Z", True),
        ("DateEquals", "2026-01-01", "yesterday", False),
        ("IpAddress", "10.0.0.0/8", "10.9.9.9", True),
        ("IpAddress", "10.1.2.3", "10.1.2.3", True),
        ("IpAddress", "10.0.0.0/8", "2001:db8::1", False),
        ("IpAddress", "2001:db8::/32", "2001:DB8::1", True),
        ("IpAddress", "0.0.0.0/0", "an address", False),
        ("BinaryEquals", "QmluYXJ5", "QmluYXJ5", True),
        ("BinaryEquals", "QmluYXJ5", "qmluyxj5", False),
    ],
)
def test_one_value(operator, wanted, found, expected):
    assert compile_tests(operator, (wanted,), True).fits(found, NOTHING) is expected
    assert compile_tests(operator, (wanted, wanted), True).fits(found, NOTHING) is expected


@pytest.mark.parametrize(
    ("operator", "value"),
    [
        ("Bool", "yes"),
        ("NumericEquals", "ten"),
        ("NumericEquals", "nan"),
        ("NumericEquals", "Infinity"),
        ("DateEquals", "soon"),
        ("IpAddress", "10.0.0.0/33"),
        ("NotIpAddress", "host.example"),
        ("BinaryEquals", "***"),
        ("Bool", "${aws:username}"),
    ],
)
def test_values_that_an_operator_cannot_have(operator, value):
    with pytest.raises(ValueError):
        compile_tests(operator, (value,), True)


def test_variables_are_text_where_there_are_none():
    context = Context.of({"aws:username": "ann"})
    assert compile_tests("StringEquals", ("${aws:username}",), True).fits("ann", context) is True
    assert compile_tests("StringEquals", ("${aws:username}",), False).fits("ann", context) is False
    assert compile_tests("StringEquals", ("${aws:username}",), False).fits("${aws:username}", context) is True


def test_values_with_variables_are_alternatives_to_those_without():
    unknown = Context.of({}, ["aws:username"])
    tests = compile_tests("StringLike", ("${aws:username}", "b*"), True)
    assert tests.fits("bob", unknown) is True
    assert tests.fits("ann", unknown) is None
    assert tests.fits("ann", NOTHING) is False


@pytest.mark.parametrize(
    ("operator", "wanted", "expected"),
    [
        ("StringLike", "AROA1:*", True),
        ("StringLike", "AROA1:ann", None),
        ("StringEquals", "AROA1:ann", None),
        ("StringLike", "AROA2:*", False),
        ("StringEquals", "AROA1", False),
        ("StringEqualsIgnoreCase", "aroa1:ann", None),
    ],
)
def test_a_value_of_which_only_the_beginning_is_known(operator, wanted, expected):
    assert compile_tests(operator, (wanted,), True).fits(StartsWith("AROA1:"), NOTHING) is expected


def test_a_star_in_what_is_known_is_a_star():
    beginning = StartsWith("a*")
    for wanted, expected in (("ab", False), ("a*b", None), ("a", False)):
        assert compile_tests("StringEquals", (wanted,), True).fits(beginning, NOTHING) is expected
    assert compile_tests("StringLike", ("a*",), True).fits(beginning, NOTHING) is True
    assert compile_tests("StringLike", ("ab*",), True).fits(beginning, NOTHING) is False


def test_names_have_no_case():
    assert known("stringnotlike") == "StringNotLike" and known("NULL") == "Null"
    assert known("StringEqual") is None
