"""Recorded responses, served over HTTP to real boto3 clients: for what no fake AWS gets right.

tests/recorded/<service>/<take>/<region>/<Operation>[.<resource>][.<page>][.<status>].<json|xml>

holds the body of one response. The take `first` is whole; another take holds what differs from it, and
`first` answers the rest. A recording with a resource answers the requests that name it (`names.toml`
has the ids of those whose name says more than their id), one without answers all others. A page
answers the request with the token that the page before it gave. `AnyOperation` stands for every
operation that has no recording in its take. A file of the same stem that ends in `.headers` has headers.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import threading
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.sax.saxutils import unescape

import botocore.session
import pytest
from werkzeug.serving import make_server

from collector.collect import registry
from collector.collect.fetch import fetch
from collector.collect.pace import Pace
from collector.collect.records import Operation, Result
from collector.collect.table import Each, Scope
from collector.collect.transport.boto3 import Boto3Transport
from collector.collect.transport.credentials import Caller, Credentials
from collector.config import Role
from tests.fault_server import Request, read_request

ACCOUNT = "111122223333"
RECORDED = Path(__file__).with_name("recorded")
ANY = "AnyOperation"

_CALLER = Caller("999988887777", "arn:aws:iam::999988887777:user/collector")
_TOKEN = re.compile(r"(?:NextMarker|NextToken|Marker|ContinuationToken)(?:\": \"|>)([^\"<]+)")
_TYPES = {".json": "application/x-amz-json-1.1", ".xml": "text/xml"}
_ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_REGION": "us-east-1",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "NO_PROXY": "127.0.0.1",
    "no_proxy": "127.0.0.1",
}


@dataclass(frozen=True)
class Recording:
    """One response, as its file's name describes it."""

    path: Path
    service: str
    take: str
    region: str
    operation: str
    resource: str = ""
    page: int = 1
    status: int = 200

    @cached_property
    def body(self) -> bytes:
        return self.path.read_bytes()

    @cached_property
    def headers(self) -> list[tuple[str, str]]:
        beside = self.path.with_suffix(".headers")
        lines = beside.read_text(encoding="utf-8").splitlines() if beside.exists() else []
        pairs = [line.partition(": ") for line in lines]
        return [("Content-Type", _TYPES[self.path.suffix]), *((name, value) for name, _, value in pairs)]

    @cached_property
    def token(self) -> str:
        """What a request for the next page has to carry."""
        found = _TOKEN.search(self.body.decode())
        return unescape(found[1]) if found else ""

    @property
    def resource_id(self) -> str:
        return names(self.service).get(self.resource, self.resource)


@cache
def names(service: str) -> dict[str, str]:
    """The ids of the service's recorded resources, by the names that its recordings use."""
    path = RECORDED / service / "names.toml"
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


@cache
def recordings() -> tuple[Recording, ...]:
    """Every recording."""
    return tuple(_recording(path) for path in sorted(RECORDED.rglob("*")) if path.suffix in _TYPES)


def _recording(path: Path) -> Recording:
    service, take, region, name = path.relative_to(RECORDED).parts
    operation, *rest = name.removesuffix(path.suffix).split(".")
    status = int(rest.pop()) if rest and re.fullmatch(r"[345]\d\d", rest[-1]) else 200
    page = int(rest.pop()) if rest and re.fullmatch(r"\d", rest[-1]) else 1
    (resource,) = rest or [""]
    return Recording(path, service, take, region, operation, resource, page, status)


@dataclass
class Replay:
    """The server's WSGI application: answers from one take."""

    take: str
    requests: list[Request] = field(default_factory=list)
    served: set[Path] = field(default_factory=set)
    unknown: list[Request] = field(default_factory=list)
    """Requests for which there is no recording."""

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        request = read_request(environ)
        self.requests.append(request)
        recording = self.find(request)
        if recording is None:
            self.unknown.append(request)
            start_response("404 Not Recorded", [])
            return [b""]
        self.served.add(recording.path)
        length = ("Content-Length", str(len(recording.body)))
        start_response(f"{recording.status} Recorded", [*recording.headers, length])
        return [recording.body]

    def find(self, request: Request) -> Recording | None:
        """The recording that answers a request."""
        for take in (self.take, "first"):
            where = (request.service, take, request.region)
            there = [r for r in recordings() if (r.service, r.take, r.region) == where]
            for operation in (request.operation, ANY):
                if pages := _about(request, [r for r in there if r.operation == operation]):
                    return _page(request, pages)
        return None


def _about(request: Request, found: list[Recording]) -> list[Recording]:
    """Those about the resource that the request names; else those about none in particular."""
    named = [r for r in found if r.resource and r.resource_id in request.text]
    longest = max((r.resource_id for r in named), key=len, default="")
    return [r for r in found if (r.resource_id == longest if longest else not r.resource)]


def _page(request: Request, pages: list[Recording]) -> Recording:
    pages = sorted(pages, key=lambda recording: recording.page)
    for before, page in pairwise(pages):
        if before.token in request.text:
            return page
    return pages[0]


@dataclass(frozen=True)
class Collected:
    """What collecting one scope from the recordings gave, and what was asked for it."""

    result: Result
    requests: tuple[Request, ...]
    served: frozenset[Path]

    def rows(self, table: str, **columns: Any) -> list[dict[str, Any]]:
        """The rows of a table that have these values."""
        return [row for row, _ in self._found(table, columns)]

    def row(self, table: str, **columns: Any) -> dict[str, Any]:
        """The only such row."""
        (row,) = self.rows(table, **columns)
        return row

    def missing(self, table: str, **columns: Any) -> list[str]:
        """Operations that gave the only such row no answer."""
        ((_, missing),) = self._found(table, columns)
        return sorted(missing)

    def operation(self, table: str, operation: str) -> Operation:
        """The record of an operation."""
        (found,) = [o for o in self.result.operations if (o.table, o.operation) == (table, operation)]
        return found

    def incomplete(self) -> dict[tuple[str, str], str]:
        """Outcome of every operation that did not complete, by its table and name."""
        return {
            (o.table, o.operation): o.outcome.value for o in self.result.operations if not o.outcome.complete
        }

    def asked(self, operation: str, about: str = "") -> int:
        """How often an operation was asked for, pages counted."""
        return sum(r.operation == operation and about in r.text for r in self.requests)

    def _found(self, table: str, columns: dict[str, Any]) -> list[tuple[dict[str, Any], list[str]]]:
        return [
            (row, missing)
            for name, row, missing in self.result.rows
            if name == table and all(row.get(column) == value for column, value in columns.items())
        ]


@cache
def collect(stem: str, take: str = "first", region: str = "global") -> Collected:
    """Collect the tables of one file in `tables/`, in one scope, from the recordings of a take."""
    regional = region != "global"
    tables = tuple(t for t in registry.by_service()[stem] if (t.each is Each.REGION) is regional)
    scope = Scope(stem, ACCOUNT, region, regions=("eu-west-1", "us-east-1"))
    replay = Replay(take)

    async def run() -> Result:
        session = botocore.session.Session()
        transport = Boto3Transport(Credentials(session, _CALLER, Role("keyreach-reader"), None), 8)
        try:
            return await fetch(scope, tables, transport, Pace(8, 100.0), frozenset({"key_last_usage"}))
        finally:
            await transport.close()

    with _served(replay):
        result = asyncio.run(run())
    assert not replay.unknown, [f"{r.service} {r.region} {r.operation} {r.text}" for r in replay.unknown]
    return Collected(result, tuple(replay.requests), frozenset(replay.served))


@contextmanager
def _served(replay: Replay) -> Iterator[None]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, replay, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), name="replay", daemon=True)
    thread.start()
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        for name, value in {**_ENVIRONMENT, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.port}"}.items():
            patch.setenv(name, value)
        yield
    server.shutdown()
    thread.join()
    server.server_close()
