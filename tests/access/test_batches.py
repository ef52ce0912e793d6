from __future__ import annotations

import pytest

from collector.access.batches import Batched, Batches
from tests.access.words import COMPUTE, DATA, DELEGATED, KEY, key


def test_small_accounts_go_together_and_a_large_one_by_itself():
    found = Batches({"a": 2, "b": 3, "c": 9, "d": 1, "e": 4}, most=5)
    assert found.accounts == [["a", "b"], ["c"], ["d", "e"]]


def test_no_account_no_batch():
    assert Batches({}).accounts == []


def test_every_account_that_owns_something_is_in_one(inventory):
    inventory.key("k1", DELEGATED)
    inventory.role("etl", COMPUTE)
    assert Batches.read(inventory.ask).accounts == [sorted([COMPUTE, DATA])]


def test_a_policy_without_its_key_is_in_one(inventory):
    inventory.key("k1", DELEGATED)
    inventory.ask("delete from aws_kms_keys")
    assert Batches.read(inventory.ask).accounts == [[DATA]] and inventory.statements()


def stock(asked):
    owned = {"a": {"a1": 1}, "b": {"b1": 2, "b2": 3}}
    every = {arn: number for things in owned.values() for arn, number in things.items()}

    def read(accounts, arns):
        asked.append((accounts, arns))
        found = {arn: every[arn] for arn in arns if arn in every}
        return found | {arn: each for account in accounts for arn, each in owned[account].items()}

    return Batched(Batches({"a": 1, "b": 2}, most=2), read)


def test_what_there_is_comes_batch_by_batch():
    assert list(stock([]).batches()) == [[1], [2, 3]]


def test_what_is_held_is_not_read_again():
    asked = []
    found = stock(asked)
    found.hold(["a1", "gone", "b2"])
    assert (found["a1"], found.get("b2"), found.get("gone"), "gone" in found) == (1, 3, None, False)
    assert asked == [([], ["a1", "gone", "b2"])]
    found.hold([])
    assert found["b1"] == 2 and len(asked) == 2


def test_what_was_not_collected_raises():
    with pytest.raises(KeyError):
        stock([])["gone"]


def test_keys_are_found_across_accounts(inventory):
    inventory.key("k1", DELEGATED)
    inventory.key("k2", DELEGATED, account=COMPUTE)
    keys = inventory.world().keys
    assert (KEY in keys, key("k2", COMPUTE) in keys, key("k3") in keys) == (True, True, False)
    assert [each.arn for batch in keys.batches() for each in batch] == sorted([KEY, key("k2", COMPUTE)])
