"""One service at one region's endpoint: calls become signed requests, responses become answers.

Serializing, endpoint rules, signing and parsing are botocore's; what is left out is its client around them,
which costs several times as much as they do.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

from botocore.auth import _host_from_url
from botocore.awsrequest import prepare_request_dict
from botocore.client import BaseClient
from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import ClientError
from botocore.handlers import S3_SIGNING_NAMES, _handle_200_error
from botocore.model import OperationModel
from botocore.parsers import ResponseParserFactory
from botocore.serialize import create_serializer
from multidict import CIMultiDict

from collector.collect.transport.signing import OnceS3SigV4, OnceSigV4

_IN_ENDPOINT = {"s3": "Bucket", "s3control": "AccountId"}
"""Parameter of a service that stands in its endpoints' URLs."""
_PLACE = "in-place-of-it"
_AWS_SUFFIXES = (".amazonaws.com", ".amazonaws.com.cn", ".api.aws", ".api.amazonwebservices.com.cn")


@dataclass(slots=True)
class Request:
    """A request to send, in the shape that botocore's signers take."""

    method: str
    url: str
    headers: CIMultiDict[str]
    body: bytes
    context: dict[str, Any] = field(default_factory=dict)
    params: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Operation:
    """What is the same for all calls of an operation."""

    model: OperationModel
    url: str
    """The endpoint; _PLACE stands for the name in it."""
    host: str
    signer: Any
    """Class of the signer."""
    signing_name: str
    signing_region: str


class Api:
    """A service in a region. Cheap to call; costly to make, so make it once."""

    def __init__(self, client: BaseClient, parsers: ResponseParserFactory, user_agent: str) -> None:
        """Use the model, endpoint rules and settings of `client`, which itself makes no calls."""
        self._client = client
        self._model = client.meta.service_model
        self._user_agent = user_agent
        protocol = self._model.resolved_protocol
        self._serializer = create_serializer(protocol, include_validation=False)
        self._parser = parsers.create_parser(protocol)
        self._operations: dict[tuple[str, bool], _Operation] = {}

    def request(self, name: str, params: dict[str, Any], credentials: ReadOnlyCredentials) -> Request:
        """The signed request of a call."""
        parameter = _IN_ENDPOINT.get(self._model.service_name, "")
        place = params.get(parameter)
        operation = self._operation(name, parameter if place else "")
        serialized = self._serializer.serialize_to_request(params, operation.model)
        url = operation.url.replace(_PLACE, quote(place, safe="")) if place else operation.url
        prepare_request_dict(serialized, url, user_agent=self._user_agent)
        body = serialized["body"]
        if isinstance(body, dict):
            body = urlencode(body, doseq=True)
        if isinstance(body, str):
            body = body.encode()
        headers = CIMultiDict(serialized["headers"], Host=operation.host.replace(_PLACE, place or ""))
        request = Request(serialized["method"], serialized["url"], headers, body or b"")
        operation.signer(credentials, operation.signing_name, operation.signing_region).add_auth(request)
        return request

    def answer(self, name: str, status: int, headers: Any, body: bytes) -> dict[str, Any]:
        """The answer in a response. Raises ClientError, with the response, where it tells an error."""
        model = self._model.operation_model(name)
        response = {"headers": headers, "status_code": status, "body": body, "context": {}}
        if self._model.service_name == "s3" and b"<Error" in body:
            _handle_200_error(model, response)
        parsed: dict[str, Any] = self._parser.parse(response, model.output_shape)
        if response["status_code"] >= 300:
            raise ClientError(parsed, name)
        del parsed["ResponseMetadata"]
        return parsed

    def _operation(self, name: str, parameter: str) -> _Operation:
        key = name, bool(parameter)
        if key not in self._operations:
            self._operations[key] = self._prepared(name, {parameter: _PLACE} if parameter else {})
        return self._operations[key]

    def _prepared(self, name: str, params: dict[str, str]) -> _Operation:
        """Ask botocore's own client where an operation goes and how it is signed."""
        model = self._model.operation_model(name)
        context = {"client_region": self._client.meta.region_name, "client_config": self._client.meta.config}
        context |= {"auth_type": model.resolved_auth_type, "s3_redirect": {}}
        self._client._emit_api_params(dict(params), model, context)
        url, _, _ = self._client._resolve_endpoint_ruleset(model, dict(params), context)
        signing = context.get("signing", {})
        signing_name = signing.get("signing_name", self._model.signing_name)
        if self._model.service_name == "s3control":
            url = without_account(url, _PLACE)
        return _Operation(
            model,
            url,
            _host_from_url(url),
            OnceS3SigV4 if signing_name in S3_SIGNING_NAMES else OnceSigV4,
            signing_name,
            signing.get("region", self._client.meta.region_name),
        )


def without_account(url: str, account_id: str) -> str:
    """A URL of S3 Control at a custom endpoint without the account in the host, which would not resolve."""
    parts = urlsplit(url)
    if (parts.hostname or "").endswith(_AWS_SUFFIXES):
        return url
    return urlunsplit(parts._replace(netloc=parts.netloc.removeprefix(f"{account_id}.")))
