"""What came of a call, classified once, here."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from botocore.exceptions import BotoCoreError, ClientError


class Outcome(Enum):
    """The ledger's word for what came of a call. The first four are complete: nothing is missing."""

    OK = "ok"
    GONE = "gone"
    """The resource went away between being listed and being asked about."""
    DISABLED = "disabled"
    """The region is not enabled in the account, or the account uses no organization."""
    UNSUPPORTED = "unsupported"
    """The question has no answer for this resource or in this region."""
    DENIED = "denied"
    THROTTLED = "throttled"
    ERROR = "error"
    NOT_ATTEMPTED = "not_attempted"
    """What the call depends on failed, or its region was not selected."""

    @property
    def complete(self) -> bool:
        """Whether nothing is missing."""
        return self in (Outcome.OK, Outcome.GONE, Outcome.DISABLED, Outcome.UNSUPPORTED)


@dataclass(frozen=True)
class Failure:
    """Why a call gave no answer."""

    outcome: Outcome
    code: str
    message: str


_GONE = {
    "ChildNotFoundException",
    "NoSuchAccessPoint",
    "NoSuchBucket",
    "NoSuchEntity",
    "NotFoundException",
    "ParentNotFoundException",
    "PolicyNotFoundException",
}
_UNSUPPORTED = {"UnsupportedOperationException", "UnsupportedOperation", "MethodNotAllowed"}
_DISABLED = {"AWSOrganizationsNotInUseException", "OptInRequired", "RegionDisabledException"}
_DENIED = {
    "AccessDenied",
    "AccessDeniedException",
    "AccessDeniedForDependencyException",
    "AuthFailure",
    "AuthorizationError",
    "AllAccessDisabled",
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "NotAuthorized",
    "SignatureDoesNotMatch",
    "UnauthorizedOperation",
    "UnrecognizedClientException",
}
_THROTTLED = {
    "BandwidthLimitExceeded",
    "LimitExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "TooManyRequestsException",
}


def classify(error: BotoCoreError | ClientError) -> Failure:
    """The outcome of a call that raised. A code that is not known is an `error`, never `gone`.

    `LimitExceededException` counts as throttled: on a read it can only mean the rate.
    """
    if not isinstance(error, ClientError):
        return Failure(Outcome.ERROR, type(error).__name__, str(error))
    details = error.response.get("Error", {})
    code, message = str(details.get("Code", "")), str(details.get("Message", ""))
    for outcome, codes in (
        (Outcome.GONE, _GONE),
        (Outcome.UNSUPPORTED, _UNSUPPORTED),
        (Outcome.DISABLED, _DISABLED),
        (Outcome.DENIED, _DENIED),
        (Outcome.THROTTLED, _THROTTLED),
    ):
        if code in codes:
            return Failure(outcome, code, message)
    if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") == 403:
        return Failure(Outcome.DENIED, code, message)
    return Failure(Outcome.ERROR, code, message)
