"""How many requests a second an endpoint answers: `python -m bench.endpoint.load URL`.

Signs the calls of one account once, then sends them over and over on connections that stay open. All the
client does for a request is to write bytes and to let httptools parse the answer, so that it takes far less
time than the endpoint does.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import json
import time
import urllib.request
from collections.abc import Iterator
from urllib.parse import urlsplit

import httptools
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from bench.endpoint.credentials import Keyring
from bench.endpoint.estate import Estate
from bench.endpoint.resources import buckets, keys

_SETTINGS = (
    "encryption",
    "policy",
    "versioning",
    "acl",
    "tagging",
    "logging",
    "replication",
    "ownershipControls",
)


def requests(estate: Estate, host: str) -> list[bytes]:
    """Signed requests about the keys and buckets of the management account, as they are sent."""
    access_key, secret = Keyring(estate).of_user(0)
    credentials = Credentials(access_key, secret)
    return [_signed(credentials, host, *call) for call in _calls(estate)]


def _calls(estate: Estate) -> Iterator[tuple[str, str, str, str, bytes]]:
    """Service, region, path, target and body."""
    for region, name in enumerate(estate.region_names):
        for key in keys.keys(estate, 0, region):
            body = json.dumps({"KeyId": keys.key_id(estate, key)}).encode()
            for operation in ("DescribeKey", "GetKeyPolicy", "ListGrants", "ListResourceTags"):
                yield "kms", name, "/", f"TrentService.{operation}", body
    for bucket in range(estate.buckets):
        name = estate.region_names[estate.bucket_region(bucket)]
        for setting in _SETTINGS:
            yield "s3", name, f"/{buckets.bucket_name(estate, 0, bucket)}?{setting}", "", b""


def _signed(
    credentials: Credentials, host: str, service: str, region: str, path: str, target: str, body: bytes
) -> bytes:
    headers = {"Host": host, "User-Agent": "load", "Accept-Encoding": "identity"}
    if target:
        headers |= {"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.1"}
    request = AWSRequest("POST" if target else "GET", f"http://{host}{path}", headers=headers, data=body)
    signer = S3SigV4Auth if service == "s3" else SigV4Auth
    signer(credentials, service, region).add_auth(request)
    lines = [
        f"{request.method} {path} HTTP/1.1",
        *(f"{name}: {value}" for name, value in request.headers.items()),
    ]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


class _Caller(asyncio.Protocol):
    """Sends the next request when the answer to the last one is there."""

    def __init__(self, source: Iterator[bytes], done: asyncio.Future[None]) -> None:
        self._source, self._done = source, done
        self._parser = httptools.HttpResponseParser(self)
        self.answers = self.failures = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._next()

    def _next(self) -> None:
        request = next(self._source, None)
        if request:
            self._transport.write(request)  # type: ignore[attr-defined]
        elif not self._done.done():
            self._done.set_result(None)
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        self.answers += 1
        self.failures += self._parser.get_status_code() >= 500
        self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._done.done():
            self._done.set_exception(exc or ConnectionError("the endpoint ended the connection"))


async def load(url: str, source: Iterator[bytes], connections: int) -> tuple[int, int]:
    """Send the requests over so many connections; how many were answered, and how many with 5xx."""
    loop, address = asyncio.get_running_loop(), urlsplit(url)
    callers, ends = [], []
    for _ in range(connections):
        done = loop.create_future()
        _, caller = await loop.create_connection(
            lambda done=done: _Caller(source, done),
            address.hostname,
            address.port,  # type: ignore[misc]
        )
        callers.append(caller)
        ends.append(done)
    await asyncio.gather(*ends)
    return sum(caller.answers for caller in callers), sum(caller.failures for caller in callers)


def _for(seconds: float, sent: list[bytes]) -> Iterator[bytes]:
    """The requests in turn, for some seconds."""
    until = time.monotonic() + seconds
    return itertools.takewhile(lambda _: time.monotonic() < until, itertools.cycle(sent))


def main() -> None:
    """Warm the endpoint's cache, load it, and print rates."""
    parser = argparse.ArgumentParser(prog="python -m bench.endpoint.load", description=main.__doc__)
    parser.add_argument("url")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=10.0)
    given = parser.parse_args()
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    estate = Estate.from_json(opener.open(f"{given.url}/_endpoint/estate").read().decode())
    sent = requests(estate, urlsplit(given.url).netloc)
    factory = None
    with contextlib.suppress(ImportError):
        import uvloop

        factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        for name in ("cold", "warm"):
            source = iter(sent) if name == "cold" else _for(given.seconds, sent)
            opener.open(f"{given.url}/_endpoint/reset", data=b"{}").read()
            used, started = time.process_time(), time.monotonic()
            answered, failed = runner.run(load(given.url, source, given.connections))
            elapsed, used = time.monotonic() - started, time.process_time() - used
            stats = json.load(opener.open(f"{given.url}/_endpoint/stats"))
            print(
                f"{name}: {answered} answers in {elapsed:.2f} s, {answered / elapsed:,.0f}/s, "
                f"{answered / stats['cpu_seconds']:,.0f} per CPU second of the endpoint, "
                f"{stats['bytes_sent'] / answered:,.0f} bytes each, client {used / elapsed:.0%} busy, "
                f"{failed} failed"
            )


if __name__ == "__main__":
    main()
