import time

import pytest

from collector.policy.intersection import covers, meet


@pytest.mark.parametrize(
    ("wide", "narrow", "expected"),
    [
        ("*", "a*b", True),
        ("a/*", "a/b/*", True),
        ("a/*", "a/", True),
        ("a/b/*", "a/*", False),
        ("a?", "a*", False),
        ("a*", "a?", True),
        ("?", "*", False),
        ("a*", "*a", False),
        ("x/*/z", "x/*/y/z", True),
        ("*?", "?*?*", True),
        ("a?*", "ab*", True),
        ("?*a", "*ba", True),
        ("*?a*", "*ba*", True),
        ("??*", "*a*", False),
        ("a\ue000*", "a\ue000b", True),
        ("a\ue000*", "a*", False),
        ("a*", "a\ue000*", True),
    ],
)
def test_what_covers_what(wide, narrow, expected):
    assert covers(wide, narrow) is expected


def test_many_stars_do_not_take_for_ever():
    began = time.perf_counter()
    assert not covers("*a" * 200 + "b", "*a" * 400 + "c")
    assert meet("*a*b" * 50, "*b*a" * 50 + "c") is None
    assert time.perf_counter() - began < 2


@pytest.mark.parametrize(("wide", "narrow"), [("?*", "*"), ("a?*", "a*"), ("???????", "*")])
def test_a_star_may_stand_for_nothing_and_for_much(wide, narrow):
    assert not covers(wide, narrow)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("data/a/*", "data/*", "data/a/*"),
        ("data/a/*", "data/b/*", None),
        ("*.csv", "in/*", "in/*.csv"),
        ("ab*", "*bc", "ab*bc"),
        ("a?c", "?bc", "abc"),
        ("a", "a", "a"),
        ("a", "", None),
        ("a*", "b", None),
        ("*a*", "*b*", "*a*b*"),
    ],
)
def test_what_two_patterns_have_in_common(first, second, expected):
    found = meet(first, second)
    if first == "*a*":
        assert found in ("*a*b*", "*b*a*")
    else:
        assert found == expected
    assert (meet(second, first) is None) is (expected is None)
