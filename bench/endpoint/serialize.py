"""Answers and errors as bytes, by moto's serializers and botocore's models."""

from __future__ import annotations

import warnings
from functools import cache
from typing import Any

from botocore.exceptions import UnknownServiceError
from moto.core.model import OperationModel, ServiceModel
from moto.core.serialize import ResponseSerializer, SerializationContext, get_serializer_class
from moto.core.utils import get_service_model

from bench.endpoint.refusal import Refusal

REQUEST_ID = "00000000-0000-4000-8000-000000000000"
"""Stands in bodies, which are kept; the header's is new for every answer."""
_CONTEXT = SerializationContext(REQUEST_ID)


@cache
def model(service: str) -> ServiceModel:
    """botocore's description of a service. Raises UnknownServiceError."""
    return get_service_model(service)


@cache
def operation_model(service: str, operation: str) -> OperationModel:
    """botocore's description of an operation; of any of the service's, where there is no such one."""
    found = model(service)
    return found.operation_model(
        operation if operation in found.operation_names else found.operation_names[0]
    )


@cache
def known(service: str) -> bool:
    """Whether botocore knows the service."""
    try:
        model(service)
    except UnknownServiceError:
        return False
    return True


def missing(service: str, operation: str, params: dict[str, Any]) -> str:
    """A required parameter that was not given; empty: there is none."""
    shape = operation_model(service, operation).input_shape
    required = shape.required_members if shape else ()
    return next((name for name in required if params.get(name) is None), "")


def protocol(service: str) -> str:
    """The protocol that the endpoint speaks for a service: the first that moto can write."""
    metadata = model(service).metadata
    spoken = ("json", "rest-json", "query", "ec2", "rest-xml")
    return next(name for name in (*metadata.get("protocols", ()), metadata["protocol"]) if name in spoken)


def answer(service: str, operation: str, result: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of an answer."""
    serialized = _serializer(service, operation).serialize(result)
    return serialized["status_code"], dict(serialized["headers"]), _bytes(serialized["body"])


def error(service: str, operation: str, refusal: Refusal) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        serialized = _serializer(service, operation).serialize(refusal)
    headers = {**serialized["headers"], **refusal.headers}
    return refusal.status, headers, _bytes(serialized["body"])


def _bytes(body: str | bytes) -> bytes:
    return body.encode() if isinstance(body, str) else body


def _picked(context: Any) -> Any:
    """A member by its own name, and nothing else."""
    found = context.obj
    if isinstance(found, Refusal):
        return found.members.get(context.key)
    return found.get(context.key)


@cache
def _serializer(service: str, operation: str) -> ResponseSerializer:
    kind = _with_members(get_serializer_class(service, protocol(service)))
    return kind(operation_model(service, operation), context=_CONTEXT, value_picker=_picked)


@cache
def _with_members(kind: type[ResponseSerializer]) -> type[ResponseSerializer]:
    """A serializer that also writes the members of errors that botocore's models do not describe."""

    class WithMembers(kind):  # type: ignore[valid-type, misc]
        def _serialize_error_metadata(self, serialized: Any, error: Any, shape: Any) -> None:
            super()._serialize_error_metadata(serialized, error, shape)
            for name, value in error.members.items():
                serialized.setdefault(name, value)

    return WithMembers
