"""How legs and verdicts add up, apart from any inventory."""

from __future__ import annotations

import pytest

from collector.access.path import LEGS, Legs, best, public_access_block, worst
from collector.access.people import Who
from collector.access.resources import Door
from collector.policy.leg import Verdict
from collector.policy.principal import principal
from collector.store import catalog
from tests.access.words import COMPUTE, DATA, ETL, LAKE, root


def test_the_worst_verdict_and_the_best_of_several_ways():
    assert worst([]) == "allowed"
    assert worst(["conditional", "allowed", "unknown"]) == "unknown"
    assert worst(["unknown", "blocked", "allowed"]) == "blocked"
    first, second = Legs(verdict="conditional"), Legs(verdict="conditional")
    assert best([Legs(verdict="blocked"), first, second, Legs(verdict="unknown")]) is first


ORDER = ["deny", "none", "unknown", "conditional", "allow", "not_applicable"]


@pytest.mark.parametrize(("place", "worse"), list(enumerate(ORDER[:-1])))
def test_a_leg_of_several_requests_is_the_worst_of_them(place, worse):
    for better in ORDER[place + 1 :]:
        for pair in ((worse, better), (better, worse)):
            legs = Legs()
            for each in pair:
                legs.set("scp", Verdict(each))
            assert legs.verdicts["scp"] is Verdict(worse)


def test_what_no_policy_decides():
    legs = Legs()
    legs.judge("key_usable", Verdict.ALLOW)
    assert (legs.verdict, legs.blocked_by, legs.conditions) == ("allowed", [], [])
    legs.judge("public_access_block", Verdict.UNKNOWN, "not read")
    assert (legs.verdict, legs.blocked_by) == ("unknown", [])
    legs.judge("key_usable", Verdict.DENY, "disabled")
    assert (legs.verdict, legs.blocked_by) == ("blocked", ["key_usable"])
    assert legs.conditions[1] == {"leg": "key_usable", "reason": "disabled"}


def test_the_legs_are_columns_of_the_table():
    columns = [column.name for column in catalog.tables()["cross_account_paths"].columns]
    assert [name for name in columns if name in LEGS] == list(LEGS)


def who(account):
    return Who(principal(root(account)), "account", None, None, None, None)


BLOCK = [
    # RestrictPublicBuckets, whether the policy is public, and what it is to another account
    (True, True, "deny"),
    (True, False, "allow"),
    (False, True, "allow"),
    (False, None, "allow"),
    (None, False, "allow"),
    (True, None, "unknown"),
    (None, True, "unknown"),
    (None, None, "unknown"),
]


@pytest.mark.parametrize(("restricted", "public", "expected"), BLOCK)
def test_the_public_access_block(restricted, public, expected):
    door = Door(LAKE, DATA, "us-east-1", None, public, restricted)
    assert public_access_block(door, who(COMPUTE)) == expected
    assert public_access_block(door, who(DATA)) == "not_applicable"


def test_a_row_has_the_columns_of_the_table(inventory):
    inventory.shared()
    columns = {column.name for column in catalog.tables()["cross_account_paths"].columns}
    assert set(inventory.path(ETL)) == columns
