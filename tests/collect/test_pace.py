"""Turns: never faster than the share of a quota, chains first, and nobody at the expense of the others."""

import asyncio
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.collect.pace import Pace
from tests.collect.virtual_time import now, run

QUOTAS = {"kms": {"ListGrants": 100, "GetKeyLastUsage": 5, "DescribeKey": 2000}}
GRANTS = ("111122223333", "eu-west-1", "kms", "ListGrants")
FREE = ("111122223333", "eu-west-1", "s3", "GetBucketPolicy")


async def call(pace, key, times, takes=0.0, **how):
    """Make one call, and note when its turn came."""
    async with pace.turn(*key, **how):
        times.append(now())
        await asyncio.sleep(takes)


def turns(count, key=GRANTS, share=0.5, concurrency=64, takes=0.0):
    """When each of many calls has its turn, if all are wanted at once."""

    async def main():
        pace, times = Pace(concurrency, share, QUOTAS), []
        await asyncio.gather(*(call(pace, key, times, takes) for _ in range(count)))
        return times

    return run(main())


def most_in_a_second(times):
    """The most calls in any window of one second."""
    return max(sum(start <= time < start + 1 for time in times) for start in times)


def test_of_a_quota_of_100_and_a_share_of_a_half_no_second_sees_more_than_55_calls():
    times = turns(500)
    assert 50 <= most_in_a_second(times) <= 55
    assert times[-1] - times[0] == pytest.approx(500 / 50, abs=0.1)


def test_beside_another_client_at_40_a_second_such_a_quota_is_never_exceeded():
    other = [1000 + n / 40 for n in range(400)]
    assert most_in_a_second(sorted(turns(500) + other)) <= 100


def test_a_quota_of_less_than_one_call_is_still_a_pace():
    times = turns(4, (*GRANTS[:3], "GetKeyLastUsage"), share=0.1)
    assert [later - earlier for earlier, later in pairwise(times)] == pytest.approx([2.0] * 3)


def test_calls_that_wait_for_a_place_take_their_token_only_then():
    """Else the tokens of a second in which all places were taken would be used in one burst."""

    async def main():
        pace, times, held = Pace(1, 0.5, QUOTAS), [], []
        blocker = asyncio.ensure_future(call(pace, FREE, held, takes=3.0))
        await asyncio.sleep(0)
        await asyncio.gather(blocker, *(call(pace, GRANTS, times) for _ in range(200)))
        return times

    assert most_in_a_second(run(main())) <= 55


def test_accounts_regions_and_operations_have_a_share_each():
    others = [
        ("444455556666", *GRANTS[1:]),
        (GRANTS[0], "us-east-1", *GRANTS[2:]),
        (*GRANTS[:3], "GetKeyLastUsage"),
    ]

    async def main():
        pace, times = Pace(64, 0.5, QUOTAS), {key: [] for key in (GRANTS, *others)}
        await asyncio.gather(*(call(pace, key, times[key]) for key in times for _ in range(10)))
        return {key[1:]: found[-1] - found[0] for key, found in times.items()}

    took = run(main())
    assert took.pop(others[2][1:]) == pytest.approx(9 / 2.5)
    assert list(took.values()) == pytest.approx([(10 - 2.5) / 50] * 2, abs=0.01)


def test_waiting_for_a_quota_takes_no_place_among_the_calls_in_flight():
    async def main():
        pace, slow, quick = Pace(1, 0.1, QUOTAS), [], []
        waiting = [asyncio.ensure_future(call(pace, GRANTS, slow)) for _ in range(20)]
        await asyncio.sleep(0)
        await asyncio.gather(*(call(pace, FREE, quick, takes=0.01) for _ in range(20)))
        assert now() < 1000.3 and len(slow) < 5
        await asyncio.gather(*waiting)

    run(main())


def test_calls_in_flight_are_bounded_and_every_place_is_used():
    async def main():
        pace, flying, most = Pace(3, 1.0, {}), 0, 0

        async def one(key):
            nonlocal flying, most
            async with pace.turn(*key):
                flying += 1
                most = max(most, flying)
                await asyncio.sleep(1)
                flying -= 1

        await asyncio.gather(*(one((str(n % 2), "r", "s3", "GetBucketPolicy")) for n in range(12)))
        assert most == 3 and now() == pytest.approx(1004)

    run(main())


def test_an_account_that_queues_thousands_of_calls_does_not_hold_up_the_others():
    async def main():
        pace, large, small = Pace(4, 1.0, {}), [], []
        crowd = [asyncio.ensure_future(call(pace, FREE, large, 0.1)) for _ in range(5000)]
        await asyncio.sleep(0)
        others = [(f"{n:012}", "eu-west-1", "s3", "GetBucketPolicy") for n in range(10)]
        began = now()
        await asyncio.gather(*(call(pace, key, small, 0.1) for key in others for _ in range(4)))
        assert now() - began < 3  # behind the crowd: 125 s; alone: 1 s
        await asyncio.gather(*crowd)
        assert now() - began == pytest.approx(5040 * 0.1 / 4, abs=0.2)

    run(main())


def test_within_an_account_and_region_no_operation_holds_up_another():
    async def main():
        pace, many, few = Pace(1, 1.0, {}), [], []
        crowd = [asyncio.ensure_future(call(pace, FREE, many, 0.1)) for _ in range(500)]
        await asyncio.sleep(0)
        await asyncio.gather(*(call(pace, (*FREE[:3], "GetBucketAcl"), few, 0.1) for _ in range(5)))
        assert now() < 1000 + 1.3
        await asyncio.gather(*crowd)

    run(main())


@pytest.mark.parametrize("key", [GRANTS, FREE], ids=["quota", "places"])
def test_further_pages_go_before_calls_that_came_earlier(key):
    async def main():
        pace, order = Pace(1, 0.01, QUOTAS), []

        async def one(name, **how):
            async with pace.turn(*key, **how):
                order.append(name)
                await asyncio.sleep(0.1)

        tasks = [asyncio.ensure_future(one(f"first {n}")) for n in range(3)]
        await asyncio.sleep(0)
        tasks += [asyncio.ensure_future(one(f"page {n}", continued=True)) for n in range(2)]
        await asyncio.gather(*tasks)
        return order

    assert run(main()) == ["first 0", "page 0", "page 1", "first 1", "first 2"]


def test_a_chain_of_500_pages_takes_as_long_as_without_the_queue():
    """50 calls a second are allowed: ten seconds, whether nobody waits or 20,000 do, here and elsewhere."""

    async def main():
        pace = Pace(8, 0.5, QUOTAS)
        crowd = [asyncio.ensure_future(call(pace, GRANTS, [], 0.05)) for _ in range(1000)]
        for n in range(200):
            key = (f"{n:012}", *FREE[1:])
            crowd += [asyncio.ensure_future(call(pace, key, [], 0.005)) for _ in range(95)]
        await asyncio.sleep(0)
        for _ in range(500):
            await call(pace, GRANTS, [], 0.005, continued=True)
        took = now() - 1000
        for task in crowd:
            task.cancel()
        await asyncio.gather(*crowd, return_exceptions=True)
        return took

    assert run(main()) == pytest.approx(10, abs=0.5)


def test_chains_of_one_account_leave_every_other_place_to_the_rest():
    async def main():
        pace, few = Pace(2, 1.0, {}), []

        async def chain():
            for _ in range(1000):
                await call(pace, FREE, [], 0.1, continued=True)

        chains = [asyncio.ensure_future(chain()) for _ in range(50)]
        await asyncio.sleep(1)
        began = now()
        other = ("444455556666", *FREE[1:])
        await asyncio.gather(*(call(pace, other, few, 0.1) for _ in range(20)))
        assert now() - began == pytest.approx(20 * 0.1, abs=0.3)
        for task in chains:
            task.cancel()

    run(main())


def test_whoever_gives_up_waiting_takes_neither_a_token_nor_a_place_along():
    async def main():
        pace, times = Pace(1, 0.1, QUOTAS), []
        for _ in range(3):
            tasks = [asyncio.ensure_future(call(pace, GRANTS, times)) for _ in range(50)]
            await asyncio.sleep(0.01)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        made = len(times)
        await asyncio.gather(*(call(pace, GRANTS, times, 0.01) for _ in range(20)))
        assert times[made:][-1] - times[0] == pytest.approx((made + 19) / 10, abs=0.11)

    run(main())


def test_a_turn_that_was_given_to_whoever_is_cancelled_at_that_moment_goes_to_the_next():
    async def main():
        pace, times = Pace(1, 1.0, {}), []
        async with pace.turn(*FREE):
            waiting = [asyncio.ensure_future(call(pace, FREE, times)) for _ in range(3)]
            await asyncio.sleep(0)
        waiting[0].cancel()  # it has its turn already, but did not run yet
        results = await asyncio.gather(*waiting, return_exceptions=True)
        assert isinstance(results[0], asyncio.CancelledError) and len(times) == 2
        async with asyncio.timeout(1):
            await call(pace, FREE, times)

    run(main())


def test_a_call_that_fails_gives_its_place_back():
    async def main():
        pace = Pace(1, 1.0, {})
        for _ in range(3):
            with pytest.raises(ValueError):
                async with pace.turn(*FREE):
                    raise ValueError

    run(main())


def test_an_identity_that_is_released_is_forgotten_and_may_come_back():
    async def main():
        pace, times = Pace(1, 1.0, QUOTAS), []
        await call(pace, GRANTS, times)
        pace.release(GRANTS[0])
        pace.release("nobody")
        assert pace._lanes == {}
        await call(pace, GRANTS, times)
        assert len(times) == 2

    run(main())


@settings(max_examples=60, deadline=None)
@given(
    arrivals=st.lists(st.floats(0, 4), min_size=1, max_size=150),
    quota=st.sampled_from([1, 5, 40, 100]),
    share=st.sampled_from([0.1, 0.5, 1.0]),
    concurrency=st.integers(1, 8),
    takes=st.floats(0, 0.3),
)
def test_in_no_second_are_more_calls_made_than_rate_and_burst(arrivals, quota, share, concurrency, takes):
    async def main():
        pace, times = Pace(concurrency, share, {"kms": {"ListGrants": quota}}), []

        async def late(at):
            await asyncio.sleep(at)
            await call(pace, GRANTS, times, takes, continued=at > 2)

        await asyncio.gather(*(late(at) for at in arrivals))
        return times

    times, rate = run(main()), quota * share
    assert len(times) == len(arrivals)
    assert most_in_a_second(times) <= rate + max(1, rate * 0.05) + 1e-3
