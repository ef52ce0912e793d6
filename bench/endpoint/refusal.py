"""Errors in the words of each protocol."""

from __future__ import annotations

from typing import Any


class Refusal(Exception):
    """A call that is answered with an error."""

    def __init__(
        self,
        code: str,
        message: str,
        status: int = 400,
        members: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        """`members` stand in the body beside code and message."""
        super().__init__(message)
        self.code, self.message, self.status = code, message, status
        self.members, self.headers = members or {}, headers or {}


_KINDS: dict[str, dict[str, tuple[str, int]]] = {
    "denied": {
        "json": ("AccessDeniedException", 400),
        "rest-json": ("AccessDeniedException", 403),
        "ec2": ("UnauthorizedOperation", 403),
        "": ("AccessDenied", 403),
    },
    "unsigned": {
        "json": ("MissingAuthenticationTokenException", 400),
        "rest-json": ("MissingAuthenticationTokenException", 403),
        "ec2": ("AuthFailure", 401),
        "query": ("MissingAuthenticationToken", 403),
        "": ("AccessDenied", 403),
    },
    "unknown key": {
        "json": ("UnrecognizedClientException", 400),
        "rest-json": ("UnrecognizedClientException", 403),
        "ec2": ("AuthFailure", 401),
        "query": ("InvalidClientTokenId", 403),
        "": ("InvalidAccessKeyId", 403),
    },
    "expired": {
        "json": ("ExpiredTokenException", 400),
        "rest-json": ("ExpiredTokenException", 403),
        "ec2": ("RequestExpired", 400),
        "query": ("ExpiredToken", 403),
        "": ("ExpiredToken", 400),
    },
    "skewed": {
        "json": ("InvalidSignatureException", 400),
        "rest-json": ("InvalidSignatureException", 403),
        "ec2": ("RequestExpired", 400),
        "query": ("SignatureDoesNotMatch", 403),
        "": ("RequestTimeTooSkewed", 403),
    },
    "signature": {
        "json": ("InvalidSignatureException", 400),
        "rest-json": ("InvalidSignatureException", 403),
        "ec2": ("AuthFailure", 401),
        "": ("SignatureDoesNotMatch", 403),
    },
    "throttled": {
        "json": ("ThrottlingException", 400),
        "rest-json": ("ThrottlingException", 429),
        "ec2": ("RequestLimitExceeded", 503),
        "query": ("Throttling", 400),
        "": ("SlowDown", 503),
    },
    "internal": {
        "json": ("InternalFailure", 500),
        "rest-json": ("InternalFailure", 500),
        "query": ("InternalFailure", 500),
        "": ("InternalError", 500),
    },
    "no operation": {
        "json": ("UnknownOperationException", 400),
        "rest-json": ("UnknownOperationException", 404),
        "ec2": ("InvalidAction", 400),
        "query": ("InvalidAction", 400),
        "": ("NotImplemented", 501),
    },
    "invalid": {
        "json": ("ValidationException", 400),
        "rest-json": ("ValidationException", 400),
        "ec2": ("InvalidParameterValue", 400),
        "query": ("ValidationError", 400),
        "": ("InvalidArgument", 400),
    },
}
_OWN_CODES = {
    ("kms", "internal"): ("KMSInternalException", 500),
    ("organizations", "throttled"): ("TooManyRequestsException", 400),
    ("organizations", "internal"): ("ServiceException", 500),
    ("organizations", "invalid"): ("InvalidInputException", 400),
    ("iam", "internal"): ("ServiceFailure", 500),
}
_MESSAGES = {
    "unsigned": "Request is missing Authentication Token",
    "unknown key": "The security token included in the request is invalid.",
    "expired": "The security token included in the request is expired",
    "signature": "The request signature we calculated does not match the signature you provided.",
    "throttled": "Rate exceeded",
    "internal": "We encountered an internal error. Please try again.",
}
KINDS = tuple(_KINDS)
"""What a call can be refused for, whatever its service calls it."""


def refusal(kind: str, service: str, protocol: str, message: str = "", **rest: Any) -> Refusal:
    """An error of one of KINDS, as the service says it."""
    of_kind = _KINDS[kind]
    code, status = _OWN_CODES.get((service, kind)) or of_kind.get(protocol) or of_kind[""]
    return Refusal(code, message or _MESSAGES.get(kind, code), status, **rest)
