"""What a request asks for: service, operation, parameters, and whose it is."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, unquote

from botocore.exceptions import UnknownServiceError
from moto.core.parse import PROTOCOL_PARSERS, RequestParserError
from werkzeug.datastructures import MultiDict

from bench.endpoint.answers import OPERATIONS
from bench.endpoint.serialize import model, operation_model, protocol

_TARGETS = {"TrentService": "kms", "AWSOrganizationsV20161128": "organizations"}
_SIGNED_AS = {
    "elasticfilesystem": "efs",
    "cloudhsm": "cloudhsmv2",
    "monitoring": "cloudwatch",
    "tagging": "resourcegroupstaggingapi",
    "states": "stepfunctions",
    "access-analyzer": "accessanalyzer",
}
_SCOPE = re.compile(r"Credential=([^/,\s]+)/(\d{8})/([^/,\s]+)/([^/,\s]+)/aws4_request")
_HOSTS = re.compile(
    r"(?:(?P<bucket>.+)\.)?(?:s3\.)?(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?", re.IGNORECASE
)
_CONTROL = "/v20180820/"


@dataclass(frozen=True)
class Received:
    """One HTTP request."""

    method: str
    target: str
    """Path and query, as sent."""
    headers: dict[str, str]
    """By names in small letters."""
    body: bytes


@dataclass(eq=False)
class Request:
    """What an HTTP request asks for. The same requests share one, whoever signs them."""

    service: str
    """botocore's name: `kms`, `s3`, `s3control`, ..."""
    operation: str
    """As in the API reference; empty: none that botocore knows."""
    protocol: str
    access_key: str
    region: str
    """Region in the signature's scope; empty: not signed."""
    params: dict[str, Any] = field(default_factory=dict)
    text: str = ""
    """Path, query and body, which `resource` of a rule is looked for in."""
    head: bool = False
    malformed: bool = False
    """Whether a parameter cannot be read, a number for example."""
    account: str = ""
    """The account that it is about, where that is not the caller's: AssumeRole's."""
    name: str = ""
    """As counters and rules name the operation: `kms:ListKeys`."""
    asks: tuple[str, ...] = ()
    """What the answer depends on, the account apart."""

    def complete(self) -> Request:
        """Fill in what follows from the rest."""
        self.name = f"{self.service}:{self.operation or 'unknown'}"
        params = "malformed" if self.malformed else repr(sorted(self.params.items()))
        self.asks = (self.name, self.region, params, str(self.head))
        if self.operation == "AssumeRole":
            self.account = (str(self.params.get("RoleArn")).split(":") + [""] * 5)[4]
        return self


def key_of(received: Received) -> tuple[Any, ...]:
    """What two requests must share to ask for the same."""
    headers = received.headers
    authorization = headers.get("authorization", "")
    return (
        received.method,
        received.target,
        headers.get("host"),
        headers.get("x-amz-target"),
        headers.get("x-amz-account-id"),
        headers.get("x-amz-expected-bucket-owner"),
        authorization[: authorization.find(",")],
        received.body,
    )


def read(received: Received) -> Request:
    """Tell what a request asks for."""
    headers = received.headers
    found = _SCOPE.search(headers.get("authorization", ""))
    access_key, region, signed_as = (found[1], found[3], found[4]) if found else ("", "", "")
    prefix, _, target = headers.get("x-amz-target", "").partition(".")
    path, _, query = received.target.partition("?")
    form = dict(parse_qsl(received.body.decode("utf-8", "replace"), True)) if not target else {}
    values = MultiDict(parse_qsl(query, True))
    service = _TARGETS.get(prefix) or _SIGNED_AS.get(signed_as, signed_as)
    service = service or ("sts" if "Action" in form or "Action" in values else "s3")
    if service in ("s3", "s3express"):
        service = "s3control" if path.startswith(_CONTROL) else "s3"
    try:
        spoken = protocol(service)
    except UnknownServiceError:
        return Request(service, "", "json", access_key, region).complete()
    labels: dict[str, str] = {}
    if target:
        operation = target
    elif spoken in ("query", "ec2"):
        form = form or values.to_dict()
        operation = form.get("Action", "")
    else:
        path = f"/{_bucket_of(headers)}{path}" if service == "s3" and _bucket_of(headers) else path
        operation, labels = _routed(service, received.method, path, values)
    request = Request(service, operation, spoken, access_key, region)
    request.text = f"{path}?{unquote(query)}\n{unquote(received.body.decode('utf-8', 'replace'))}"
    request.head = received.method == "HEAD"
    if operation not in OPERATIONS.get(service, {}):
        request.operation = operation if operation in model(service).operation_names else ""
        return request.complete()
    parts = {
        "body": received.body,
        "headers": headers,
        "method": received.method,
        "url_params": labels,
        "url_path": path,
        "values": form if spoken in ("query", "ec2") else values,
    }
    try:
        request.params = PROTOCOL_PARSERS[spoken](operation_model(service, operation)).parse(parts)
    except (ValueError, TypeError, AttributeError, RequestParserError):
        request.malformed = True
    return request.complete()


def _bucket_of(headers: dict[str, str]) -> str:
    """The bucket in the host name, if it is there and not in the path."""
    found = _HOSTS.fullmatch(headers.get("host", ""))
    bucket = found["bucket"] if found else None
    return bucket if bucket and bucket != "s3" else ""


@cache
def _routes(service: str) -> list[tuple[str, re.Pattern[str], dict[str, str], frozenset[str], str]]:
    """Method, path, fixed and needed query, and name of the operations, the most particular first."""
    routes = []
    for name in model(service).operation_names:
        operation = model(service).operation_model(name)
        if operation.deprecated:
            continue
        http, shape = operation.http, operation.input_shape
        path, _, query = http["requestUri"].partition("?")
        pattern = re.sub(
            r"\{(\w+)(\+?)\}", lambda m: f"(?P<{m[1]}>{'.+' if m[2] else '[^/]+'})", path.rstrip("/")
        )
        fixed = dict(parse_qsl(query, True))
        fixed.pop("x-id", None)
        needed = frozenset(shape.required_query_args if shape else ())
        routes.append((http["method"], re.compile(pattern + "/?"), fixed, needed, name))
    return sorted(
        routes, key=lambda route: (-len(route[2]), -len(route[3]), route[1].pattern.count("("), route[4])
    )


def _routed(service: str, method: str, path: str, values: MultiDict[str, str]) -> tuple[str, dict[str, str]]:
    """Operation and path parameters of a REST request."""
    for wanted, pattern, fixed, needed, name in _routes(service):
        if method != wanted or not all(values.get(key) == value for key, value in fixed.items()):
            continue
        if not needed <= values.keys():
            continue
        if service == "s3" and not _subresources(values) <= fixed.keys():
            continue
        if found := pattern.fullmatch(path):
            return name, {key: unquote(value) for key, value in found.groupdict().items()}
    return "", {}


def _subresources(values: MultiDict[str, str]) -> set[str]:
    """Query keys without a value, which choose the operation in S3."""
    return {key for key, value in values.items() if value == "" and key not in _VALUES}


_VALUES = frozenset(
    {"prefix", "delimiter", "marker", "key-marker", "version-id-marker", "continuation-token"}
)
