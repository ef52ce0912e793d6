"""Whatever is given instead of a policy or a request, the answer is a problem and never an exception."""

import copy
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.ask.simulate import simulate
from collector.policy.document import Document, parse
from collector.policy.grammar import Where
from tests.policy.strategies import KEY, OBJECT, ROLE, A, checked, documents, grants, statements

TEXTS = st.text(st.characters(codec=None, exclude_categories=()), max_size=8) | st.sampled_from(
    ["", "\0", "\ud800", "Allow", "*", "x" * 20_000, "12", "${", "arn:aws:s3", "2012-10-17"]
)
"""Lone surrogates are among them."""
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
DEEP = st.integers(1, 3000).map(lambda depth: "[" * depth + "]" * depth)
GOOD = {"Sid": "Good", "Effect": "Allow", "Action": "s3:GetObject", "Resource": OBJECT}
ELEMENTS = ["Sid", "Effect", "Action", "NotAction", "Resource", "Principal", "Condition", "Statement", "Id"]


def places(value):
    """Every container in a JSON value, with a key of it."""
    if isinstance(value, dict | list):
        items = list(value.items()) if isinstance(value, dict) else list(enumerate(value))
        for key, inner in items:
            yield value, key
            yield from places(inner)


@st.composite
def spoiled(draw, values):
    """A value with some parts replaced, removed, added or wrapped."""
    found = copy.deepcopy(draw(values))
    for _ in range(draw(st.integers(1, 3))):
        reachable = list(places(found))
        if not reachable:
            break
        inside, key = draw(st.sampled_from(reachable))
        how = draw(st.sampled_from(["replace", "replace", "remove", "wrap", "add"]))
        if how == "replace":
            inside[key] = draw(JSON)
        elif how == "remove":
            del inside[key]
        elif how == "wrap":
            inside[key] = draw(st.sampled_from([[inside[key]], {"AWS": inside[key]}, str(inside[key])]))
        elif isinstance(inside, dict):
            inside[draw(st.sampled_from(ELEMENTS) | TEXTS)] = draw(JSON)
        else:
            inside.append(draw(JSON))
    return found


@st.composite
def spoiled_text(draw, texts):
    """A text in which some bytes are others, or twice, or not there."""
    found = bytearray(draw(texts))
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(found)))
        end = min(len(found), start + draw(st.integers(0, 12)))
        junk = st.binary(max_size=4) | st.sampled_from([b"\0", b"\xff", b"\\ud800", b"NaN", b"1e999", b'"'])
        found[start:end] = draw(junk) if draw(st.booleans()) else bytes(found[start:end]) * 2
    return bytes(found)


WHERE = st.sampled_from(list(Where))
POLICIES = WHERE.flatmap(documents)
AS_TEXT = POLICIES.map(lambda policy: json.dumps(policy).encode("utf-8"))


def held(document):
    """Problems have a place and a message, and so have the statements that are left."""
    assert isinstance(document, Document)
    for problem in document.problems:
        assert problem.message and str(problem)
    for statement in document.statements:
        assert isinstance(statement.sid, str) and statement.index >= 0
    assert document.about("s3:getobject") is not None and document.keys is not None


@checked
@given(JSON | spoiled(POLICIES), WHERE)
def test_whatever_is_parsed(source, where):
    document = parse(source, where)
    held(document)
    if not isinstance(source, dict):
        assert document.problems and document.statements == ()


@checked
@given(spoiled_text(AS_TEXT) | st.binary() | TEXTS | DEEP, WHERE)
def test_whatever_text_is_parsed(source, where):
    held(parse(source, where))


@checked
@given(st.lists(JSON | spoiled(statements(Where.IDENTITY)), max_size=3), st.integers(0, 3))
def test_a_good_statement_among_broken_ones_is_there(broken, place):
    raws = copy.deepcopy(broken)
    raws.insert(place, GOOD)
    document = parse({"Version": "2012-10-17", "Statement": raws}, Where.IDENTITY)
    assert any(statement.raw is GOOD for statement in document.about("s3:getobject"))
    for index, raw in enumerate(raws):
        paths = [
            problem.path for problem in document.problems if problem.path.startswith(f"Statement[{index}]")
        ]
        there = any(statement.index == index for statement in document.statements)
        assert there or paths
        assert raw is not GOOD or not paths


@st.composite
def lines(draw):
    """A line that is a request, or nearly."""
    line = {
        "id": draw(st.integers(0, 9) | st.text("ab", max_size=2)),
        "principal": ROLE,
        "action": "s3:GetObject",
        "resource": OBJECT,
        "resource_account": A,
        "identity_policies": [draw(documents(Where.IDENTITY))],
        "resource_policy": draw(documents(Where.RESOURCE)),
        "scps": [[draw(documents(Where.SCP))]],
        "grants": [draw(grants())],
        "context": {"aws:username": "ann"},
    }
    if draw(st.booleans()):
        line["resource_policy"] = json.dumps(line["resource_policy"])
    return line


def as_bytes(value):
    return json.dumps(value).encode("utf-8").replace(b"\n", b" ")


LINES = st.one_of(
    lines().map(as_bytes),
    spoiled(lines()).map(as_bytes),
    spoiled_text(lines().map(as_bytes)),
    st.binary(max_size=30),
    DEEP.map(lambda text: text.encode("utf-8")),
    st.sampled_from([b"", b" \t", b"null", b"{}", b"\xff", b'{"id": 1}']),
).map(lambda text: text.replace(b"\n", b" ") + b"\n")


def answered(given_lines):
    """Every line that is not blank has an answer, in its place."""
    answers = list(simulate(given_lines))
    asked = [number for number, line in enumerate(given_lines, 1) if line.strip()]
    assert len(answers) == len(asked)
    for number, (text, decided) in zip(asked, answers, strict=True):
        answer = json.loads(text)
        assert text.endswith(b"\n") and text.count(b"\n") == 1
        if decided:
            assert answer["decision"] and answer["legs"]
        else:
            assert answer["line"] == number and answer["error"]


@checked
@given(st.lists(LINES, min_size=1, max_size=4))
def test_every_line_has_its_answer_in_its_place(given_lines):
    answered(given_lines)


LINE = {
    "id": "1",
    "principal": ROLE,
    "action": "kms:Decrypt",
    "resource": KEY,
    "identity_policies": [{"Statement": GOOD}, json.dumps({"Statement": GOOD})],
    "resource_policy": {"Version": "2012-10-17", "Statement": {**GOOD, "Principal": {"AWS": ROLE}}},
    "scps": [[{"Statement": [{**GOOD, "Condition": {"StringEquals": {"aws:username": "ann"}}}]}]],
    "grants": [{"GrantId": "g", "GranteePrincipal": ROLE, "Operations": ["Decrypt"]}],
    "context": {"aws:username": "ann"},
}


@pytest.mark.parametrize(
    "odd",
    [
        b"\xff",
        b"\\\\ud800",
        b"\\ud800",
        b"\0",
        b"\\u0000",
        b"\xef\xbb\xbf",
        b"${",
        b"\\",
        b'"',
        b"9" * 5000,
    ],
    ids=lambda odd: repr(odd[:6]),
)
def test_odd_bytes_anywhere_in_a_line(odd):
    line = as_bytes(LINE)
    answered([line[:place] + odd + line[place:] for place in range(0, len(line), 2)])


@pytest.mark.parametrize("length", [19, 400, 4000, 5000])
def test_long_numbers_anywhere_in_a_line(length):
    line, number = as_bytes(LINE), b"9" * length
    strings = [found.span() for found in re.finditer(rb'(?<=[:\[]) "[^"]*"|(?<=\[)"[^"]*"', line)]
    answered([line[:start] + number + line[end:] for start, end in strings])


def answered_with_grant(member, value):
    answered([as_bytes({**LINE, "grants": [{**LINE["grants"][0], member: value}]})])


@pytest.mark.parametrize(
    "member", ["GrantId", "GranteePrincipal", "RetiringPrincipal", "Constraints", "Operations"]
)
@pytest.mark.parametrize("value", [5, None, True, "x", ["x"], {"x": 1}, [["x"]]])
def test_grants_of_any_kind(member, value):
    answered_with_grant(member, value)


@pytest.mark.parametrize("member", ["GranteeServicePrincipal", "RetiringServicePrincipal"])
@pytest.mark.parametrize("value", [["x"], {"x": 1}])
def test_grants_to_services_of_any_kind(member, value):
    answered_with_grant(member, value)
