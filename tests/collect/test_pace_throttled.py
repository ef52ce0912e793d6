"""What AWS's throttling changes: less at once, never nothing, and slowly more again."""

import asyncio

import pytest

from collector.collect.pace import Pace
from collector.collect.pace.rate import FLOOR
from tests.collect.virtual_time import now, run

GRANTS = ("111122223333", "eu-west-1", "kms", "ListGrants")
FREE = ("111122223333", "eu-west-1", "s3", "GetBucketPolicy")
QUOTAS = {"kms": {"ListGrants": 100}}


async def use(pace, key, seconds, refuse=lambda made: False, takes=0.02):
    """Call as fast as the pace allows from 64 places; when each call was made, and which were refused."""
    made, refused, end = [], [], now() + seconds

    async def caller():
        while now() < end:
            async with pace.turn(*key):
                if now() >= end:
                    return
                made.append(now())
                await asyncio.sleep(takes)
            if refuse(made):
                refused.append(now())
                pace.throttled(*key)

    await asyncio.gather(*(caller() for _ in range(64)))
    return made, refused


def within(times, start, end):
    return sum(start <= time < end for time in times)


def over(limit):
    """Refuse as AWS does: whatever goes beyond so many calls of the last second."""

    def refuse(made):
        recent = 0
        for time in reversed(made):
            if time <= made[-1] - 1:
                break
            recent += 1
        return recent > limit

    return refuse


def test_a_throttled_answer_halves_the_rate_and_ten_seconds_bring_it_back():
    async def main():
        pace = Pace(64, 0.5, QUOTAS)
        await use(pace, GRANTS, 2)
        pace.throttled(*GRANTS)
        began = now()
        made, _ = await use(pace, GRANTS, 15)
        assert within(made, began, began + 1) == pytest.approx(26, abs=3)
        assert within(made, began + 5, began + 6) == pytest.approx(39, abs=3)
        for second in range(11, 14):
            assert within(made, began + second, began + second + 1) in (50, 51)

    run(main())


def test_throttled_answers_of_one_burst_count_once():
    async def main():
        once, often = Pace(64, 0.5, QUOTAS), Pace(64, 0.5, QUOTAS)
        counts = []
        for pace, answers in ((once, 1), (often, 30)):
            await use(pace, GRANTS, 2)
            for _ in range(answers):
                pace.throttled(*GRANTS)
            counts.append(len((await use(pace, GRANTS, 3))[0]))
        assert counts[0] == pytest.approx(counts[1], abs=1)

    run(main())


def test_other_operations_regions_and_accounts_keep_their_rate():
    async def main():
        pace = Pace(64, 0.5, QUOTAS)
        others = [("444455556666", *GRANTS[1:]), (GRANTS[0], "us-east-1", *GRANTS[2:])]
        pace.throttled(*GRANTS)
        for key in others:
            assert len((await use(pace, key, 2))[0]) >= 100

    run(main())


def test_what_has_no_quota_is_held_back_only_once_aws_throttles_it():
    async def main():
        pace = Pace(64, 0.5, QUOTAS)
        made, _ = await use(pace, FREE, 2)
        assert len(made) == pytest.approx(2 * 64 / 0.02, rel=0.05)
        pace.throttled(*FREE)
        began = now()
        made, _ = await use(pace, FREE, 1)
        assert within(made, began, began + 1) == pytest.approx(3200 / 2, rel=0.1)

    run(main())


def test_a_limit_that_nobody_told_is_found_and_kept_to():
    """AWS lets 20 calls a second through, of 3200 that would be possible."""

    async def main():
        pace, began = Pace(64, 0.5, QUOTAS), now()
        made, refused = await use(pace, FREE, 120, over(20))
        served = within(made, began + 20, began + 120) - within(refused, began + 20, began + 120)
        assert within(refused, began + 20, began + 120) < 60
        assert served > 0.6 * 20 * 100

    run(main())


def test_it_is_lifted_when_it_has_recovered_well_above_what_was_ever_used():
    async def main():
        pace = Pace(64, 0.5, QUOTAS)
        await use(pace, FREE, 2, takes=1.0)
        pace.throttled(*FREE)
        began = now()
        await use(pace, FREE, 60)
        made, _ = await use(pace, FREE, 1)
        assert len(made) == pytest.approx(64 / 0.02, rel=0.05)
        assert began < now()

    run(main())


@pytest.mark.parametrize("key", [GRANTS, FREE], ids=["published", "unpublished"])
def test_even_if_everything_is_throttled_there_is_a_pace(key):
    async def main():
        pace = Pace(64, 0.5, QUOTAS)
        await use(pace, key, 30, lambda made: True)
        began = now()
        made, _ = await use(pace, key, 60, lambda made: True)
        assert FLOOR * 60 * 0.9 <= within(made, began, began + 60) <= 6 * 60

    run(main())


def test_a_quota_below_the_floor_stays_what_it_is():
    async def main():
        pace, times = Pace(4, 0.01, {"kms": {"ListGrants": 20}}), []
        for _ in range(3):
            async with pace.turn(*GRANTS):
                times.append(now())
            pace.throttled(*GRANTS)
        assert times[2] - times[1] == pytest.approx(5, rel=0.01)

    run(main())


def test_a_throttled_answer_of_an_identity_that_was_released_does_no_harm():
    async def main():
        pace = Pace(4, 0.5, QUOTAS)
        pace.release(GRANTS[0])
        pace.throttled(*GRANTS)
        async with pace.turn(*GRANTS):
            pass

    run(main())
