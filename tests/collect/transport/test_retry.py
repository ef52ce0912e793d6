from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import asynccontextmanager

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, NoCredentialsError, ResponseStreamingError
from botocore.parsers import ResponseParserError

from collector.collect.transport import retry
from collector.collect.transport.retry import ATTEMPTS, Retries

URL = "https://kms.us-east-1.amazonaws.com/"


def error(code, status=400):
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}, "ListKeys")


class Scripted:
    """Fails with these errors, one after the other, and then answers."""

    def __init__(self, *errors, renewable=True):
        self.errors, self.renewable = list(errors), renewable
        self.made = self.renewed = 0

    async def call(self, *_):
        self.made += 1
        if self.errors:
            raise self.errors.pop(0)
        return {"Keys": []}

    async def renew(self, identity):
        self.renewed += 1
        return self.renewable


class Counted:
    """A pace that lets everyone through."""

    def __init__(self):
        self.turns, self.slowed = Counter(), 0

    @asynccontextmanager
    async def turn(self, identity, region, service, operation, *, continued=False):
        self.turns[continued] += 1
        yield

    def throttled(self, *_):
        self.slowed += 1


@pytest.fixture(autouse=True)
def slept(monkeypatch):
    """What is slept, without sleeping it."""
    found = []

    async def sleep(seconds):
        found.append(seconds)

    monkeypatch.setattr(retry.asyncio, "sleep", sleep)
    return found


def call(transport, pace=None, retries=None, **rest):
    made = retries or Retries(transport, pace or Counted())
    return asyncio.run(made.call("111122223333", "us-east-1", "kms", "ListKeys", {}, **rest))


@pytest.mark.parametrize(
    "failure",
    [
        error("InternalError", 500),
        error("", 503),
        error("ThrottlingException"),
        error("KMSInternalException", 500),
        ConnectionClosedError(endpoint_url=URL),
    ],
    ids=str,
)
def test_what_may_pass_is_tried_again_after_a_while(failure, slept):
    transport = Scripted(failure, failure)
    assert call(transport) == {"Keys": []}
    assert transport.made == 3 and len(slept) == 2


def test_an_answer_that_cannot_be_read_is_asked_for_again_and_then_an_error():
    assert call(Scripted(ResponseParserError("no element found"))) == {"Keys": []}
    with pytest.raises(ResponseStreamingError, match="no element found"):
        call(Scripted(*[ResponseParserError("no element found")] * 5))


@pytest.mark.parametrize(
    "failure", [error("AccessDeniedException"), error("NotFoundException"), NoCredentialsError()], ids=str
)
def test_what_stays_is_raised_at_once(failure, slept):
    transport = Scripted(failure)
    with pytest.raises(type(failure)):
        call(transport)
    assert transport.made == 1 and not slept


def test_the_last_attempts_error_is_raised():
    transport = Scripted(*[error("InternalError", 500)] * 4, error("ServiceUnavailable", 503))
    with pytest.raises(ClientError, match="ServiceUnavailable"):
        call(transport)
    assert transport.made == ATTEMPTS == 5


def test_waits_double_at_most_with_full_jitter(slept, monkeypatch):
    monkeypatch.setattr(retry._BACKOFF, "_random", lambda: 1.0)
    with pytest.raises(ClientError):
        call(Scripted(*[error("Throttling")] * 5))
    assert slept == [1, 2, 4, 8]


def test_the_pace_and_the_caller_are_told_of_every_throttled_answer():
    pace, told = Counted(), []
    call(Scripted(error("ThrottlingException"), error("SlowDown", 503), error("InternalError", 500)), pace,
         throttled=lambda: told.append(1))  # fmt: skip
    assert pace.slowed == len(told) == 2
    assert pace.turns == {False: 4}


def test_a_further_page_is_told_to_the_pace():
    pace = Counted()
    call(Scripted(), pace, continued=True)
    assert pace.turns == {True: 1}


def test_an_expired_token_is_renewed_once_and_the_call_made_again_at_once(slept):
    transport = Scripted(error("ExpiredTokenException"))
    assert call(transport) == {"Keys": []}
    assert transport.renewed == 1 and not slept
    transport = Scripted(error("ExpiredToken"), error("ExpiredToken"))
    with pytest.raises(ClientError, match="ExpiredToken"):
        call(transport)
    assert transport.made == 2


def test_an_expired_token_that_is_not_ours_to_renew_is_an_error():
    with pytest.raises(ClientError, match="ExpiredToken"):
        call(Scripted(error("ExpiredToken"), renewable=False))


def test_an_endpoint_that_is_down_uses_up_its_quota_and_is_left_in_peace():
    """500 retries' worth at 14 each: 35 retries, then one attempt a call.

    https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
    """
    transport = Scripted(*[error("InternalError", 500)] * 1000)
    retries = Retries(transport, Counted())
    for _ in range(20):
        with pytest.raises(ClientError):
            call(transport, retries=retries)
    assert transport.made == 20 + 35


def test_success_gives_the_quota_back():
    transport = Scripted()
    retries = Retries(transport, Counted())
    for _ in range(100):
        transport.errors = [error("InternalError", 500)]
        call(transport, retries=retries)
    assert transport.made == 200
