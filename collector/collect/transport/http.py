"""The fast transport: one event loop, shared connections, and botocore's parts without its client."""

from __future__ import annotations

import asyncio
import math
import time
from typing import Any

from botocore.config import Config
from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import ClientError
from botocore.utils import validate_region_name

from collector.collect.transport.api import Api
from collector.collect.transport.connections import Connections
from collector.collect.transport.credentials import CredentialSource
from collector.collect.transport.session import new_session

GOOD_SECONDS = 10
"""How long credentials are taken for good without looking: they are renewed minutes before they end."""

_CONFIG = Config(s3={"addressing_style": "path"})
"""A bucket in the path, not in the host's name: or every bucket would need connections of its own."""

_REDIRECTED = {301, 302, 307}
_REDIRECTING = {"AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "PermanentRedirect"}


class HttpTransport:
    """Makes API calls over connections that all accounts and regions share. For one event loop."""

    def __init__(self, credentials: CredentialSource, concurrency: int) -> None:
        """Keep as many connections open as there are calls in flight."""
        self._credentials = credentials
        self._concurrency = concurrency
        self._session = new_session()
        self._connections: Connections | None = None
        self._apis: dict[tuple[str, str], Api] = {}
        self._held: dict[str, tuple[float, ReadOnlyCredentials]] = {}
        """Identity -> when its credentials were last looked at, and what they were."""

    async def reach(self, identity: str) -> None:
        """Assume the identity's role, if it needs one. Raises botocore's errors if that is refused."""
        await self._keys(identity)

    async def renew(self, identity: str) -> bool:
        """Assume the identity's role anew. False: it has credentials that are not ours to renew."""
        self._held.pop(identity, None)
        return self._credentials.drop(identity)

    async def call(
        self, identity: str, region: str, service: str, operation: str, params: dict[str, Any]
    ) -> dict[str, Any]:
        """Make one call and return its answer. Raises botocore's ClientError and BotoCoreError."""
        keys = await self._keys(identity)
        try:
            return await self._send(keys, region, service, operation, params)
        except ClientError as error:
            elsewhere = _region_of_bucket(error) if service == "s3" else None
            if elsewhere is None or elsewhere == region:
                raise
            return await self._send(keys, elsewhere, service, operation, params)

    async def release(self, identity: str) -> None:
        """Forget an identity's credentials. Connections and models are everyone's."""
        self._held.pop(identity, None)

    async def close(self) -> None:
        """Close the connections, without waiting for calls in flight."""
        if self._connections:
            await self._connections.close()

    async def _send(
        self,
        keys: ReadOnlyCredentials,
        region: str,
        service: str,
        operation: str,
        params: dict[str, Any],
    ) -> dict[str, Any]:
        if self._connections is None:
            self._connections = Connections(self._session, self._concurrency)
        api = self._api(service, region)
        request = api.request(operation, params, keys)
        response = await self._connections.send(request.method, request.url, request.headers, request.body)
        return api.answer(operation, *response)

    async def _keys(self, identity: str) -> ReadOnlyCredentials:
        now = time.monotonic()
        looked, keys = self._held.get(identity, (-math.inf, None))
        if keys is None or now - looked > GOOD_SECONDS:
            keys = self._credentials.held(identity)
            keys = keys or await asyncio.to_thread(self._credentials.frozen, identity)
            self._held[identity] = now, keys
        return keys

    def _api(self, service: str, region: str) -> Api:
        if (service, region) not in self._apis:
            client = self._session.create_client(
                service,
                region,
                aws_access_key_id="unused",
                aws_secret_access_key="unused",
                config=_CONFIG,
            )
            parsers = self._session.get_component("response_parser_factory")
            self._apis[service, region] = Api(client, parsers, self._session.user_agent())
        return self._apis[service, region]


def _region_of_bucket(error: ClientError) -> str | None:
    """The region that S3 says a bucket is in, if it was asked in another one.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingRouting.html
    """
    details, metadata = error.response["Error"], error.response["ResponseMetadata"]
    if metadata["HTTPStatusCode"] not in _REDIRECTED and details.get("Code") not in _REDIRECTING:
        return None
    region: str | None = metadata["HTTPHeaders"].get("x-amz-bucket-region") or details.get("Region")
    validate_region_name(region)
    return region
