import pytest

from collector.policy.context import Context
from collector.policy.document import parse
from collector.policy.grammar import Where
from collector.policy.principal import Named, principal

ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/app"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/app/ann"
USER = f"arn:aws:iam::{ACCOUNT}:user/ann"
BUCKET = "arn:aws:s3:::data"
ANN = Context.of({"aws:username": "ann"})


def statement(where=Where.IDENTITY, version="2012-10-17", **elements):
    raw = {"Effect": "Allow", "Action": "s3:*", "Resource": "*", **elements}
    raw = {key: value for key, value in raw.items() if value is not None}
    document = parse({"Version": version, "Statement": [raw]}, where)
    return document.statements[0]


@pytest.mark.parametrize(
    ("resource", "text", "expected"),
    [
        ("arn:aws:s3:::data/*", BUCKET, False),
        (["arn:aws:s3:::other", "arn:aws:s3:::data"], BUCKET, True),
        ("arn:aws:s3", BUCKET + "/k", True),
        ("arn:aws:s3:::${aws:username}-*", "arn:aws:s3:::ann-1", True),
        ("arn:aws:s3:::${aws:username}-*", "arn:aws:s3:::bob-1", False),
        ("arn:aws:s3:::${aws:missing}*", "arn:aws:s3:::", False),
        ("arn:aws:s3:::${aws:userid}/*", BUCKET + "/k", None),
    ],
)
def test_resources(resource, text, expected):
    context = Context.of({"aws:username": "ann"}, ["aws:userid"])
    assert statement(Resource=resource).resources.speaks_of(text, context) is expected
    opposite = statement(Resource=None, NotResource=resource).resources.speaks_of(text, context)
    assert opposite is (None if expected is None else not expected)


def test_a_certain_resource_is_enough_beside_one_that_is_open():
    found = statement(Resource=["arn:aws:s3:::${aws:userid}", BUCKET])
    assert found.resources.speaks_of(BUCKET, Context.of({}, ["aws:userid"])) is True


@pytest.mark.parametrize("version", ["2008-10-17", None])
def test_variables_came_with_a_version(version):
    raw = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::${aws:username}"}}
    if version:
        raw["Version"] = version
    (found,) = parse(raw, Where.IDENTITY).statements
    assert found.resources.speaks_of("arn:aws:s3:::ann", ANN) is False
    assert found.resources.speaks_of("arn:aws:s3:::${aws:username}", ANN) is True


@pytest.mark.parametrize(
    "resource",
    [
        "arn:aws:s3:::${aws:username}",
        "arn:aws:s3:${aws:username}::k",
        "arn:aws:s3::${aws:username}:k",
        "arn:${aws:username}:s3:::k",
    ],
)
def test_variables_are_filled_in_behind_the_fifth_colon_only(resource):
    behind = resource.endswith("}")
    found = statement(Resource=resource).resources
    assert found.speaks_of(resource.replace("${aws:username}", "ann"), ANN) is behind
    assert found.speaks_of(resource, ANN) is not behind


def test_what_has_no_colons_has_no_variables():
    assert statement(Resource="${aws:username}").resources.speaks_of("ann", ANN) is False


def test_all_conditions_must_hold():
    two = {"StringEquals": {"aws:a": "1", "aws:b": "2"}, "Bool": {"aws:c": "true"}}
    found = statement(Condition=two)
    known = {"aws:a": "1", "aws:b": "2", "aws:c": "true"}
    assert found.holds(Context.of(known)) is True
    assert found.holds(Context.of({**known, "aws:b": "3"})) is False
    assert found.holds(Context.of({"aws:a": "1", "aws:b": "2"}, ["aws:c"])) is None
    assert found.holds(Context.of({"aws:a": "3"}, ["aws:b", "aws:c"])) is False
    still = found.still_open(Context.of({"aws:a": "1"}, ["aws:b", "aws:c"]))
    assert [condition.key for condition in still] == ["aws:b", "aws:c"]


def test_its_name_is_its_sid_or_its_place():
    assert statement(Sid="Read").name == "Read"
    assert statement().name == 0


EXEMPT = [ROLE, ACCOUNT]


@pytest.mark.parametrize(
    ("others", "who", "expected"),
    [
        (["444455556666"], ROLE, Named.EVERYBODY),
        (EXEMPT, ROLE, Named.NOT),
        ([ROLE], ROLE, Named.EVERYBODY | Named.PERHAPS),
        ([ACCOUNT], ROLE, Named.EVERYBODY | Named.PERHAPS),
        ([SESSION, *EXEMPT], SESSION, Named.NOT),
        (EXEMPT, SESSION, Named.EVERYBODY | Named.PERHAPS),
        ([USER, ACCOUNT], USER, Named.NOT),
        ([USER], USER, Named.EVERYBODY | Named.PERHAPS),
        ([ACCOUNT], f"arn:aws:iam::{ACCOUNT}:root", Named.NOT),
        ([ACCOUNT], "s3.amazonaws.com", Named.EVERYBODY),
    ],
)
def test_whom_not_principal_leaves(others, who, expected):
    raw = {"Effect": "Deny", "NotPrincipal": {"AWS": others}}
    assert statement(Where.RESOURCE, **raw).names(principal(who)) == expected


def test_not_principal_always_denies_whoever_has_a_boundary():
    found = statement(Where.RESOURCE, Effect="Deny", NotPrincipal={"AWS": EXEMPT})
    assert found.names(principal(ROLE, bounded=True)) is Named.EVERYBODY


def test_not_principal_with_allow_is_open():
    found = statement(Where.RESOURCE, NotPrincipal={"AWS": EXEMPT})
    assert found.open_because and found.holds(Context()) is None
