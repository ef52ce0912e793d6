import asyncio
import time

import pytest
from botocore.session import get_session

from collector.collect import registry
from collector.collect.pace import Pace, quotas


def calls_in(seconds, pace, *keys):
    """How many turns of each key are given within a time, to callers that never wait."""

    async def run():
        given = dict.fromkeys(keys, 0)

        async def ask(key):
            while True:
                async with pace.turn(*key):
                    given[key] += 1
                    await asyncio.sleep(0)

        tasks = [asyncio.ensure_future(ask(key)) for key in keys for _ in range(20)]
        await asyncio.sleep(seconds)
        for task in tasks:
            task.cancel()
        return given

    return asyncio.run(run())


GRANTS = ("111122223333", "eu-west-1", "kms", "ListGrants")


def test_no_more_than_the_share_of_a_quota_is_used():
    began = time.monotonic()
    given = calls_in(1.0, Pace(64, 0.5), GRANTS)[GRANTS]
    assert given <= 50 * (time.monotonic() - began) + 6
    assert given > 5


def test_accounts_regions_and_operations_have_a_share_each():
    others = [
        ("444455556666", *GRANTS[1:]),
        (GRANTS[0], "us-east-1", *GRANTS[2:]),
        (*GRANTS[:3], "ListKeyRotations"),
    ]
    given = calls_in(0.5, Pace(64, 0.5), GRANTS, *others)
    assert all(count > 3 for count in given.values())


def test_a_quota_of_less_than_one_call_is_still_a_pace():
    key = ("111122223333", "eu-west-1", "kms", "GetKeyLastUsage")
    assert 1 <= calls_in(0.5, Pace(64, 0.1), key)[key] <= 2


def test_waiting_for_a_quota_takes_no_place_among_the_calls_in_flight():
    free = ("111122223333", "eu-west-1", "s3", "GetBucketPolicy")
    assert calls_in(0.3, Pace(1, 0.1), GRANTS, free)[free] > 20


def test_calls_in_flight_are_bounded():
    async def run():
        pace, flying, most = Pace(3), 0, 0

        async def call():
            nonlocal flying, most
            async with pace.turn("1", "r", "s3", "GetBucketPolicy"):
                flying += 1
                most = max(most, flying)
                await asyncio.sleep(0.01)
                flying -= 1

        await asyncio.gather(*(call() for _ in range(12)))
        return most

    assert asyncio.run(run()) == 3


@pytest.mark.parametrize("service", quotas())
def test_quotas_are_of_operations_that_exist(service):
    known = set(get_session().get_service_model(service).operation_names)
    assert set(quotas()[service]) <= known
    assert all(rate > 0 for rate in quotas()[service].values())


def test_every_kms_call_has_its_quota():
    made = {call.operation for table in registry.tables() for call in table.calls if call.service == "kms"}
    assert made <= set(quotas()["kms"])
