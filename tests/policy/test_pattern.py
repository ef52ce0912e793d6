import time

import pytest

from collector.policy import pattern
from collector.policy.pattern import LITERAL, completed, glob, last_field


@pytest.mark.parametrize(
    ("wanted", "text", "expected"),
    [
        ("s3:Get*", "s3:GetObject", True),
        ("s3:Get*", "s3:get", False),
        ("*", "", True),
        ("?", "", False),
        ("?", "\n", True),
        ("a*c", "a:b/\nc", True),
        ("a*b*c", "abc", True),
        ("a*b*c", "acb", False),
        ("a.c", "abc", False),
        ("[ab]", "a", False),
        ("a", "aa", False),
        ("", "", True),
    ],
)
def test_a_glob_is_plain_text_but_for_its_wildcards(wanted, text, expected):
    assert glob(wanted)(text) is expected


@pytest.mark.parametrize("text", ["*", "?", "a*?b", "**"])
def test_wildcards_can_be_taken_literally(text):
    assert glob(text.translate(LITERAL))(text)
    assert not glob(text.translate(LITERAL))(text.replace("*", "x").replace("?", "y"))
    assert glob(text.translate(LITERAL) + "*")(text + "x")


def test_many_stars_do_not_take_for_ever():
    began = time.perf_counter()
    assert not glob("*a" * 5 + "b")("a" * 200)
    assert not glob("*a" * 100 + "b")("a" * 2000)
    assert not pattern.arn("arn:aws:*a" + "*a" * 50 + "b:::x")("arn:aws:" + "a" * 2000 + ":::x")
    assert time.perf_counter() - began < 0.5


BUCKET = "arn:aws:s3:::data"


@pytest.mark.parametrize(
    ("wanted", "text", "expected"),
    [
        (BUCKET + "/*", BUCKET + "/a:b/c", True),
        (BUCKET + "/*", BUCKET, False),
        (BUCKET + "*", BUCKET + "-2/k", True),
        (BUCKET + "/K", BUCKET + "/k", False),
        ("*", "anything", True),
        ("arn:aws:iam::*:role/app", "arn:aws:iam::111122223333:role/app", True),
        ("arn:*:iam::1:role/app", "arn:aws-cn:iam::1:role/app", True),
        # A star covers no colon outside the last field.
        ("arn:aws:*:role/app", "arn:aws:iam::111122223333:role/app", False),
        ("arn:aws:iam:*:role/app", "arn:aws:iam::111122223333:role/app", False),
        ("arn:aws:logs:*:*:group:*", "arn:aws:logs:eu-west-1:1:group:x:stream", True),
        ("arn:aws:logs:*:*:group:*:x", "arn:aws:logs:eu-west-1:1:group:a:b:x", True),
        ("arn:aws:?3:::data", BUCKET, True),
        ("arn:aws:?3:::data", "arn:aws::3:::data", False),
        ("arn:aws:s3:::*a*a", "arn:aws:s3:::a:a:a", True),
        ("arn:aws:s3:*::*a*a", "arn:aws:s3:eu::a", False),
        ("arn:aws:s3", BUCKET, False),
        ("arn:aws:*:::data", "arn:aws:s3", False),
    ],
)
def test_arns_match_field_by_field(wanted, text, expected):
    assert pattern.arn(wanted)(text) is expected


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("arn:aws:s3", "arn:aws:s3:*:*:*"),
        ("arn:aws:s3:::b", "arn:aws:s3:::b"),
        ("arn:aws:sns:*", "arn:aws:sns:*:*:*"),
        ("arn:aws:logs:a:b:c:d:e", "arn:aws:logs:a:b:c:d:e"),
        ("*", "*"),
    ],
)
def test_fields_that_are_left_out_may_be_anything(written, meant):
    assert completed(written) == meant


@pytest.mark.parametrize(
    ("arn", "last"), [(BUCKET + "/a:b", "data/a:b"), ("arn:aws:s3:::", ""), ("arn:aws:s3", ""), ("*", "")]
)
def test_the_last_field(arn, last):
    assert arn[last_field(arn) :] == last


def test_actions_match_in_any_case():
    assert pattern.action("S3:GET*")("s3:getobject")
    assert not pattern.action("s3:get")("s3:getobject")
