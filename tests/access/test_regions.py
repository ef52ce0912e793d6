"""Which objects a path concerns, alone and on whole paths."""

from __future__ import annotations

import pytest

from collector.access.regions import merged, regions
from tests.access.words import (
    COMPUTE,
    DATA,
    DELEGATED,
    ETL,
    IN_BUCKET,
    KEY,
    KEY_USE,
    LAKE,
    ON_KEY,
    OWN_KMS,
    OWN_S3,
    allow,
    deny,
)


def test_regions_are_what_all_sides_speak_of():
    assert regions("b/*", []) == ["b/*"]
    assert regions("b/*", [["b/a/*", "c/*"], ["*"]]) == ["b/a/*"]
    assert regions("b/*", [["b/a/*", "b/c/*"], ["b/c/*"]]) == ["b/c/*"]
    assert regions("b/*", [["b/in/*"], ["b/*.csv"]]) == ["b/in/*.csv"]


def test_a_side_that_speaks_of_nothing_there_is_left_out():
    assert regions("b/*", [["c/*"], ["b/a/*"]]) == ["b/a/*"]


def test_what_a_deny_leaves_out_is_told_apart():
    assert regions("b/*", [["*"]], ["b/public/*", "c/*"]) == ["b/*", "b/public/*"]


def test_patterns_that_another_one_covers_are_left_out():
    assert merged(["b/a/*", "b/*", "b/a/x"]) == ["b/*"]
    assert merged(["b/c/*", "b/a/*", "b/a/*"]) == ["b/a/*", "b/c/*"]


def objects(*names):
    return [f"{LAKE}/{name}" for name in names]


def reading(*names, **rest):
    return allow("s3:GetObject", objects(*names), **rest)


def told(inventory, own, bucket):
    inventory.shared(own=[*own, OWN_KMS], bucket=bucket)
    row = inventory.path()
    return row["verdict"], row["resource_pattern"].removeprefix(LAKE)


EVERYTHING_BUT = {"Effect": "Allow", "Action": "s3:GetObject", "Principal": {"AWS": ETL}}
HERE = [
    ("one side is narrower", [reading("a/*")], [IN_BUCKET], ("allowed", "/a/*")),
    ("both overlap", [reading("*.csv")], [reading("in/*", to=ETL)], ("allowed", "/in/*.csv")),
    ("one of two", [reading("a/*", "c/*")], [reading("c/*", to=ETL)], ("allowed", "/c/*")),
    ("one object", [reading("a/b")], [IN_BUCKET], ("allowed", "/a/b")),
    ("a deny of a part", [OWN_S3], [IN_BUCKET, deny("s3:*", f"{LAKE}/a/*", to="*")], ("allowed", "/*")),
    (
        "a deny of one of two",
        [reading("a/*", "b/*"), deny("s3:*", f"{LAKE}/a/*")],
        [IN_BUCKET],
        ("allowed", "/b/*"),
    ),
    (
        "a deny of all but",
        [OWN_S3],
        [IN_BUCKET, deny("s3:*", None, to="*", NotResource=f"{LAKE}/public/*")],
        ("allowed", "/public/*"),
    ),
    ("an allow of all but", [OWN_S3], [{**EVERYTHING_BUT, "NotResource": f"{LAKE}/x/*"}], ("allowed", "/*")),
]


@pytest.mark.parametrize(("own", "bucket", "expected"), [each[1:] for each in HERE], ids=[e[0] for e in HERE])
def test_what_is_left(inventory, own, bucket, expected):
    assert told(inventory, own, bucket) == expected


def test_patterns_of_several_statements(inventory):
    found = told(inventory, [reading("a/*"), reading("b/*")], [IN_BUCKET])
    assert found == ("allowed", f"/a/*, {LAKE}/b/*")


NOWHERE = [
    ("they do not meet", [reading("a/*")], [reading("b/*", to=ETL)]),
    ("all that is left is denied", [reading("a/*")], [IN_BUCKET, deny("s3:*", f"{LAKE}/a/*", to="*")]),
    (
        "all but elsewhere",
        [reading("a/*")],
        [IN_BUCKET, deny("s3:*", None, to="*", NotResource=f"{LAKE}/b/*")],
    ),
    ("excluded", [reading("a/*")], [{**EVERYTHING_BUT, "NotResource": f"{LAKE}/a/*"}]),
    ("the bucket and not its objects", [allow("s3:*", LAKE)], [IN_BUCKET]),
]


@pytest.mark.parametrize(("own", "bucket"), [each[1:] for each in NOWHERE], ids=[e[0] for e in NOWHERE])
def test_nothing_is_left(inventory, own, bucket):
    verdict, _ = told(inventory, own, bucket)
    assert verdict == "blocked"


def test_organization_policies_and_boundaries_narrow_too(inventory):
    inventory.role("etl", COMPUTE, OWN_S3, OWN_KMS, boundary=[reading("a/*"), allow("kms:*")])
    inventory.bucket("lake", IN_BUCKET)
    inventory.key("k1", DELEGATED, ON_KEY)
    inventory.s3_account(DATA)
    inventory.organization(bare=[COMPUTE], scps={COMPUTE: [reading("*.csv"), allow("kms:*")]})
    row = inventory.path()
    assert (row["verdict"], row["resource_pattern"]) == ("allowed", f"{LAKE}/a/*.csv")


def person(inventory, resource, **more):
    arn = inventory.user("ann", COMPUTE, allow("s3:GetObject", resource), allow("kms:*", KEY), **more)
    inventory.bucket("lake", allow("s3:GetObject", f"{LAKE}/*", to=arn))
    inventory.key("k1", allow(KEY_USE, to=arn))
    inventory.s3_account(DATA)
    return inventory.path(arn)


@pytest.mark.parametrize("variable", ["${aws:username}", "${aws:PrincipalTag/team}"])
def test_a_variable_whose_value_is_known(inventory, variable):
    row = person(inventory, f"{LAKE}/{variable}/*", tags={"team": "ann"})
    assert (row["verdict"], row["resource_pattern"]) == ("allowed", f"{LAKE}/ann/*")


def test_a_variable_whose_value_is_not_known(inventory):
    row = person(inventory, f"{LAKE}/${{aws:PrincipalTag/team}}/*")
    assert (row["s3_identity"], row["verdict"]) == ("conditional", "conditional")


def test_a_variable_that_has_no_value_matches_nothing(inventory):
    inventory.shared(own=[allow("s3:GetObject", f"{LAKE}/${{aws:username}}/*"), OWN_KMS])
    assert inventory.path()["blocked_by"] == ["s3_identity"]
