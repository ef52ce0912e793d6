"""Signatures, computed again by botocore's signer."""

from __future__ import annotations

import hashlib
import re

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from bench.endpoint.request import Received

_HEADER = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/]+)/\d+/([^/]+)/([^/]+)/aws4_request,\s*"
    r"SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})"
)


def matches(received: Received, secret: str) -> bool:
    """Whether a request was signed with this secret, body included.

    S3 Control signs a host that starts with the account's id, which no custom endpoint's name resolves
    with: a client may have sent the request to the endpoint itself.
    """
    found = _HEADER.fullmatch(received.headers.get("authorization", ""))
    if not found:
        return False
    hashed = received.headers.get("x-amz-content-sha256", "")
    if len(hashed) == 64 and hashed != hashlib.sha256(received.body).hexdigest():
        return False
    hosts = [received.headers.get("host", "")]
    if account := received.headers.get("x-amz-account-id"):
        hosts.append(f"{account}.{hosts[0]}")
    return any(_signature(received, found, host, secret) == found[5] for host in hosts)


def _signature(received: Received, found: re.Match[str], host: str, secret: str) -> str:
    access_key, region, service, signed = found[1], found[2], found[3], found[4].split(";")
    headers = {name: received.headers[name] for name in signed if name in received.headers}
    headers["host"] = host
    request = AWSRequest(
        received.method, f"http://{host}{received.target}", headers=headers, data=received.body
    )
    request.context["timestamp"] = received.headers.get("x-amz-date", "")
    kind = S3SigV4Auth if service.startswith("s3") else SigV4Auth
    signer = kind(Credentials(access_key, secret), service, region)
    signer.headers_to_sign = lambda _: _Signed(headers)  # type: ignore[method-assign]
    canonical = signer.canonical_request(request)
    return str(signer.signature(signer.string_to_sign(request, canonical), request))


class _Signed(dict[str, str]):
    """The headers that were signed, as botocore's signer reads them."""

    def get_all(self, name: str) -> list[str]:
        return [self[name]]
