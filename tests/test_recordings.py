"""What holds for every recording: it says nothing that the API, as botocore knows it, cannot say."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import botocore.session
import pytest
from botocore.exceptions import UnknownServiceError
from botocore.model import OperationModel, Shape
from botocore.parsers import create_parser

from collector.collect import registry
from collector.collect.table import Call
from tests.replay import ANY, RECORDED, Collected, Recording, collect, names, recordings

COLLECTED = (
    *(("ec2", take, "global") for take in ("first", "second", "denied", "locked")),
    *(("iam", take, "global") for take in ("first", "second")),
    *(("kms", "first", region) for region in ("eu-west-1", "us-east-1", "ap-east-1")),
    ("kms", "second", "eu-west-1"),
    *(("organizations", take, "global") for take in ("first", "second", "unpathed", "alone")),
    *(("s3", take, "global") for take in ("first", "second", "moved", "unlabelled")),
    *(("s3", take, "eu-west-1") for take in ("first", "second")),
)
"""Everything that the tests collect: file in `tables/`, take, region of the scope."""

UNMODELLED = {
    "kms": {"AccessDeniedException", "UnrecognizedClientException"},
    "s3": {
        "AccessDenied",
        "NoSuchBucket",
        "NoSuchBucketPolicy",
        "NoSuchPublicAccessBlockConfiguration",
        "NoSuchTagSet",
        "ObjectLockConfigurationNotFoundError",
        "OwnershipControlsNotFoundError",
        "PermanentRedirect",
        "ReplicationConfigurationNotFoundError",
        "ServerSideEncryptionConfigurationNotFoundError",
    },
    "s3control": {"AccessDenied", "NoSuchAccessPointPolicy"},
    "iam": {"AccessDenied"},
    "sts": {"AccessDenied"},
    "ec2": {"UnauthorizedOperation"},
}
"""Error codes that the models leave out; they stand in the API references, under common errors."""

TYPES = {
    "boolean": bool,
    "integer": int,
    "list": list,
    "map": dict,
    "string": str,
    "structure": dict,
    "timestamp": datetime,
}


def name(recording: Recording) -> str:
    return recording.path.relative_to(RECORDED).as_posix()


@cache
def service_model(service: str) -> Any:
    return botocore.session.Session().get_service_model(service)


def model(recording: Recording) -> OperationModel:
    """The operation; for a recording that answers all of them, one as good as any."""
    service = service_model(recording.service)
    return service.operation_model(
        service.operation_names[0] if recording.operation == ANY else recording.operation
    )


def parsed(recording: Recording) -> dict[str, Any]:
    """The answer as botocore reads it."""
    response = {"status_code": recording.status, "headers": dict(recording.headers), "body": recording.body}
    protocol = service_model(recording.service).metadata["protocol"]
    return dict(create_parser(protocol).parse(response, model(recording).output_shape))


def key(member: str, shape: Shape) -> str:
    """How a member is called in XML; in JSON it goes by its own name."""
    flattened = shape.type_name == "list" and shape.serialization.get("flattened")
    of_entry = shape.member.serialization.get("name") if flattened else None
    return str(of_entry or shape.serialization.get("name") or member)


def unknown_json(value: Any, shape: Shape, path: str) -> Iterator[str]:
    """What a JSON document holds that the shape does not, and numbers written as text."""
    if shape.type_name == "structure":
        for member, inner in value.items():
            if member not in shape.members:
                yield f"{path}.{member}"
            else:
                yield from unknown_json(inner, shape.members[member], f"{path}.{member}")
    elif shape.type_name == "list":
        for inner in value:
            yield from unknown_json(inner, shape.member, f"{path}[]")
    elif shape.type_name == "timestamp" and not isinstance(value, float):
        yield f"{path}: not in seconds"


def unknown_xml(element: ElementTree.Element, shape: Shape, path: str) -> Iterator[str]:
    """What an XML document holds that the shape does not."""
    if shape.type_name == "structure":
        known = {key(member, inner): inner for member, inner in shape.members.items()}
        for child in element:
            tag = child.tag.partition("}")[2] or child.tag
            inner = known.get(tag)
            if inner is None:
                yield f"{path}.{tag}"
            elif inner.type_name == "list" and inner.serialization.get("flattened"):
                yield from unknown_xml(child, inner.member, f"{path}.{tag}")
            else:
                yield from unknown_xml(child, inner, f"{path}.{tag}")
    elif shape.type_name == "list":
        entry = shape.member.serialization.get("name", "member")
        for child in element:
            if (child.tag.partition("}")[2] or child.tag) != entry:
                yield f"{path}: {child.tag} is no {entry}"
            yield from unknown_xml(child, shape.member, f"{path}[]")
    else:
        yield from (f"{path}: {child.tag}" for child in element)


def unknown(recording: Recording) -> list[str]:
    """What botocore's parser would pass over in silence."""
    shape, protocol = model(recording).output_shape, service_model(recording.service).metadata["protocol"]
    payload = shape.serialization.get("payload")
    if payload and shape.members[payload].type_name == "string":
        return [] if json.loads(recording.body) else ["empty"]
    if protocol == "json":
        return list(unknown_json(json.loads(recording.body), shape, ""))
    root = ElementTree.fromstring(recording.body)
    wrapper = shape.serialization.get("resultWrapper")
    if wrapper:
        (root,) = [child for child in root if child.tag.endswith("}" + wrapper)]
    if protocol == "ec2":
        root.remove(next(child for child in root if child.tag.endswith("}requestId")))
    return list(unknown_xml(root, shape.members[payload] if payload else shape, ""))


def wrong(value: Any, shape: Shape, path: str) -> Iterator[str]:
    """Where a parsed value is not what the shape allows."""
    if not isinstance(value, TYPES[shape.type_name]):
        yield f"{path}: {value!r} is no {shape.type_name}"
        return
    if shape.type_name == "structure":
        yield from (
            f"{path}.{member} is required" for member in shape.required_members if member not in value
        )
        for member, inner in value.items():
            yield from wrong(inner, shape.members[member], f"{path}.{member}")
    elif shape.type_name == "list":
        for inner in value:
            yield from wrong(inner, shape.member, f"{path}[]")
    elif shape.type_name == "string":
        if shape.enum and value not in shape.enum:
            yield f"{path}: {value!r} is none of {shape.enum}"
        if (pattern := shape.metadata.get("pattern")) and not matches(pattern, value):
            yield f"{path}: {value!r} does not match {pattern}"
    yield from out_of_bounds(value, shape, path)


def out_of_bounds(value: Any, shape: Shape, path: str) -> Iterator[str]:
    """Too long or too short, or a number too large or too small."""
    size = len(value) if isinstance(value, str | list) else value
    if isinstance(size, int) and not shape.metadata.get("min", size) <= size <= shape.metadata.get(
        "max", size
    ):
        yield f"{path}: {value!r} is not within {shape.metadata}"


def matches(pattern: str, value: str) -> bool:
    """Whether a value is as the model's pattern says; true for patterns that only Java reads."""
    try:
        return re.fullmatch(pattern, value) is not None
    except re.error:
        return True


def answers() -> list[Recording]:
    return [recording for recording in recordings() if recording.status == 200]


def complaints(recording: Recording) -> list[str]:
    answer = parsed(recording)
    answer.pop("ResponseMetadata")
    return [*unknown(recording), *wrong(answer, model(recording).output_shape, "")]


@pytest.mark.parametrize("recording", answers(), ids=name)
def test_a_recorded_answer_is_one_that_the_operation_can_give(recording: Recording) -> None:
    assert complaints(recording) == []


@pytest.mark.parametrize("recording", [r for r in recordings() if r.status != 200], ids=name)
def test_a_recorded_error_is_one_that_the_operation_can_give(recording: Recording) -> None:
    code = parsed(recording)["Error"]["Code"]
    modelled = {
        shape.metadata.get("error", {}).get("code", shape.name) for shape in model(recording).error_shapes
    }
    modelled |= {shape.name for shape in model(recording).error_shapes}
    assert code in modelled | UNMODELLED.get(recording.service, set())


@pytest.mark.parametrize(
    ("found", "text", "invented"),
    [
        ("kms/first/eu-west-1/DescribeKey.signing.json", "RSA_2048", "RSA_2096"),
        ("kms/first/eu-west-1/DescribeKey.signing.json", '"KeyState"', '"KeyStatus"'),
        ("kms/first/eu-west-1/DescribeKey.signing.json", '"KeyId"', '"Description"'),
        ("kms/first/eu-west-1/GetKeyRotationStatus.rotating.json", "180", "30"),
        ("s3/first/us-east-1/GetBucketVersioning.analytics-lake.xml", "MfaDelete>", "MFADelete>"),
        ("s3/first/us-east-1/GetBucketEncryption.analytics-lake.xml", "SSE-C", "SSE-X"),
        ("organizations/first/us-east-1/DescribeOrganization.json", '"o-', '"org-'),
        ("iam/first/us-east-1/ListUsers.1.xml", "<UserId>", "<UserId><Id/>"),
    ],
)
def test_an_invented_answer_is_found_out(tmp_path: Path, found: str, text: str, invented: str) -> None:
    (recording,) = [recording for recording in answers() if name(recording) == found]
    path = tmp_path / recording.path.name
    path.write_bytes(recording.body.replace(text.encode(), invented.encode()))
    assert complaints(recording) == []
    assert complaints(replace(recording, path=path)) != []


def test_a_recording_names_an_operation_a_region_and_a_known_resource() -> None:
    regions = set(botocore.session.Session().get_available_regions("ec2"))
    for recording in recordings():
        assert recording.operation in {ANY, *service_model(recording.service).operation_names}
        assert recording.region in regions
    for service in {recording.service for recording in recordings()}:
        assert set(names(service)) <= {r.resource for r in recordings() if r.service == service}


def test_every_page_but_the_last_leads_to_the_next() -> None:
    listings: dict[tuple[str, ...], list[Recording]] = {}
    for r in answers():
        listings.setdefault((r.service, r.take, r.region, r.operation, r.resource), []).append(r)
    for pages in listings.values():
        pages.sort(key=lambda recording: recording.page)
        assert [page.page for page in pages] == list(range(1, len(pages) + 1)), name(pages[0])
        assert [bool(page.token) for page in pages] == [True] * (len(pages) - 1) + [False], name(pages[0])


def is_paged(call: Call) -> bool:
    try:
        botocore.session.Session().get_paginator_model(call.service).get_paginator(call.operation)
    except (UnknownServiceError, ValueError):
        return call.token is not None
    return True


def test_every_paged_operation_is_recorded_in_pages() -> None:
    paged = {call.operation for table in registry.tables() for call in table.calls if is_paged(call)}
    # A child has a single parent.
    assert paged - {"ListParents"} == {recording.operation for recording in answers() if recording.page > 1}
    assert {"ListKeys", "ListAccessPoints", "ListAccounts", "GetAccountAuthorizationDetails"} <= paged


@cache
def collected() -> tuple[Collected, ...]:
    return tuple(collect(*one) for one in COLLECTED)


def test_every_recording_is_served_to_a_test() -> None:
    served = {path for one in collected() for path in one.served}
    assert {name(recording) for recording in recordings() if recording.path not in served} == set()


def test_whatever_happens_what_was_planned_is_recorded() -> None:
    for (stem, _, region), one in zip(COLLECTED, collected(), strict=True):
        regional = region != "global"
        tables = [t for t in registry.by_service()[stem] if (t.each.value == "region") is regional]
        planned = {(table.name, call.operation) for table in tables for call in table.calls}
        recorded = [(operation.table, operation.operation) for operation in one.result.operations]
        assert sorted(recorded) == sorted(planned)


@pytest.mark.parametrize("table", registry.tables(), ids=lambda table: table.name)
def test_every_column_is_filled_in_some_recorded_row(table: Any) -> None:
    declared = {*table.inherit, *(column for call in table.calls for column in call.columns)}
    rows = [row for one in collected() for row in one.rows(table.name)]
    filled = {column for row in rows for column, value in row.items() if value is not None}
    assert declared - filled == set()
