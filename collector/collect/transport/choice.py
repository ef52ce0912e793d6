"""Which transport makes the calls."""

from __future__ import annotations

from collector.collect.transport.credentials import CredentialSource
from collector.collect.transport.http import HttpTransport
from collector.collect.transport.interface import Transport

TRANSPORTS = ("http", "boto3")
"""The fast one, and the reference."""
DEFAULT = TRANSPORTS[0]


def transport(name: str, credentials: CredentialSource, concurrency: int) -> Transport:
    """The transport of that name, for at most `concurrency` calls in flight."""
    if name == "boto3":
        from collector.collect.transport.boto3 import Boto3Transport

        return Boto3Transport(credentials, concurrency)
    return HttpTransport(credentials, concurrency)
