import pytest

from collector.policy.context import Context, PartlyKnown, StartsWith
from collector.policy.pattern import glob
from collector.policy.variables import template

WHO = Context.of({"aws:username": "ann", "aws:TagKeys": ["a", "b"], "aws:PrincipalTag/team": "a*"})


@pytest.mark.parametrize(
    ("text", "matching", "other"),
    [
        ("home/${aws:username}/*", "home/ann/k", "home/bob/k"),
        ("${AWS:UserName}", "ann", "ANN"),
        ("${ aws:username }", "ann", "bob"),
        ("${aws:missing, 'guest'}", "guest", "ann"),
        ("${aws:username, 'guest'}", "ann", "guest"),
        ("${aws:missing, 'a, b'}", "a, b", "a"),
        ("${aws:missing, '*'}", "*", "x"),
        ("a${*}b", "a*b", "axb"),
        ("a${?}b", "a?b", "axb"),
        ("${$}{aws:username}", "${aws:username}", "ann"),
        ("${aws:PrincipalTag/team}", "a*", "ab"),
        ("${aws:username}-${aws:username}", "ann-ann", "ann-bob"),
    ],
)
def test_what_a_variable_becomes(text, matching, other):
    filled, unknown = template(text).fill(WHO)
    assert not unknown
    assert glob(filled)(matching) and not glob(filled)(other)


@pytest.mark.parametrize(
    "text", ["${aws:missing}", "${aws:TagKeys}", "x-${aws:username}-${aws:missing}", "${}"]
)
def test_without_a_single_value_nothing_matches(text):
    assert template(text).fill(WHO) == (None, False)


def test_a_key_that_is_not_known():
    assert template("${aws:userid}").fill(PartlyKnown.of({})) == (None, True)
    assert template("${aws:userid, 'x'}").fill(Context.of({}, ["aws:userid"])) == (None, True)


def test_a_key_of_which_only_the_beginning_is_known():
    context = Context({"aws:userid": (StartsWith("AROAEXAMPLE:"),)})
    assert template("home/${aws:userid}/*").fill(context) == (None, True)


def test_what_is_before_a_place_is_text():
    found = template("${aws:username}/${aws:username}", 5)
    assert found.keys == ("aws:username",)
    assert found.fill(WHO) == ("${aws:username}/ann", False)
    assert template("${aws:username}/k", 15) is None


def test_text_without_variables_is_no_template():
    assert template("home/$x/{y}") is None
    assert template("${aws:username").keys == ()
    assert template("${aws:Username}/${x, 'y'}").keys == ("aws:username", "x")
