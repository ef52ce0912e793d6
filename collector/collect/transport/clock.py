"""The machine's clock, put right by what AWS says the time is: it refuses signatures that are minutes off.

Importing this module has botocore's SigV4 signers use the corrected time, whoever makes the call.
https://docs.aws.amazon.com/IAM/latest/UserGuide/signature-v4-troubleshooting.html
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from botocore.auth import AUTH_TYPE_MAPS, SIGV4_TIMESTAMP, S3SigV4Auth, SigV4Auth
from botocore.exceptions import BotoCoreError, ClientError

TOLERATED = timedelta(minutes=4)
"""AWS takes signatures that are up to five minutes old or ahead."""

_REFUSED = {
    "InvalidSignatureException",
    "RequestExpired",
    "RequestInTheFuture",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
}

_behind = timedelta()


def now() -> datetime:
    """The time in UTC, as AWS sees it."""
    return datetime.now(UTC) + _behind


def correct(error: BotoCoreError | ClientError) -> bool:
    """Put the clock right if an error came of it. False: it did not, or does not tell the time."""
    global _behind
    if not isinstance(error, ClientError) or error.response.get("Error", {}).get("Code") not in _REFUSED:
        return False
    try:
        told = parsedate_to_datetime(error.response["ResponseMetadata"]["HTTPHeaders"]["date"])
    except (KeyError, ValueError):
        return False
    if abs(told - now()) < TOLERATED:
        return False
    _behind = told - datetime.now(UTC)
    return True


class _Corrected:
    """What a signer does differently: it signs with the corrected time."""

    def _modify_request_before_signing(self, request: Any) -> None:
        if _behind:
            request.context["timestamp"] = now().strftime(SIGV4_TIMESTAMP)
        super()._modify_request_before_signing(request)  # type: ignore[misc]


class CorrectedSigV4(_Corrected, SigV4Auth):  # type: ignore[misc]
    """Signature version 4."""


class CorrectedS3SigV4(_Corrected, S3SigV4Auth):  # type: ignore[misc]
    """Signature version 4 as S3 wants it: the path as it is, and the body's hash in a header."""


AUTH_TYPE_MAPS.update({"v4": CorrectedSigV4, "s3v4": CorrectedS3SigV4})
