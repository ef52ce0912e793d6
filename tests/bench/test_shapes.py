"""Every answer against what botocore's model says of it, and against what it was computed from."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from botocore import xform_name
from botocore.model import Shape
from botocore.validate import ParamValidator

from bench.endpoint.answers import OPERATIONS
from bench.endpoint.answers.call import Call
from bench.endpoint.credentials import Keyring
from bench.endpoint.refusal import Refusal
from bench.endpoint.resources import buckets, identities, keys, organization
from bench.endpoint.resources.roles import group_name, role_name, user_name
from bench.endpoint.serialize import protocol
from tests.bench.callers import ESTATE, HOME, SECOND, client, session

_ACCOUNT = {"AccountId": ESTATE.account_id(0)}
_POLICY = {"PolicyArn": identities.policy_arn(ESTATE, 0, 1)}
_UNIT = organization.unit_id(ESTATE, 0)


def _calls() -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """Service, operation, region and parameters: every operation, of every kind of resource."""
    for operation in ("ListKeys", "ListAliases", "DescribeCustomKeyStores"):
        yield "kms", operation, SECOND, {}
    for key in keys.keys(ESTATE, 0, 1):
        named = {"KeyId": keys.key_id(ESTATE, key)}
        for operation in OPERATIONS["kms"]:
            if operation not in ("ListKeys", "DescribeCustomKeyStores"):
                yield "kms", operation, SECOND, named
    yield "kms", "ListKeyRotations", SECOND, {
        "KeyId": keys.key_id(ESTATE, keys.Key(0, 1, 0)), "IncludeKeyMaterial": "ALL_KEY_MATERIAL",
    }  # fmt: skip
    yield "s3", "ListBuckets", HOME, {}
    yield "s3", "ListBuckets", HOME, {"MaxBuckets": 5}
    for bucket in range(0, ESTATE.buckets, 2):
        for operation in OPERATIONS["s3"]:
            if operation not in ("ListBuckets", "GetBucketLocation"):
                yield "s3", operation, HOME, {"Bucket": buckets.bucket_name(ESTATE, 0, bucket)}
    yield "s3", "GetBucketLocation", HOME, {"Bucket": buckets.bucket_name(ESTATE, 0, 1)}
    yield "s3", "GetBucketAcl", SECOND, {"Bucket": buckets.bucket_name(ESTATE, 0, 9)}
    yield "s3", "GetObjectLockConfiguration", SECOND, {"Bucket": buckets.bucket_name(ESTATE, 0, 5)}
    for operation in OPERATIONS["s3control"]:
        for point in range(5) if "GetAccessPoint" in operation else (0,):
            name = {"Name": buckets.point_name(point)} if "GetAccessPoint" in operation else {}
            yield "s3control", operation, SECOND, {**_ACCOUNT, **name}
    for operation in OPERATIONS["organizations"]:
        for params in _of_organization(operation):
            yield "organizations", operation, HOME, params
    for operation in OPERATIONS["iam"]:
        for params in _of_iam(operation):
            yield "iam", operation, HOME, params
    yield "ec2", "DescribeRegions", HOME, {"AllRegions": True}
    yield "sts", "GetCallerIdentity", HOME, {}


def _of_organization(operation: str) -> Iterator[dict[str, Any]]:
    target, kind = {"TargetId": _UNIT}, {"Filter": "SERVICE_CONTROL_POLICY"}
    by_operation: dict[str, list[dict[str, Any]]] = {
        "DescribeAccount": [_ACCOUNT],
        "DescribeOrganizationalUnit": [{"OrganizationalUnitId": _UNIT}],
        "ListParents": [{"ChildId": child} for child in (ESTATE.account_id(0), ESTATE.account_id(2), _UNIT)],
        "ListPolicies": [kind, {"Filter": "RESOURCE_CONTROL_POLICY"}],
        "ListPoliciesForTarget": [{**target, **kind}],
        "ListTagsForResource": [{"ResourceId": _UNIT}],
        "DescribePolicy": [
            {"PolicyId": "p-RCPFullAWSAccess"},
            {"PolicyId": organization.policy_id(ESTATE, 1)},
        ],
        "ListTargetsForPolicy": [{"PolicyId": organization.policy_id(ESTATE, 1)}],
    }
    for parent in ("ListAccountsForParent", "ListOrganizationalUnitsForParent"):
        by_operation[parent] = [{"ParentId": ESTATE.root_id}, {"ParentId": _UNIT}]
    yield from by_operation.get(operation, [{}])


def _of_iam(operation: str) -> Iterator[dict[str, Any]]:
    """One call for each of these values of the first member that the operation requires."""
    values: dict[str, list[str]] = {
        "RoleName": [role_name(n) for n in (0, 6, 7)],
        "UserName": [user_name(n) for n in (0, 5)],
        "GroupName": [group_name(1)],
        "PolicyArn": [identities.policy_arn(ESTATE, 0, n) for n in (1, 8)],
        "AccessKeyId": [Keyring(ESTATE).of_user(0)[0]],
        "VersionId": ["v1"],
        "PolicyName": [f"{kind}-inline" for kind in ("role", "user") if kind in operation.lower()]
        or ["none"],
    }
    shape = session().get_service_model("iam").operation_model(operation).input_shape
    first, *rest = [*(shape.required_members if shape else ()), None]
    others = {name: values[name][0] for name in rest if name}
    for value in values[first] if first else [None]:
        yield {first: value, **others} if first else {}


def _source(endpoint: Any, service: str, operation: str, region: str, params: dict[str, Any]) -> Any:
    keyring = Keyring(ESTATE)
    identity = keyring.identify(keyring.of_user(0)[0], "")
    assert identity is not None
    spoken = protocol(service)
    call = Call(ESTATE, keyring, identity, service, operation, spoken, region, params, time.time())
    return OPERATIONS[service][operation](call)


def _wrong_enums(value: Any, shape: Shape, path: str) -> Iterator[str]:
    if shape.type_name == "structure":
        for name, inner in value.items():
            yield from _wrong_enums(inner, shape.members[name], f"{path}.{name}")
    elif shape.type_name == "list":
        for inner in value:
            yield from _wrong_enums(inner, shape.member, f"{path}[]")
    elif shape.type_name == "string" and shape.enum and value not in shape.enum:
        yield f"{path}: {value}"


@pytest.mark.parametrize("service", OPERATIONS)
def test_answers_fit_their_shapes_and_lose_nothing(endpoint, service):
    asked = set()
    callers = {region: client(endpoint, service, region) for region in (HOME, SECOND)}
    for _, operation, region, params in (call for call in _calls() if call[0] == service):
        where = f"{operation} {params}"
        shape = session().get_service_model(service).operation_model(operation).output_shape
        send = getattr(callers[region], xform_name(operation))
        asked.add(operation)
        try:
            source = _source(endpoint, service, operation, region, params)
        except Refusal as refused:
            with pytest.raises(callers[region].exceptions.ClientError) as error:
                send(**params)
            assert error.value.response["Error"]["Code"] == refused.code, where
            assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == refused.status, where
            continue
        answer = send(**params)
        del answer["ResponseMetadata"]
        if service == "iam" and operation == "GetCredentialReport":
            source["Content"] = source["Content"].encode()
        assert answer == source, where
        report = ParamValidator().validate(answer, shape)
        assert not report.has_errors(), f"{where}: {report.generate_report()}"
        assert [*_wrong_enums(answer, shape, operation)] == []
    assert asked == set(OPERATIONS[service]) - {"AssumeRole"}
