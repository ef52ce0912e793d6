"""Whether a scope is young and whole, by its attempts."""

from datetime import UTC, datetime, timedelta

import pytest

from collector.collect.table import Scope
from collector.store.attempts import Attempt
from collector.sync.fresh import Fresh

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
HERE = Scope("kms", "111122223333", "eu-west-1")
LIST, DESCRIBE = ("aws_kms_keys", "ListKeys"), ("aws_kms_keys", "DescribeKey")


def attempt(hours, *operations, region="eu-west-1", off=False):
    at = NOW - timedelta(hours=hours)
    names = frozenset(f"{table} {operation}" for table, operation in operations)
    return Attempt("111122223333", region, off, at, at, names)


def skips(*found, wanted=(LIST, DESCRIBE), **rest):
    return Fresh(found, NOW, timedelta(hours=6)).skips(HERE, wanted, **rest)


@pytest.mark.parametrize(("hours", "fresh"), [(0, True), (5.9, True), (6, False), (-0.1, False)])
def test_an_attempt_is_young_below_the_age_and_not_of_the_future(hours, fresh):
    assert skips(attempt(hours, LIST, DESCRIBE)) is fresh


def test_every_operation_must_be_there_whichever_attempt_made_it():
    assert not skips(attempt(1, LIST))
    assert skips(attempt(1, LIST), attempt(2, DESCRIBE))
    assert not skips(attempt(1, LIST), attempt(7, DESCRIBE))
    assert skips(attempt(1, LIST, DESCRIBE), wanted=[LIST])
    assert not skips()


def test_other_regions_do_not_count():
    assert not skips(attempt(1, LIST, DESCRIBE, region="us-east-1"))


def test_a_region_that_was_off_is_no_answer_once_it_is_on_nor_the_other_way_round():
    off, on = attempt(1, LIST, DESCRIBE, off=True), attempt(1, LIST, DESCRIBE)
    assert not skips(off) and skips(off, switched_off=True)
    assert skips(on) and not skips(on, switched_off=True)
