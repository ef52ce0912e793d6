"""CloudTrail's events, as EventBridge delivers them, to the scopes that they may have changed. Pure.

https://docs.aws.amazon.com/eventbridge/latest/ref/events-structure.html
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from collector.collect import registry
from collector.collect.plan import REGIONS, REGIONS_SERVICE
from collector.collect.table import Each, Scope

_OF_CLOUDTRAIL = ("AWS API Call via CloudTrail", "AWS Service Event via CloudTrail")
_REGION_STATUS = "Region Opt-In Status Change"
"""Sent when a region begins or ends to be enabled or disabled; the API call only asks for it.

https://docs.aws.amazon.com/accounts/latest/reference/monitoring-eventbridge.html
"""
_READS = re.compile(r"(Get|List|Describe|Head|BatchGet|Lookup|Search|Simulate)[A-Z]")
_WITH_KEYS = re.compile(
    "Encrypt|Decrypt|ReEncrypt|GenerateDataKey.*|GenerateMac|GenerateRandom|Sign|Verify|VerifyMac|"
    "DeriveSharedSecret|Encapsulate|Decapsulate"
)
"""Operations that use a KMS key and change nothing."""
_OF_BUCKETS = re.compile("Bucket|PublicAccessBlock|ObjectLockConfiguration|(Tag|Untag)Resource")
"""In the names of S3's events about buckets and accounts; the others are about objects and jobs."""
_OF_ACCESS_POINTS = re.compile("AccessPoint")
_SILENT = ("sts", "signin")
"""Sources that change nothing that is collected."""


class MalformedError(ValueError):
    """A message that is not an event."""


@dataclass(frozen=True)
class Event:
    """What happened, as far as it matters here."""

    source: str
    """The service, by the first part of CloudTrail's `eventSource`: `kms`."""
    name: str
    """The API operation, as a rule."""
    account_id: str
    regions: tuple[str, ...]
    """Where it happened, and other regions that it touched."""
    time: datetime
    changes: bool
    """Whether it may have changed anything: it is no read, did not fail, and is not about data."""


def read(body: str) -> Event:
    """The event in the body of a message, as EventBridge or SNS put it there. Raises MalformedError."""
    try:
        message = json.loads(body)
        if isinstance(message, dict) and message.get("Type") == "Notification":
            message = json.loads(message["Message"])
        if message["detail-type"] == _REGION_STATUS:
            return _region_status(message)
        if message["detail-type"] not in _OF_CLOUDTRAIL:
            return _other(message)
        return _of_cloudtrail(message, message["detail"])
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise MalformedError(type(error).__name__) from error


def changed(event: Event) -> frozenset[Scope] | None:
    """The scopes that an event may have changed. None: no table is filled from its source."""
    if event.source in _SILENT:
        return frozenset()
    if event.source == "account":
        return frozenset(_of_region(event)) if event.changes else frozenset()
    services: tuple[str, ...] = ("s3", "s3control") if event.source == "s3" else (event.source,)
    if not any(table.service in services and table.name != REGIONS for table in registry.tables()):
        return None
    if not event.changes:
        return frozenset()
    if event.source == "s3":
        services = tuple(_of_s3(event.name))
    return frozenset(scope for service in services for scope in _scopes(service, event))


def _of_s3(name: str) -> Iterator[str]:
    """Buckets and the settings of accounts are listed by S3, access points by S3 Control."""
    if _OF_ACCESS_POINTS.search(name):
        yield "s3control"
    elif _OF_BUCKETS.search(name):
        yield "s3"


def _scopes(service: str, event: Event) -> Iterator[Scope]:
    for stem, tables in registry.by_service().items():
        for table in tables:
            if table.service == service and table.name != REGIONS:
                regions = event.regions if table.each is Each.REGION else ("global",)
                yield from (Scope(stem, event.account_id, region) for region in regions)


def _of_region(event: Event) -> Iterator[Scope]:
    """The list of an account's regions, and everything in the region that was switched on or off."""
    if event.name not in ("EnableRegion", "DisableRegion", _REGION_STATUS):
        return
    yield Scope(REGIONS_SERVICE, event.account_id, "global")
    for stem, tables in registry.by_service().items():
        if any(table.each is Each.REGION for table in tables):
            yield from (Scope(stem, event.account_id, region) for region in event.regions)


def _of_cloudtrail(message: Mapping[str, Any], detail: Mapping[str, Any]) -> Event:
    source, name = (
        _matching(r"[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*", detail["eventSource"]),
        detail["eventName"],
    )
    given = dict(detail.get("requestParameters") or {})
    account_id = message.get("account") or detail["recipientAccountId"]
    regions = [message.get("region") or detail["awsRegion"]]
    if source.startswith("kms."):
        regions += [given[key] for key in ("replicaRegion", "primaryRegion") if key in given]
    if source.startswith("account."):
        account_id = given.get("accountId") or account_id
        regions = [given.get("regionName") or regions[0]]
    fails = bool(detail.get("errorCode"))
    reads = detail.get("readOnly") in (True, "true") or _READS.match(name) or _WITH_KEYS.fullmatch(name)
    about_data = detail.get("eventCategory", "Management") != "Management"
    return Event(
        source.partition(".")[0],
        _matching(r"\w{1,128}", name),
        _account(account_id),
        tuple(_region(region) for region in regions),
        _time(detail.get("eventTime") or message["time"]),
        changes=not (fails or reads or about_data),
    )


def _region_status(message: Mapping[str, Any]) -> Event:
    detail = message["detail"]
    regions = (_region(detail["regionName"]),)
    time = _time(message["time"])
    return Event("account", _REGION_STATUS, _account(detail["accountId"]), regions, time, changes=True)


def _other(message: Mapping[str, Any]) -> Event:
    """An event that does not come from CloudTrail."""
    source = _matching(r"[A-Za-z0-9._/-]{1,256}", message["source"])
    return Event(f"{source} (not by CloudTrail)", "", "", (), _time(message["time"]), changes=False)


def _account(value: Any) -> str:
    return _matching(r"[0-9]{12}", value)


def _region(value: Any) -> str:
    return _matching(r"[a-z0-9-]{1,32}", value)


def _matching(pattern: str, value: Any) -> str:
    if not re.fullmatch(pattern, value, re.ASCII):
        raise ValueError(pattern)
    return str(value)


def _time(value: str) -> datetime:
    time = datetime.fromisoformat(value)
    if time.tzinfo is None:
        raise ValueError("a time without its offset")
    return time
