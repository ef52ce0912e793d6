"""The reference transport: boto3 clients, at most 32 threads."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
from botocore import xform_name
from botocore.awsrequest import AWSPreparedRequest
from botocore.config import Config
from botocore.handlers import json_decode_policies

from collector.collect.transport.api import without_account
from collector.collect.transport.credentials import CredentialSource
from collector.collect.transport.session import new_session

MAX_THREADS = 32
"""More threads add no throughput: they queue for the interpreter lock."""

_CONFIG = Config(
    retries={"mode": "standard", "total_max_attempts": 1},
    connect_timeout=10,
    read_timeout=60,
    max_pool_connections=MAX_THREADS,
)


class Boto3Transport:
    """Makes API calls with boto3 clients shared by a pool of threads.

    One Session makes all clients, under a lock, because making them is not thread-safe. A client is
    kept until its account's credentials change.
    """

    def __init__(self, credentials: CredentialSource, concurrency: int) -> None:
        """Allow `concurrency` calls in flight, up to MAX_THREADS."""
        self._credentials = credentials
        self._session = boto3.Session(botocore_session=new_session())
        self._clients: dict[tuple[str, str, str], tuple[str, Any]] = {}
        self._lock = threading.Lock()
        self._threads = ThreadPoolExecutor(min(concurrency, MAX_THREADS), thread_name_prefix="boto3")

    async def reach(self, identity: str) -> None:
        """Assume the identity's role, if it needs one. Raises botocore's errors if that is refused."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._threads, self._credentials.frozen, identity)

    async def call(
        self, identity: str, region: str, service: str, operation: str, params: dict[str, Any]
    ) -> dict[str, Any]:
        """Make one call and return its answer. Raises botocore's ClientError and BotoCoreError."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            self._threads, self._call, identity, region, service, operation, params
        )

    async def renew(self, identity: str) -> bool:
        """Assume the identity's role anew. False: it has credentials that are not ours to renew."""
        return self._credentials.drop(identity)

    async def release(self, identity: str) -> None:
        """Close an identity's clients, whose idle connections would pile up over hundreds of accounts."""
        with self._lock:
            keys = [key for key in self._clients if key[0] == identity]
            clients = [self._clients.pop(key)[1] for key in keys]
        for client in clients:
            client.close()

    async def close(self) -> None:
        """Stop the threads. Calls in flight, of a run that was broken off, end without being waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        for identity in {key[0] for key in self._clients}:
            await self.release(identity)

    def _call(
        self, identity: str, region: str, service: str, operation: str, params: dict[str, Any]
    ) -> dict[str, Any]:
        client = self._client(identity, region, service)
        answer: dict[str, Any] = getattr(client, xform_name(operation))(**params)
        answer.pop("ResponseMetadata", None)
        return answer

    def _client(self, identity: str, region: str, service: str) -> Any:
        credentials = self._credentials.frozen(identity)
        key = (identity, region, service)
        with self._lock:
            access_key, client = self._clients.get(key, ("", None))
            if access_key != credentials.access_key:
                client = self._session.client(
                    service,
                    region_name=region,
                    aws_access_key_id=credentials.access_key,
                    aws_secret_access_key=credentials.secret_key,
                    aws_session_token=credentials.token,
                    config=_CONFIG,
                )
                prepare(client)
                self._clients[key] = (credentials.access_key, client)
        return client


def prepare(client: Any) -> None:
    """Make a client answer as the tables expect.

    IAM's policy documents stay the text that was received. With a custom endpoint, S3 Control's
    account id goes out of the host name, where only AWS's own names resolve.
    """
    service = client.meta.service_model.service_name
    if service == "iam":
        client.meta.events.unregister("after-call.iam", json_decode_policies)
    if service == "s3control":
        client.meta.events.register("before-send.s3-control", _without_account_in_host)


def _without_account_in_host(request: AWSPreparedRequest, **_: Any) -> None:
    account_id = request.headers["x-amz-account-id"]
    if isinstance(account_id, bytes):
        account_id = account_id.decode()
    request.url = without_account(request.url, account_id)
