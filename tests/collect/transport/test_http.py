"""The transport against an endpoint that checks signatures, redirects, expires tokens and breaks off."""

from __future__ import annotations

import asyncio

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from bench.endpoint import Estate, serving
from collector.collect.loop import run
from collector.collect.pace import Pace
from collector.collect.transport import clock
from collector.collect.transport.choice import TRANSPORTS, transport
from collector.collect.transport.credentials import Credentials, identify
from collector.collect.transport.http import HttpTransport
from collector.collect.transport.retry import Retries
from collector.collect.transport.session import new_session
from collector.config import Role

ESTATE = Estate(accounts=3, regions=2, keys=4, buckets=4, roles=4)
HERE, THERE = "us-east-1", "eu-west-1"


@pytest.fixture(scope="module")
def endpoint():
    with serving(ESTATE, verify=True) as served, served.as_caller():
        yield served


@pytest.fixture(autouse=True)
def settled(endpoint, monkeypatch):
    """Each test begins without faults and counts, and with a clock that is right."""
    from datetime import timedelta

    monkeypatch.setattr(clock, "_behind", timedelta())
    endpoint.faults([])
    endpoint.reset()
    yield
    endpoint.change(clock_offset=0.0, token_seconds=0.0, wrong_region="redirect")


def credentials():
    session = new_session()
    return Credentials(session, identify(session), Role("audit/keyreach-reader"), None)


def exchange(*calls, name="http", concurrency=4, once=False):
    """The answers to calls (account, region, service, operation, params), made side by side."""

    async def all_of_them():
        made = transport(name, credentials(), concurrency)
        retries = Retries(made, Pace(concurrency))
        try:
            return await asyncio.gather(
                *(made.call(*call) if once else retries.call(*call) for call in calls)
            )
        finally:
            await made.close()

    return run(all_of_them())


def account(number):
    return ESTATE.account_id(number)


def buckets_in(region, of=1):
    [answer] = exchange((account(of), HERE, "s3", "ListBuckets", {"MaxBuckets": 100}))
    return [bucket["Name"] for bucket in answer["Buckets"] if bucket["BucketRegion"] == region]


@pytest.mark.parametrize("name", TRANSPORTS)
def test_every_protocol_is_signed_and_read(name):
    keys, regions, roles, public = exchange(
        (account(1), THERE, "kms", "ListKeys", {"Limit": 1000}),
        (account(1), HERE, "ec2", "DescribeRegions", {"AllRegions": True}),
        (account(2), HERE, "iam", "ListRoles", {}),
        (account(2), THERE, "s3control", "GetPublicAccessBlock", {"AccountId": account(2)}),
        name=name,
    )
    assert len(keys["Keys"]) == 4 + ESTATE.managed_keys
    assert HERE in [region["RegionName"] for region in regions["Regions"]]
    assert len(roles["Roles"]) == 4
    assert all(isinstance(value, bool) for value in public["PublicAccessBlockConfiguration"].values())


@pytest.mark.parametrize("wrong_region", ["redirect", "malformed"])
@pytest.mark.parametrize("name", TRANSPORTS)
def test_a_bucket_elsewhere_is_asked_there(name, wrong_region, endpoint):
    endpoint.change(wrong_region=wrong_region)
    bucket = buckets_in(THERE)[0]
    call = (account(1), HERE, "s3", "GetBucketAcl", {"Bucket": bucket})
    assert exchange(call, name=name) == exchange((call[0], THERE, *call[2:]), name=name)


@pytest.mark.parametrize("ahead", [1200, -1200])
def test_a_wrong_clock_is_put_right_by_the_first_refusal(ahead, endpoint):
    endpoint.change(clock_offset=float(ahead))
    calls = [(account(0), HERE, "kms", "ListKeys", {}), (account(0), HERE, "s3", "ListBuckets", {})]
    made = exchange(*calls)
    assert "Keys" in made[0] and "Buckets" in made[1]
    endpoint.reset()
    exchange(*calls)
    assert endpoint.stats()["by_operation"]["kms:ListKeys"] == 1


@pytest.mark.parametrize("name", TRANSPORTS)
def test_an_expired_token_has_the_role_assumed_again(name, endpoint):
    async def twice():
        made = transport(name, credentials(), 4)
        retries = Retries(made, Pace(4))
        call = (account(1), HERE, "kms", "ListKeys", {})
        await retries.call(*call)
        endpoint.change(token_seconds=0.5)
        await asyncio.sleep(1.1)
        answer = await retries.call(*call)
        await made.close()
        return answer

    assert "Keys" in run(twice())
    assert endpoint.stats()["by_operation"]["sts:AssumeRole"] == 2


def test_what_is_broken_off_is_asked_for_again(endpoint):
    endpoint.faults(
        [
            {"operation": "ListKeys", "reset": True, "times": 1},
            {"operation": "ListRoles", "truncate": 60, "times": 1},
            {"operation": "ListAliases", "error": "internal", "times": 2},
            {"operation": "DescribeRegions", "chunk": 400, "interval": 0.01},
        ]
    )
    keys, roles, aliases, regions = exchange(
        (account(0), HERE, "kms", "ListKeys", {}),
        (account(0), HERE, "iam", "ListRoles", {}),
        (account(0), HERE, "kms", "ListAliases", {}),
        (account(0), HERE, "ec2", "DescribeRegions", {}),
    )
    assert keys["Keys"] and roles["Roles"] and aliases["Aliases"] and regions["Regions"]


def test_one_attempt_is_one_request(endpoint):
    endpoint.faults([{"operation": "ListKeys", "reset": True}])
    with pytest.raises(ConnectionClosedError):
        exchange((account(0), HERE, "kms", "ListKeys", {}), once=True)
    assert endpoint.stats()["by_operation"]["kms:ListKeys"] == 1


@pytest.mark.parametrize("name", TRANSPORTS)
def test_a_refusal_is_an_error_with_its_code(name, endpoint):
    endpoint.faults([{"operation": "GetBucketPolicy", "error": "denied"}])
    bucket = buckets_in(HERE)[0]
    with pytest.raises(ClientError) as caught:
        exchange((account(1), HERE, "s3", "GetBucketPolicy", {"Bucket": bucket}), name=name)
    assert caught.value.response["Error"]["Code"] == "AccessDenied"


def test_connections_are_shared_by_accounts_and_regions(endpoint):
    exchange((account(0), HERE, "kms", "ListKeys", {}))
    endpoint.reset()
    calls = [
        (account(n % 3), (HERE, THERE)[n % 2], ("kms", "s3")[n % 2], ("ListKeys", "ListBuckets")[n % 2], {})
        for n in range(60)
    ]
    exchange(*calls, concurrency=4)
    opened_by_calls = 4
    opened_by_sts = 1 + 1
    """Of the caller, and of the client that assumes roles."""
    assert endpoint.stats()["connections"] <= opened_by_calls + opened_by_sts + 1
    assert endpoint.stats()["max_in_flight"] <= 4


def test_a_transport_that_was_never_used_can_be_closed():
    asyncio.run(HttpTransport(credentials(), 1).close())
