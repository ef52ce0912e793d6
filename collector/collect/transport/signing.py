"""botocore's signers for one request each, which do not work out again what they know already."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from botocore.auth import SigV4Auth
from botocore.credentials import ReadOnlyCredentials

from collector.collect.transport.clock import CorrectedS3SigV4, CorrectedSigV4

_KEYS = 4096
"""Derived keys that are kept: those of the accounts that are collected at once, in all their regions."""


class _Once:
    """What a signer does differently: what it needs again, it keeps."""

    def __init__(self, credentials: ReadOnlyCredentials, service: str, region: str) -> None:
        super().__init__(credentials, service, region)  # type: ignore[call-arg]
        self._headers: Mapping[str, str] | None = None

    def headers_to_sign(self, request: Any) -> Mapping[str, str]:
        """The same for the canonical request and for the header that names them."""
        if self._headers is None:
            self._headers = super().headers_to_sign(request)  # type: ignore[misc]
        return self._headers

    def _sign(self, key: bytes, text: str, hex: bool = False) -> Any:
        """Only the last step is about the request: the others are the same for a day, region and service."""
        if hex:
            return super()._sign(key, text, hex)  # type: ignore[misc]
        return derived(key, text)


class OnceSigV4(_Once, CorrectedSigV4):
    """Signature version 4 for one request."""


class OnceS3SigV4(_Once, CorrectedS3SigV4):
    """Signature version 4 as S3 wants it, for one request."""


@lru_cache(_KEYS)
def derived(key: bytes, text: str) -> bytes:
    """A step of deriving the key that a request is signed with."""
    found: bytes = SigV4Auth._sign(None, key, text)
    return found
