"""The middleware that makes calls to the fake AWS fail: each protocol's errors are understood as AWS's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from collector.demo.server import FakeAws
from tests.fault_server import Faults

ACCOUNT = "222222222222"


@pytest.fixture(scope="module")
def faulty() -> Iterator[tuple[FakeAws, Faults]]:
    """An empty fake AWS with a bucket, and what makes it fail."""
    faults = Faults()
    with FakeAws(middleware=faults) as aws:
        aws.client("s3", ACCOUNT).create_bucket(Bucket="bucket")
        yield aws, faults


@pytest.mark.parametrize(
    ("service", "operation", "params", "error", "status"),
    [
        ("kms", "ListKeys", {}, "AccessDeniedException", 400),
        ("organizations", "ListAccounts", {}, "TooManyRequestsException", 400),
        ("iam", "ListRoles", {}, "Throttling", 400),
        ("ec2", "DescribeRegions", {}, "UnauthorizedOperation", 403),
        ("s3", "ListBuckets", {}, "AccessDenied", 403),
        ("s3", "GetBucketPolicy", {"Bucket": "bucket"}, "SlowDown", 503),
        ("s3", "GetBucketPolicyStatus", {"Bucket": "bucket"}, "AccessDenied", 403),
        ("s3control", "GetPublicAccessBlock", {"AccountId": ACCOUNT}, "AccessDenied", 403),
        ("lambda", "ListFunctions", {}, "AccessDeniedException", 403),
    ],
)
def test_each_protocol(
    faulty: tuple[FakeAws, Faults], service: str, operation: str, params: Any, error: str, status: int
) -> None:
    aws, faults = faulty
    faults.clear()
    faults.add(service=service, operation=operation, account=ACCOUNT, error=error)
    client = aws.client(service, ACCOUNT)
    with pytest.raises(ClientError) as caught:
        client._make_api_call(operation, params)
    assert caught.value.response["Error"]["Code"] == error
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
    assert faults.count(operation, ACCOUNT) == 1


def test_assuming_a_role_is_told_by_the_roles_account(faulty: tuple[FakeAws, Faults]) -> None:
    aws, faults = faulty
    faults.clear()
    faults.add(operation="AssumeRole", account="333333333333", error="ExpiredToken", status=403)
    with pytest.raises(ClientError, match="ExpiredToken"):
        aws.client("sts", ACCOUNT).assume_role(
            RoleArn="arn:aws:iam::333333333333:role/reader", RoleSessionName="test"
        )


def test_a_rule_may_end_and_may_name_a_resource(faulty: tuple[FakeAws, Faults]) -> None:
    aws, faults = faulty
    faults.clear()
    faults.add(service="s3", resource="/bucket?encryption", error="InternalError", times=1)
    s3 = aws.client("s3", ACCOUNT)
    with pytest.raises(ClientError, match="InternalError"):
        s3.get_bucket_encryption(Bucket="bucket")
    assert s3.get_bucket_encryption(Bucket="bucket")
    assert faults.count("GetBucketEncryption") == 2


def test_a_cut_connection(faulty: tuple[FakeAws, Faults]) -> None:
    aws, faults = faulty
    faults.clear()
    faults.add(service="kms", operation="ListAliases", reset=True)
    with pytest.raises(ConnectionClosedError):
        aws.client("kms", ACCOUNT).list_aliases()
