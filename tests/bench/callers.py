"""The estate that the tests ask about, and real clients that ask."""

from __future__ import annotations

from functools import cache
from typing import Any

import botocore.session
from botocore.client import BaseClient
from botocore.config import Config
from botocore.handlers import json_decode_policies

from bench.endpoint import Estate, Served
from bench.endpoint.credentials import Keyring

ESTATE = Estate(
    accounts=3,
    regions=2,
    keys=9,
    large_keys=45,
    grants_per_key=2,
    large_grants=120,
    tags_per_key=3,
    buckets=12,
    access_points=5,
    roles=11,
    users=6,
    groups=3,
    policies=7,
    units=7,
    suspended=1,
    empty_regions=1,
)
HOME, SECOND, EMPTY = ESTATE.enabled_regions
OFF = "eu-south-1"


@cache
def session() -> botocore.session.Session:
    """One session, so that the service models are read once."""
    return botocore.session.Session()


def client(
    endpoint: Served,
    service: str,
    region: str = HOME,
    account: int = 0,
    credentials: dict[str, Any] | None = None,
    **config: Any,
) -> Any:
    """A client of an account's auditing user, or of a session, that neither retries nor decodes documents."""
    access_key, secret = Keyring(endpoint.estate).of_user(account)
    keys = credentials or {"AccessKeyId": access_key, "SecretAccessKey": secret, "SessionToken": None}
    settings = {"retries": {"total_max_attempts": 1}, "s3": {"addressing_style": "path"}, "proxies": {}}
    made = session().create_client(
        service,
        region_name=region,
        endpoint_url=endpoint.url,
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
        config=Config(**{**settings, **config}),
    )
    _without_account_in_host(made)
    if service == "iam":
        made.meta.events.unregister("after-call.iam", json_decode_policies)
    return made


def _without_account_in_host(made: BaseClient) -> None:
    """S3 Control puts the account in front of the host's name, which resolves at AWS only."""

    def send(request: Any, **_: Any) -> None:
        head, _, host = request.url.partition("://")
        request.url = f"{head}://{host.partition('.')[2] if host[:12].isdigit() else host}"

    if made.meta.service_model.service_name == "s3control":
        made.meta.events.register("before-send", send)


def every(
    endpoint: Served, service: str, operation: str, key: str, size: int = 3, **params: Any
) -> list[Any]:
    """All items of a listing, asked for in pages of so many."""
    region, account = params.pop("region", HOME), params.pop("account", 0)
    paginator = client(endpoint, service, region, account).get_paginator(operation)
    pages = paginator.paginate(**params, PaginationConfig={"PageSize": size})
    return [item for page in pages for item in page[key]]
