"""The operator's own SQS queue, drained with the caller's own credentials."""

from __future__ import annotations

import logging
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoRegionError

from collector.collect.outcome import classify
from collector.errors import KeyreachError, UsageError

log = logging.getLogger(__name__)

_BATCH = 10
"""The most messages that one call takes.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
"""
WAIT_SECONDS = 2
"""Long polling asks all servers: an empty answer means that the queue is empty."""

_CONFIG = Config(retries={"mode": "standard", "total_max_attempts": 5}, connect_timeout=10, read_timeout=30)
_PATH = re.compile(r"/[0-9]{12}/[A-Za-z0-9_-]{1,80}(\.fifo)?")
_HOST = re.compile(r"(?:.+\.)?sqs(?:-fips)?\.([a-z]{2}[a-z]*(?:-[a-z0-9]+)+)\..+")
_OLD_HOST = re.compile(r"(?:([a-z0-9-]+)\.)?queue\.amazonaws\.com(?:\.cn)?")
_AWS = (".amazonaws.com", ".amazonaws.com.cn", ".amazonaws.eu", ".api.aws")


@dataclass(frozen=True)
class Message:
    """A message that was received."""

    id: str
    receipt: str
    """What it is deleted by."""
    body: str


class Queue:
    """A queue, by its URL."""

    def __init__(self, session: botocore.session.Session, url: str) -> None:
        """Find the queue's region in its host, or in the settings where there is a custom endpoint.

        Raises UsageError if the URL is no queue's. Calls nothing.
        """
        self.url = url
        host, region = _place(url)
        try:
            self._client = session.create_client("sqs", region_name=region or None, config=_CONFIG)
        except NoRegionError as error:
            raise UsageError(f"--events: {url} does not tell its region: set AWS_REGION") from error
        endpoint = urlsplit(self._client.meta.endpoint_url).hostname or ""
        if not region and endpoint.endswith(_AWS):
            raise UsageError(
                f"--events: {host} is no host of SQS: `aws sqs get-queue-url` tells a queue's URL; for "
                "another endpoint than AWS's set AWS_ENDPOINT_URL"
            )

    def messages(self, most: int) -> Iterator[Message]:
        """Receive until the queue is empty, or `most` messages have come. Raises KeyreachError."""
        received = 0
        while received < most:
            answer = self._call(
                "receive_message",
                MaxNumberOfMessages=min(_BATCH, most - received),
                WaitTimeSeconds=WAIT_SECONDS,
            )
            found = answer.get("Messages", [])
            if not found:
                return
            received += len(found)
            for message in found:
                yield Message(message["MessageId"], message["ReceiptHandle"], message["Body"])

    def delete(self, receipts: Collection[str]) -> None:
        """Delete messages. Those that cannot be deleted come again. Raises KeyreachError."""
        entries = [{"Id": str(n), "ReceiptHandle": receipt} for n, receipt in enumerate(receipts)]
        for start in range(0, len(entries), _BATCH):
            batch = entries[start : start + _BATCH]
            for failure in self._call("delete_message_batch", Entries=batch).get("Failed", []):
                log.warning("a message was not deleted, and will come again: %s", failure["Code"])

    def _call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = getattr(self._client, operation)(QueueUrl=self.url, **parameters)
        except (BotoCoreError, ClientError) as error:
            failure = classify(error)
            raise KeyreachError(
                f"{self.url}: {operation} failed: {failure.code}: {failure.message}"
            ) from error
        return answer


def _place(url: str) -> tuple[str, str]:
    """Host and region of a queue's URL. The region is empty if the host does not tell it."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        plain = parts.scheme in ("http", "https") and not (parts.query or parts.fragment or parts.username)
    except ValueError:
        host, plain = "", False
    if not (plain and host and _PATH.fullmatch(parts.path)):
        raise UsageError(
            f"--events: {url!r} is no URL of an SQS queue: it looks like "
            "https://sqs.eu-west-1.amazonaws.com/111122223333/changes"
        )
    if found := _HOST.fullmatch(host):
        return host, found[1]
    if found := _OLD_HOST.fullmatch(host):
        return host, found[1] or "us-east-1"
    return host, ""
