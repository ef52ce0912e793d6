"""Sessions of botocore that read AWS's service models once per process."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.loaders import create_loader

_STORAGE = Config(retries={"mode": "standard", "total_max_attempts": 5}, max_pool_connections=32)


def new_session(profile: str | None = None) -> botocore.session.Session:
    """A session with the credentials and settings of the environment, or of a profile.

    AWS_REGION, which containers and other SDKs know, counts like AWS_DEFAULT_REGION, which botocore knows.
    """
    session = botocore.session.Session(profile=profile)
    session.register_component("data_loader", _models())
    if (region := os.environ.get("AWS_REGION")) and not os.environ.get("AWS_DEFAULT_REGION"):
        session.set_config_variable("region", region)
    return session


def storage(session: botocore.session.Session) -> Any:
    """A client of S3 for the operator's own bucket, with the session's own credentials."""
    region = session.get_config_variable("region") or "us-east-1"
    return session.create_client("s3", region_name=region, config=_STORAGE)


@cache
def _models() -> Any:
    """The loader of service models, which keeps what it has read."""
    return create_loader(botocore.session.Session().get_config_variable("data_path"))
