"""Nothing that has something in common with a resource is left out."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from collector.access.pattern_index import PatternIndex
from collector.policy.intersection import meet
from tests.access.words import COMPUTE, DATA, KEY, REGION

ACCOUNTS = st.sampled_from([DATA, COMPUTE, "*", "", "1*"])
ARNS = st.builds(
    "arn:{}:{}:{}:{}:{}".format,
    st.sampled_from(["aws", "*"]),
    st.sampled_from(["s3", "kms", "*"]),
    st.sampled_from([REGION, "", "*", "us-*"]),
    ACCOUNTS,
    st.text("ab/*?", max_size=5),
)
PATTERNS = st.one_of(ARNS, st.just("*"))


def near(patterns, resource):
    index = PatternIndex()
    for number, pattern in enumerate(patterns):
        index.add(pattern, number)
    return {pattern: list(items) for pattern, items in index.near(resource)}


def common(patterns, resource):
    """Those that have something in common with it. What names another account has not, whatever `*` is."""
    account = resource.split(":")[4]
    fields = {each: each.split(":") for each in patterns}
    mine = [each for each, found in fields.items() if len(found) < 5 or found[4] in (account, "", "*", "1*")]
    return {each for each in mine if meet(each, resource) is not None}


@given(st.lists(PATTERNS, max_size=8, unique=True), st.builds("arn:aws:kms:{}:{}:{}".format,
    st.just(REGION), st.sampled_from([DATA, COMPUTE]), st.text("ab/", max_size=5)))  # fmt: skip
def test_every_pattern_that_fits_a_key_is_near(patterns, arn):
    assert common(patterns, arn) <= near(patterns, arn).keys()


@given(st.lists(PATTERNS, max_size=8, unique=True), st.text("ab/", min_size=1, max_size=5))
def test_every_pattern_that_meets_a_bucket_s_objects_is_near(patterns, name):
    objects = f"arn:aws:s3:::{name}/*"
    assert common(patterns, objects) <= near(patterns, objects).keys()


def test_what_cannot_fit_is_not():
    others = [KEY + "x", KEY.replace(DATA, COMPUTE), f"arn:aws:kms:*:{COMPUTE}:key/*", "arn:aws:s3:::a"]
    assert near([KEY, *others], KEY) == {KEY: [0]}


def test_a_pattern_is_kept_for_several():
    index = PatternIndex()
    index.add("*", "first")
    index.add("*", "second")
    assert [(pattern, list(items)) for pattern, items in index.near(KEY)] == [("*", ["first", "second"])]
