"""Calls that are made again where that helps: botocore's `standard` rules, for every transport.

https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, ResponseStreamingError
from botocore.parsers import ResponseParserError
from botocore.retries.quota import RetryQuota
from botocore.retries.standard import (
    ExponentialBackoff,
    RetryContext,
    RetryEventAdapter,
    RetryQuotaChecker,
    StandardRetryConditions,
    ThrottlingErrorDetector,
)

from collector.collect.pace import Pace
from collector.collect.transport import clock
from collector.collect.transport.interface import Transport
from collector.collect.transport.session import operation_model

ATTEMPTS = 5
"""How often a call is made at most."""

_EXPIRED = {"ExpiredToken", "ExpiredTokenException"}
_ANSWERED = SimpleNamespace(status_code=200)
_THROTTLING = ThrottlingErrorDetector(RetryEventAdapter())
_RETRYABLE = StandardRetryConditions(max_attempts=ATTEMPTS)
_BACKOFF = ExponentialBackoff(throttling_detector=_THROTTLING)


class Retries:
    """Makes the calls of one scope, each in its turn, and those again that failed for the moment.

    A quota of retries, one per service and region, keeps an endpoint that is down from being hammered.
    """

    def __init__(self, transport: Transport, pace: Pace) -> None:
        """Call by `transport`, at the pace that all scopes share."""
        self._transport, self._pace = transport, pace
        self._quotas: dict[tuple[str, str], RetryQuotaChecker] = {}

    async def call(
        self,
        identity: str,
        region: str,
        service: str,
        operation: str,
        params: dict[str, Any],
        *,
        continued: bool = False,
        throttled: Callable[[], None] = lambda: None,
    ) -> dict[str, Any]:
        """The answer to a call. Raises botocore's ClientError and BotoCoreError, of the last attempt.

        `continued`: it asks for a further page. `throttled` is told of each answer that AWS throttled.
        """
        quota = self._quota(region, service)
        charged: dict[str, Any] = {}
        renewed = False
        attempt = 0
        while True:
            attempt += 1
            try:
                async with self._pace.turn(identity, region, service, operation, continued=continued):
                    answer = await self._answer(identity, region, service, operation, params)
            except (BotoCoreError, ClientError) as error:
                seen = _context(error, service, operation, attempt, charged)
                if _THROTTLING.is_throttling_error_from_context(seen):
                    self._pace.throttled(identity, region, service, operation)
                    throttled()
                if not renewed and await self._mended(identity, error):
                    renewed = True
                elif _RETRYABLE.is_retryable(seen) and quota.acquire_retry_quota(seen):
                    await asyncio.sleep(_BACKOFF.delay_amount(seen))
                else:
                    raise
            else:
                quota.release_retry_quota(charged, _ANSWERED)
                return answer

    async def _answer(self, *call: Any) -> dict[str, Any]:
        """One attempt. An answer that cannot be read counts as one that was cut off on its way."""
        try:
            return await self._transport.call(*call)
        except ResponseParserError as error:
            raise ResponseStreamingError(error=error) from error

    async def _mended(self, identity: str, error: BotoCoreError | ClientError) -> bool:
        """Whether the cause was a wrong clock or an expired token, and is no more."""
        if clock.correct(error):
            return True
        expired = isinstance(error, ClientError) and error.response.get("Error", {}).get("Code") in _EXPIRED
        return expired and await self._transport.renew(identity)

    def _quota(self, region: str, service: str) -> RetryQuotaChecker:
        key = region, service
        if key not in self._quotas:
            self._quotas[key] = RetryQuotaChecker(RetryQuota(), _THROTTLING)
        return self._quotas[key]


def _context(
    error: BotoCoreError | ClientError, service: str, operation: str, attempt: int, charged: dict[str, Any]
) -> RetryContext:
    """A failed attempt as botocore's rules look at it. `charged` is what they note about the call."""
    response = error.response if isinstance(error, ClientError) else None
    metadata = (response or {}).get("ResponseMetadata", {})
    http = SimpleNamespace(
        status_code=metadata.get("HTTPStatusCode"), headers=metadata.get("HTTPHeaders", {})
    )
    return RetryContext(
        attempt_number=attempt,
        operation_model=operation_model(service, operation),
        parsed_response=response,
        http_response=http if response else None,
        caught_exception=None if response else error,
        request_context=charged,
    )
