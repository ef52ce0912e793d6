"""Calls that are slow, throttled or broken on purpose, and what is counted of them."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from bench.endpoint import Rule
from bench.endpoint.faults import Faults
from bench.endpoint.request import Request
from bench.endpoint.resources import buckets, keys
from tests.bench.callers import ESTATE, HOME, SECOND, client

KEYS = [keys.key_id(ESTATE, keys.Key(0, 0, n)) for n in range(40)]


def code(call, **params):
    with pytest.raises(ClientError) as error:
        call(**params)
    response = error.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


def test_throttles_let_through_what_the_quota_allows(endpoint):
    kms = client(endpoint, "kms", max_pool_connections=8)
    endpoint.change(quotas={"kms:DescribeKey": 20})
    refusals, started = [], time.monotonic()

    def describe(n):
        try:
            kms.describe_key(KeyId=KEYS[n % 40])
        except ClientError as error:
            refusals.append(error.response["Error"]["Code"])

    with ThreadPoolExecutor(8) as threads:
        while time.monotonic() < started + 1.5:
            list(threads.map(describe, range(16)))
    elapsed = time.monotonic() - started
    stats = endpoint.stats()
    answered = stats["by_operation"]["kms:DescribeKey"] - len(refusals)
    assert 20 + 20 * (elapsed - 0.2) <= answered <= 20 + 20 * elapsed + 1
    assert set(refusals) == {"ThrottlingException"}
    assert stats["throttled"] == {"kms:DescribeKey": len(refusals)}


def test_accounts_and_regions_have_quotas_of_their_own(endpoint):
    endpoint.change(
        quotas={"kms:ListKeys": 1, "s3:ListBuckets": 1, "iam:ListUsers": 1, "organizations:ListRoots": 1}
    )
    callers = [client(endpoint, "kms", region, account) for region in (HOME, SECOND) for account in (0, 1)]
    for kms in callers:
        kms.list_keys()
    assert [code(kms.list_keys) for kms in callers] == [("ThrottlingException", 400)] * 4
    for service, operation, error in (
        ("s3", "list_buckets", ("SlowDown", 503)),
        ("iam", "list_users", ("Throttling", 400)),
        ("organizations", "list_roots", ("TooManyRequestsException", 400)),
    ):
        call = getattr(client(endpoint, service), operation)
        call()
        assert code(call) == error


def test_the_published_quotas_can_be_had(endpoint):
    endpoint.change(quotas=True)
    assert endpoint.settings()["quotas"]["kms:ListGrants"] == 100


def test_latency_is_that_of_every_call_and_calls_wait_together(endpoint):
    kms = client(endpoint, "kms", max_pool_connections=16)
    kms.list_keys()
    endpoint.change(latency=0.1)
    started = time.monotonic()
    with ThreadPoolExecutor(16) as threads:
        list(threads.map(lambda key: kms.describe_key(KeyId=key), KEYS[:32]))
    elapsed = time.monotonic() - started
    assert 0.2 <= elapsed < 0.4
    stats = endpoint.stats()
    assert stats["max_in_flight"] == stats["max_in_flight_by_operation"]["kms:DescribeKey"] == 16
    assert stats["in_flight"] == 0


def test_denials_by_account_region_and_resource(endpoint):
    arn, name = KEYS[3], buckets.bucket_name(ESTATE, 0, 0)
    endpoint.faults(
        [
            Rule("GetKeyPolicy", error="denied", account=ESTATE.account_id(0), region=HOME, resource=arn),
            {"operation": "s3:GetBucketPolicy", "error": "AccessDenied", "resource": name},
            Rule("AssumeRole", error="denied", account=ESTATE.account_id(2)),
        ]
    )
    kms, s3 = client(endpoint, "kms"), client(endpoint, "s3")
    assert code(kms.get_key_policy, KeyId=arn) == ("AccessDeniedException", 400)
    assert kms.get_key_policy(KeyId=KEYS[4])["PolicyName"] == "default"
    assert kms.describe_key(KeyId=arn)["KeyMetadata"]["KeyId"] == arn
    assert code(s3.get_bucket_policy, Bucket=name) == ("AccessDenied", 403)
    assert s3.get_bucket_policy(Bucket=buckets.bucket_name(ESTATE, 0, 2))["Policy"]
    sts = client(endpoint, "sts")
    roles = [f"arn:aws:iam::{ESTATE.account_id(n)}:role/audit/keyreach-reader" for n in (1, 2)]
    sts.assume_role(RoleArn=roles[0], RoleSessionName="xy")
    assert code(sts.assume_role, RoleArn=roles[1], RoleSessionName="xy") == ("AccessDenied", 403)
    assert endpoint.stats()["errors"]["kms:GetKeyPolicy AccessDeniedException"] == 1


def test_errors_for_some_times_are_retried_away(endpoint):
    endpoint.faults([Rule("kms:ListKeys", error="internal", times=2)])
    kms = client(endpoint, "kms", retries={"mode": "standard", "total_max_attempts": 4})
    answer = kms.list_keys()
    assert (len(answer["Keys"]), answer["ResponseMetadata"]["RetryAttempts"]) == (49, 2)
    endpoint.faults([Rule(service="s3", error="internal")])
    assert code(client(endpoint, "s3").list_buckets) == ("InternalError", 500)


def test_a_share_of_the_calls_is_the_same_in_any_order():
    asked = [Request("kms", "DescribeKey", "json", "", HOME, text=key).complete() for key in KEYS]
    forward, backward = (Faults([Rule(error="internal", rate=0.3)], seed=7) for _ in range(2))
    failing = [request.text for request in asked if forward.of(request, "1")]
    assert failing == [request.text for request in reversed(asked) if backward.of(request, "1")][::-1]
    assert 5 <= len(failing) <= 20
    other = Faults([Rule(error="internal", rate=0.3)], seed=8)
    assert failing != [request.text for request in asked if other.of(request, "1")]
    again = [request.text for request in asked if forward.of(request, "1")]
    assert again != failing, "a second try draws again"


def test_connections_are_reset(endpoint):
    endpoint.faults([Rule("ListKeys", reset=True, times=1)])
    kms = client(endpoint, "kms")
    with pytest.raises(ConnectionClosedError):
        kms.list_keys()
    assert len(kms.list_keys()["Keys"]) == 49
    assert endpoint.stats()["connections"] == 2


def test_bodies_are_dribbled_or_cut_off(endpoint):
    name = buckets.bucket_name(ESTATE, 0, 0)
    whole = client(endpoint, "s3").get_bucket_policy(Bucket=name)["Policy"]
    endpoint.faults([Rule("GetBucketPolicy", chunk=100, interval=0.01)])
    started = time.monotonic()
    assert client(endpoint, "s3").get_bucket_policy(Bucket=name)["Policy"] == whole
    assert time.monotonic() - started >= 0.01 * (len(whole) // 100)
    endpoint.faults([Rule("GetBucketPolicy", truncate=50)])
    assert client(endpoint, "s3").get_bucket_policy(Bucket=name)["Policy"] == whole[:50]


def test_calls_are_counted_by_account_region_and_operation(endpoint):
    for region in (HOME, SECOND, SECOND):
        client(endpoint, "kms", region, 1).list_keys()
    stats = endpoint.stats()
    counted = {
        (row["account"], row["region"], row["operation"]): row["calls"]
        for row in stats["by_account_region_operation"]
    }
    account_id = ESTATE.account_id(1)
    assert counted == {(account_id, HOME, "kms:ListKeys"): 1, (account_id, SECOND, "kms:ListKeys"): 2}
    assert (stats["calls"], stats["connections"], stats["peak_per_second_by_operation"]) == (
        3, 3, {"kms:ListKeys": 3},
    )  # fmt: skip
    endpoint.reset()
    assert endpoint.stats()["calls"] == 0


def test_unknown_operations_are_refused_in_their_protocol(endpoint):
    assert code(client(endpoint, "kms").generate_random, NumberOfBytes=1) == (
        "UnknownOperationException",
        400,
    )
    assert code(client(endpoint, "iam").list_account_aliases, Marker="x") == ("ValidationError", 400)
    assert code(client(endpoint, "iam").create_group, GroupName="x") == ("InvalidAction", 400)
    assert code(client(endpoint, "ec2").describe_vpcs) == ("InvalidAction", 400)
    assert code(client(endpoint, "s3").get_bucket_abac, Bucket=buckets.bucket_name(ESTATE, 0, 0)) == (
        "NotImplemented", 501,
    )  # fmt: skip
    assert code(client(endpoint, "lambda").list_functions) == ("UnknownOperationException", 404)
    assert code(client(endpoint, "dynamodb").list_tables) == ("UnknownOperationException", 400)
