from __future__ import annotations

import pytest

from collector.policy.grammar import Where
from collector.policy.once import statement

RAW = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}


def parsed(raw, index=0, where=Where.IDENTITY, variables=True):
    return statement(index, True, raw, where, variables)


def test_equal_statements_are_one():
    assert parsed(dict(RAW)) is parsed(dict(RAW))


def test_place_kind_version_and_content_tell_statements_apart():
    found = [
        parsed(RAW),
        parsed(RAW, index=1),
        parsed(RAW, where=Where.SCP),
        parsed(RAW, variables=False),
        parsed({**RAW, "Action": ["s3:*"]}),
        parsed({**RAW, "Condition": {"Bool": {"aws:SecureTransport": True}}}),
        parsed({**RAW, "Condition": {"Bool": {"aws:SecureTransport": "true"}}}),
    ]
    assert len({id(each) for each in found}) == len(found)


def test_what_is_wrong_is_told_every_time():
    for _ in range(2):
        one, (problem,) = parsed({**RAW, "Effect": "Maybe"}, index=3)
        assert one is None and problem.path == "Statement[3].Effect"


@pytest.mark.parametrize("sid", [10**5000, {1, 2}], ids=["number", "set"])
def test_what_json_cannot_write_is_no_reason_to_fail(sid):
    one, problems = parsed({**RAW, "Sid": sid})
    assert one is None and problems
