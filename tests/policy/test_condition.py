import pytest

from collector.policy.condition import Quantifier, compare, null
from collector.policy.context import Context, Perhaps, StartsWith

ONE, ANY, ALL = Quantifier.ONE, Quantifier.ANY, Quantifier.ALL
UNKNOWN_KEY = Context.of({}, ["aws:Key"])


def check(base, *values, found=None, quantifier=ONE, if_exists=False, context=None):
    condition = compare(base, base, quantifier, if_exists, "aws:Key", values, True)
    return condition.check(context if context is not None else Context.of({"aws:key": found}))


@pytest.mark.parametrize(
    ("base", "quantifier", "if_exists", "expected"),
    [
        ("StringEquals", ONE, False, False),
        ("StringEquals", ONE, True, True),
        ("StringNotEquals", ONE, False, True),
        ("StringNotEquals", ONE, True, True),
        ("NumericNotEquals", ONE, False, True),
        ("DateNotEquals", ONE, False, True),
        ("ArnNotLike", ONE, False, True),
        ("NotIpAddress", ONE, False, True),
        ("Bool", ONE, False, False),
        ("StringEquals", ANY, False, False),
        ("StringNotEquals", ANY, False, False),
        ("StringEquals", ANY, True, None),
        ("StringEquals", ALL, False, True),
        ("StringNotEquals", ALL, False, True),
        ("StringEquals", ALL, True, True),
    ],
)
def test_a_key_that_is_absent(base, quantifier, if_exists, expected):
    value = {"N": "1", "B": "true", "D": "2026-01-01", "A": "arn:a:b:c:d:e"}.get(base[0], "x")
    value = "10.0.0.0/8" if "Ip" in base else value
    assert check(base, value, quantifier=quantifier, if_exists=if_exists) is expected


@pytest.mark.parametrize("quantifier", list(Quantifier))
@pytest.mark.parametrize("base", ["StringEquals", "StringNotEquals"])
def test_a_key_that_is_not_known(base, quantifier):
    assert check(base, "x", quantifier=quantifier, if_exists=True, context=UNKNOWN_KEY) is None


def test_a_negated_operator_asks_that_none_of_its_values_match():
    assert check("StringNotEquals", "a", "b", found="b") is False
    assert check("StringNotEquals", "a", "b", found="c") is True


@pytest.mark.parametrize(
    ("quantifier", "base", "found", "expected"),
    [
        (ANY, "StringEquals", ["a", "x"], True),
        (ANY, "StringEquals", ["x", "y"], False),
        (ANY, "StringNotEquals", ["a", "x"], True),
        (ANY, "StringNotEquals", ["a", "b"], False),
        (ALL, "StringEquals", ["a", "b"], True),
        (ALL, "StringEquals", ["a", "x"], False),
        (ALL, "StringNotEquals", ["x", "y"], True),
        (ALL, "StringNotEquals", ["a", "x"], False),
    ],
)
def test_keys_with_several_values(quantifier, base, found, expected):
    assert check(base, "a", "b", found=found, quantifier=quantifier) is expected


def test_several_values_without_quantifier_are_not_documented():
    assert check("StringEquals", "a", found=["a", "b"]) is None


@pytest.mark.parametrize(
    ("values", "absent", "present", "unknown"),
    [
        (("true",), True, False, None),
        (("FALSE",), False, True, None),
        (("true", "false"), True, True, True),
    ],
)
def test_null_tests_presence(values, absent, present, unknown):
    condition = null("Null", "aws:Key", values)
    assert condition.check(Context()) is absent
    assert condition.check(Context.of({"aws:key": "x"})) is present
    assert condition.check(UNKNOWN_KEY) is unknown


def test_variables_without_value():
    present = {"aws:key": "x"}
    assert check("StringEquals", "${aws:username}", context=Context.of(present)) is False
    assert check("StringNotEquals", "${aws:username}", context=Context.of(present)) is True
    unknown = Context.of(present, ["aws:username"])
    assert check("StringEquals", "${aws:username}", context=unknown) is None
    assert check("StringNotEquals", "${aws:username}", "x", context=unknown) is False


def test_it_tells_the_keys_that_it_depends_on():
    condition = compare("StringLike", "StringLike", ONE, False, "aws:Key", ("${aws:UserName}", "x"), True)
    assert condition.keys == ("aws:key", "aws:username")
    assert (condition.operator, condition.key) == ("StringLike", "aws:Key")


def test_a_value_of_which_only_the_beginning_is_known():
    context = Context({"aws:key": (StartsWith("AROA1:"),)})
    assert check("StringLike", "AROA1:*", context=context) is True
    assert check("StringNotLike", "AROA1:*", context=context) is False
    assert check("StringNotLike", "AROA1:ann", context=context) is None
    assert check("StringNotLike", "AROA2:*", context=context) is True


@pytest.mark.parametrize(
    ("base", "wanted", "expected"),
    [
        ("StringEquals", "x", None),
        ("StringEquals", "y", False),
        ("StringNotEquals", "x", None),
        ("StringNotEquals", "y", True),
    ],
)
@pytest.mark.parametrize("variables", [(), ("${aws:missing}",)])
def test_values_that_may_as_well_be_absent(base, wanted, expected, variables):
    context = Context({"aws:key": Perhaps(("x",))})
    assert check(base, wanted, *variables, context=context) is expected
    assert null("Null", "aws:Key", ("true",)).check(context) is None
