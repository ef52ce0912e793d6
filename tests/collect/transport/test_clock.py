from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from collector.collect.transport import clock


@pytest.fixture(autouse=True)
def right(monkeypatch):
    """Each test begins with a clock that needs no correction."""
    monkeypatch.setattr(clock, "_behind", timedelta())


def refused(code="RequestTimeTooSkewed", off=timedelta(minutes=20), headers=None):
    date = format_datetime(datetime.now(UTC) + off, usegmt=True)
    metadata = {"HTTPHeaders": {"date": date} if headers is None else headers, "HTTPStatusCode": 403}
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": metadata}, "ListKeys")


@pytest.mark.parametrize("off", [timedelta(minutes=20), timedelta(minutes=-20), timedelta(days=400)])
@pytest.mark.parametrize("code", ["RequestTimeTooSkewed", "InvalidSignatureException", "RequestExpired"])
def test_the_clock_takes_over_what_the_refusal_tells(code, off):
    assert clock.correct(refused(code, off))
    assert abs(clock.now() - datetime.now(UTC) - off) < timedelta(seconds=3)


@pytest.mark.parametrize(
    "error",
    [
        refused(off=timedelta(minutes=3)),
        refused("AccessDenied"),
        refused(headers={}),
        refused(headers={"date": "yesterday"}),
        ReadTimeoutError(endpoint_url="https://kms.us-east-1.amazonaws.com"),
    ],
    ids=["nearly right", "another refusal", "no date", "no known date", "no answer"],
)
def test_what_does_not_come_of_the_clock_leaves_it_alone(error):
    assert not clock.correct(error)
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=3)


def test_a_clock_that_was_put_right_is_not_put_right_again():
    assert clock.correct(refused())
    assert not clock.correct(refused())
