"""Ids that look random and can be turned back, in estates of any size."""

from __future__ import annotations

import json
import re
import time
from dataclasses import replace

import pytest

from bench.endpoint import Estate
from bench.endpoint.resources import buckets, documents, identities, key_metadata, keys, organization
from bench.endpoint.scramble import Scramble
from tests.bench.callers import ESTATE

HUGE = Estate(accounts=50_000, regions=17, keys=100_000, buckets=1000, units=2000, control_policies=1000)


@pytest.mark.parametrize("bits", [8, 9])
def test_scrambling_is_a_bijection(bits):
    scramble = Scramble(bits, "seed")
    forward = [scramble.forward(n) for n in range(2**bits)]
    assert sorted(forward) == list(range(2**bits)) != forward
    assert [scramble.back(n) for n in forward] == list(range(2**bits))
    assert sorted(scramble.forward_below(200, n) for n in range(200)) == list(range(200))
    assert [scramble.back_below(200, scramble.forward_below(200, n)) for n in range(200)] == list(range(200))


def test_accounts_of_a_huge_estate_are_told_apart():
    places = range(0, 50_000, 7)
    ids = [HUGE.account_id(n) for n in places]
    assert all(re.fullmatch(r"[1-9]\d{11}", id) for id in ids)
    assert [HUGE.account(id) for id in ids] == list(places)
    assert HUGE.account("123456789012") is None
    assert HUGE.account(HUGE.account_id(50_000)) is None


@pytest.mark.parametrize("account, region, index", [(0, 0, 0), (0, 0, 4), (49_999, 16, 99_999), (77, 3, 5)])
@pytest.mark.parametrize("manager", keys.Manager)
def test_keys_of_a_huge_estate_are_told_apart(account, region, index, manager):
    key = keys.Key(account, region, index % 4 if manager is keys.Manager.AWS else index, manager)
    id = keys.key_id(HUGE, key)
    assert re.fullmatch(
        r"mrk-[0-9a-f]{32}|[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", id
    )
    assert keys.key_of(HUGE, id, region) == key
    copied = key.kind is keys.Kind.MULTI_REGION
    assert (keys.key_of(HUGE, id, (region + 1) % 17) is not None) == copied


@pytest.mark.parametrize("id", ["", "x", "mrk-zz", "1234abcd-12ab-34cd-56ef-1234567890ab", "mrk-" + "f" * 32])
def test_ids_of_no_key(id):
    assert keys.key_of(ESTATE, id, 0) is None


def test_names_and_ids_of_the_rest_are_told_apart():
    assert buckets.bucket_of(HUGE, buckets.bucket_name(HUGE, 49_999, 999)) == (49_999, 999)
    assert buckets.bucket_of(HUGE, buckets.bucket_name(HUGE, 49_999, 1000)) is None
    assert [organization.unit_of(HUGE, organization.unit_id(HUGE, n)) for n in range(2000)] == list(
        range(2000)
    )
    assert organization.unit_of(HUGE, organization.unit_id(HUGE, 2000)) is None


def test_the_same_parameters_give_the_same_estate():
    again, other = Estate.from_json(ESTATE.as_json()), replace(ESTATE, seed=1)
    assert again == ESTATE
    assert list(keys.keys(again, 1, 1)) == list(keys.keys(ESTATE, 1, 1))
    assert again.account_id(1) == ESTATE.account_id(1) != other.account_id(1)
    key = keys.Key(1, 1, 1)
    assert keys.key_id(again, key) == keys.key_id(ESTATE, key) != keys.key_id(other, key)


def test_every_resource_can_be_computed():
    """More of each than any answer is asked for elsewhere: no date, name or index is an odd one out."""
    estate = Estate(accounts=6, roles=500, users=100, keys=100, buckets=100)
    for account in range(6):
        roles = [identities.role_details(estate, account, n) for n in range(500)]
        assert len({role["RoleId"] for role in roles}) == 500
        assert all(identities.user(estate, account, n)["CreateDate"] for n in range(100))
        for key in keys.keys(estate, account, 1):
            found = key_metadata.metadata(estate, key)
            assert found["Enabled"] == (found["KeyState"] == "Enabled")
            assert len(json.loads(documents.key_policy(estate, account, 1, key.index))["Statement"]) >= 4
        for n in range(100):
            policy = buckets.policy(estate, account, n)
            assert (policy is None) == bool(n % 2)


def test_one_key_of_a_huge_estate_takes_no_time():
    started = time.perf_counter()
    keys.grant(HUGE, keys.Key(49_999, 16, 99_999), 0)
    organization.account_entry(HUGE, 49_999)
    assert time.perf_counter() - started < 0.1


def test_an_estate_has_at_least_one_of_each():
    with pytest.raises(ValueError, match="at least one account"):
        Estate(accounts=0)
    with pytest.raises(ValueError, match="regions"):
        Estate(regions=20, empty_regions=20)
