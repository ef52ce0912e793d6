"""Calls that fail on purpose: a middleware around the fake AWS that answers some of them with errors.

faults = Faults()
with FakeAws(middleware=faults) as aws:
    faults.add(service="kms", operation="GetKeyPolicy", error="AccessDeniedException")
    ...
    assert faults.calls["kms", "ListKeys", "333333333333"] == 2
"""

from __future__ import annotations

import io
import json
import re
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qs, unquote
from xml.sax.saxutils import escape

import botocore.session

_STATUS = {"Throttling": 400, "ThrottlingException": 400, "SlowDown": 503, "InternalError": 500}
_TARGETS = {"TrentService": "kms", "AWSOrganizationsV20161128": "organizations"}
_SIGNED_AS = {"elasticfilesystem": "efs", "cloudhsm": "cloudhsmv2", "monitoring": "cloudwatch"}


@dataclass(frozen=True)
class Request:
    """One call, as far as rules can tell calls apart."""

    service: str
    """botocore's name: `kms`, `s3`, `s3control`, ..."""
    operation: str
    """As in the API reference; empty if it could not be told."""
    account: str
    """Account whose credentials the call has; for AssumeRole the account of the role."""
    region: str
    text: str
    """Path, query and body: what `resource` is looked for in."""
    protocol: str


@dataclass
class Rule:
    """Which calls fail, and how. What is left empty matches everything."""

    service: str = ""
    operation: str = ""
    account: str = ""
    region: str = ""
    resource: str = ""
    """Substring of the path, the query or the body."""
    error: str = ""
    """AWS error code to answer with; empty: the call is passed on (after the delay)."""
    status: int = 0
    """HTTP status; 0: what AWS commonly sends with the code."""
    delay: float = 0.0
    """Seconds to wait first."""
    until: threading.Event | None = None
    """What to wait for first, too."""
    reset: bool = False
    """Cut the connection instead of answering."""
    times: int | None = None
    """How many calls it applies to; None: all."""
    hits: int = 0
    """How many calls it has been applied to."""

    def matches(self, request: Request) -> bool:
        """Whether the rule is about this call."""
        if self.times is not None and self.hits >= self.times:
            return False
        wanted = (self.service, self.operation, self.account, self.region)
        actual = (request.service, request.operation, request.account, request.region)
        fits = all(want in ("", value) for want, value in zip(wanted, actual, strict=True))
        return fits and self.resource in request.text


class Faults:
    """The middleware. Rules may be added and removed while it serves; the first that matches applies."""

    def __init__(self) -> None:
        """No rules yet: everything is passed on and counted."""
        self.rules: list[Rule] = []
        self.calls: Counter[tuple[str, str, str]] = Counter()
        """(service, operation, account) -> calls, failed ones included."""
        self._lock = threading.Lock()
        self._app: Callable[..., Any] | None = None

    def __call__(self, app: Callable[..., Any]) -> Callable[..., Any]:
        """Put it around the fake AWS: `FakeAws(middleware=faults)`."""
        self._app = app
        return self._serve

    def add(self, **rule: Any) -> Rule:
        """Make calls fail, see Rule; AssumeRole too: service="sts", operation="AssumeRole"."""
        self.rules.append(Rule(**rule))
        return self.rules[-1]

    def clear(self) -> None:
        """No rules and no counts."""
        with self._lock:
            self.rules.clear()
            self.calls.clear()

    def count(self, operation: str, account: str = "") -> int:
        """Calls of an operation, in one account or all."""
        with self._lock:
            wanted = [n for (_, op, who), n in self.calls.items() if op == operation and account in ("", who)]
        return sum(wanted)

    def _serve(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        assert self._app is not None
        request = read_request(environ)
        with self._lock:
            self.calls[request.service, request.operation, request.account] += 1
            rule = next((rule for rule in self.rules if rule.matches(request)), None)
            if rule:
                rule.hits += 1
        if rule is None:
            return self._app(environ, start_response)
        time.sleep(rule.delay)
        if rule.until:
            rule.until.wait(60)
        if rule.reset:
            _cut(environ["werkzeug.socket"])
            raise ConnectionError("cut on purpose")
        if not rule.error:
            return self._app(environ, start_response)
        status, headers, body = error_answer(request, rule.error, rule.status)
        start_response(f"{status} {rule.error}", [*headers, ("Content-Length", str(len(body)))])
        return [body]


def read_request(environ: dict[str, Any]) -> Request:
    """What a WSGI request asks for. Leaves the body readable."""
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    text = body.decode("utf-8", "replace")
    access_key, region, signed_as = _credential(environ.get("HTTP_AUTHORIZATION", ""))
    path, query = environ["PATH_INFO"], environ.get("QUERY_STRING", "")
    prefix, _, target = environ.get("HTTP_X_AMZ_TARGET", "").partition(".")
    service = _TARGETS.get(prefix) or _SIGNED_AS.get(signed_as, signed_as)
    form = parse_qs(text) if not target else {}
    if target:
        operation = target
    elif "Action" in form:
        operation = form["Action"][0]
    else:
        service = "s3control" if service == "s3" and path.startswith("/v20180820/") else service
        operation = _rest_operation(service, environ["REQUEST_METHOD"], path, query)
    account = _account(access_key)
    if operation == "AssumeRole":
        account = form["RoleArn"][0].split(":")[4]
    protocol = _model(service).metadata["protocol"] if service else "json"
    return Request(service, operation, account, region, f"{path}?{unquote(query)}\n{unquote(text)}", protocol)


def error_answer(request: Request, code: str, status: int = 0) -> tuple[int, list[tuple[str, str]], bytes]:
    """Status, headers and body of an AWS error, in the protocol that the service speaks."""
    message = f"{code} on purpose for {request.operation}"
    refused = request.protocol != "json" and ("Denied" in code or "Unauthorized" in code)
    number = status or _STATUS.get(code) or (403 if refused else 400)
    tail = f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
    if request.protocol in ("json", "rest-json"):
        headers = [("Content-Type", "application/x-amz-json-1.1"), ("x-amzn-ErrorType", code)]
        return number, headers, json.dumps({"__type": code, "message": message}).encode()
    if request.protocol == "ec2":
        xml = f"<Response><Errors><Error>{tail}</Error></Errors><RequestID>0</RequestID></Response>"
    elif request.service == "s3":
        xml = f"<Error>{tail}<RequestId>0</RequestId></Error>"
    else:
        tail = f"<Error><Type>Sender</Type>{tail}</Error>"
        xml = f"<ErrorResponse>{tail}<RequestId>0</RequestId></ErrorResponse>"
    return number, [("Content-Type", "text/xml")], f'<?xml version="1.0"?>{xml}'.encode()


def _credential(authorization: str) -> tuple[str, str, str]:
    """Access key, region and service of a signed request."""
    found = re.search(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/aws4_request", authorization)
    return (found[1], found[2], found[3]) if found else ("", "", "")


def _account(access_key: str) -> str:
    from moto.iam.models import get_account_id_from

    return get_account_id_from(access_key)


@cache
def _model(service: str) -> Any:
    return botocore.session.Session().get_service_model(service)


@cache
def _routes(service: str) -> list[tuple[str, re.Pattern[str], frozenset[str], str]]:
    """HTTP method, path, query keys and name of a REST service's operations, the most particular first."""
    routes = []
    for name in _model(service).operation_names:
        http = _model(service).operation_model(name).http
        path, _, query = http["requestUri"].partition("?")
        pattern = re.sub(r"\{(\w+)(\+?)\}", lambda m: "(.+)" if m[2] else "([^/]+)", path.rstrip("/"))
        keys = frozenset(part for part in query.split("&") if part and not part.startswith("x-id="))
        routes.append((http["method"], re.compile(pattern + "/?"), keys, name))
    return sorted(routes, key=lambda route: (-len(route[2]), route[1].pattern.count("("), route[3]))


def _rest_operation(service: str, method: str, path: str, query: str) -> str:
    given = {part for part in query.split("&") if part}
    given |= {part.partition("=")[0] for part in given}
    if not service or "rest" not in _model(service).metadata["protocol"]:
        return ""
    for wanted_method, pattern, keys, name in _routes(service):
        if method == wanted_method and keys <= given and pattern.fullmatch(path):
            return name
    return ""


def _cut(connection: socket.socket) -> None:
    """End it without an answer; what the other side still sends is met with a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.shutdown(socket.SHUT_RDWR)
