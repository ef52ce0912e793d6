"""Sessions of botocore that read AWS's service models once per process."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from functools import cache
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.loaders import create_loader
from botocore.model import OperationModel, ServiceModel
from botocore.utils import parse_timestamp

import collector

_STORAGE = Config(retries={"mode": "standard", "total_max_attempts": 5}, max_pool_connections=32)


def new_session(profile: str | None = None) -> botocore.session.Session:
    """A session with the credentials and settings of the environment, or of a profile.

    Times in answers are in UTC, wherever the machine is. AWS's logs show that the calls are keyreach's.
    AWS_REGION, which containers and other SDKs know, counts like AWS_DEFAULT_REGION, which botocore knows.
    """
    session = botocore.session.Session(profile=profile)
    session.register_component("data_loader", models())
    parsers = session.get_component("response_parser_factory")
    parsers.set_parser_defaults(timestamp_parser=_in_utc)
    session.user_agent_name, session.user_agent_version = "keyreach", collector.__version__
    if (region := os.environ.get("AWS_REGION")) and not os.environ.get("AWS_DEFAULT_REGION"):
        session.set_config_variable("region", region)
    return session


def storage(session: botocore.session.Session) -> Any:
    """A client of S3 for the operator's own bucket, with the session's own credentials."""
    region = session.get_config_variable("region") or "us-east-1"
    return session.create_client("s3", region_name=region, config=_STORAGE)


@cache
def operation_model(service: str, operation: str) -> OperationModel:
    """What AWS's models say about an operation."""
    return service_model(service).operation_model(operation)


@cache
def service_model(service: str) -> ServiceModel:
    """What AWS's models say about a service."""
    return new_session().get_service_model(service)


@cache
def models() -> Any:
    """The loader of service models, which keeps what it has read."""
    return create_loader(botocore.session.Session().get_config_variable("data_path"))


def _in_utc(value: Any) -> datetime:
    """A time in an answer: seconds since 1970, or text."""
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC)
    return _told(value).astimezone(UTC)


def _told(value: Any) -> datetime:
    """A time in text: in ISO 8601, as nearly always, or in whatever form botocore knows."""
    try:
        told = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        told = parse_timestamp(value)
    return told if told.tzinfo else parse_timestamp(value)
