from __future__ import annotations

import pytest

from collector.access.resources import unseen
from tests.access.words import (
    COMPUTE,
    DATA,
    ETL,
    FAR,
    IN_BUCKET,
    KEY,
    LAKE,
    POINT,
    REGION,
    allow,
    key,
)

IN_POINT = allow("s3:GetObject", f"{POINT}/object/*", to=ETL)


def door(inventory):
    return inventory.world().buckets[LAKE].door


def test_a_bucket_and_its_policy(inventory):
    inventory.bucket("lake", IN_BUCKET)
    found = inventory.world().buckets[LAKE]
    assert (found.name, found.sse_algorithm, found.key_arn, found.bucket_key) == (
        "lake",
        "aws:kms",
        KEY,
        True,
    )
    assert (found.door.account_id, found.door.region) == (DATA, REGION)
    assert found.door.policies.labels == (LAKE,) and not found.door.policies.unread


def test_a_bucket_without_policy_is_not_public(inventory):
    inventory.bucket("lake")
    assert door(inventory).policies is None and door(inventory).public is False


def test_a_policy_of_which_it_is_not_known_whether_there_is_one(inventory):
    inventory.bucket("lake", has_policy=None)
    assert door(inventory).policies.unread and door(inventory).public is None


def test_a_policy_that_failed_to_be_read_this_time_keeps_its_last_text(inventory):
    inventory.bucket("lake", IN_BUCKET)
    inventory.fails("aws_s3_bucket_policies", DATA, LAKE)
    found = door(inventory).policies
    assert len(found.documents) == 1 and found.unread


def test_a_policy_that_is_there_but_has_no_text_is_unread(inventory):
    inventory.bucket("lake", has_policy=True)
    found = door(inventory).policies
    assert (found.documents, found.unread) == ((), True)


RESTRICTED = [
    # of the bucket, of the account (absent: no row), and what counts
    (True, False, True),
    (False, True, True),
    (False, False, False),
    (None, True, True),
    (True, None, True),
    (None, False, None),
    (False, None, None),
    (True, "absent", True),
    (False, "absent", None),
]


@pytest.mark.parametrize(("own", "account", "expected"), RESTRICTED)
def test_public_buckets_are_restricted_where_the_bucket_or_the_account_says_so(
    inventory, own, account, expected
):
    inventory.bucket("lake", IN_BUCKET, restrict_public_buckets=own)
    inventory.access_point(IN_POINT, restrict_public_buckets=own)
    if account != "absent":
        inventory.s3_account(DATA, restricted=account)
    world = inventory.world()
    assert world.buckets[LAKE].door.restricted is expected
    assert world.buckets[LAKE].points[0].door.restricted is expected


def test_access_points_are_found_by_their_bucket(inventory):
    inventory.bucket("lake")
    inventory.access_point(IN_POINT, network_origin="VPC")
    inventory.access_point(name="bare")
    bare, point = inventory.world().buckets[LAKE].points
    assert (point.door.arn, point.network_origin) == (POINT, "VPC")
    assert point.door.policies.labels == (POINT,) and bare.door.policies is None


def test_an_access_point_of_another_account_stands_in_its_own(inventory):
    inventory.bucket("lake")
    inventory.access_point(IN_POINT, account=COMPUTE)
    assert inventory.world().buckets[LAKE].points[0].door.account_id == COMPUTE


def test_a_key_with_policy_grants_tags_and_aliases(inventory):
    inventory.key("k1", allow("kms:*", to=DATA), alias="alias/lake", tags={"team": "x"}, origin="EXTERNAL")
    inventory.grant(KEY, ETL, id="g2")
    inventory.grant(KEY, ETL, id="g1")
    found = inventory.world().keys[KEY]
    assert (found.manager, found.state, found.origin, found.tags) == (
        "CUSTOMER",
        "Enabled",
        "EXTERNAL",
        {"team": "x"},
    )
    assert [each.id for each in found.grants] == ["g1", "g2"] and not found.grants_unread
    assert found.aliases == ("alias/lake",) and not found.policies.unread
    assert inventory.world().key_of_alias(DATA, REGION, "alias/lake") == KEY
    assert inventory.world().key_of_alias(DATA, REGION, "alias/sea") is None


def test_aliases_of_the_same_name_are_told_apart_by_account_and_region(inventory):
    inventory.key("k1", alias="alias/lake")
    inventory.key("k1", alias="alias/lake", region=FAR)
    inventory.key("k1", alias="alias/lake", account=COMPUTE)
    found = inventory.world().key_of_alias
    assert found(DATA, FAR, "alias/lake") == key("k1", region=FAR)
    assert found(COMPUTE, REGION, "alias/lake") == key("k1", COMPUTE)


def test_a_key_policy_without_text_is_unread(inventory):
    inventory.key("k1", policy=None)
    assert inventory.world().keys[KEY].policies.unread


def test_a_policy_called_otherwise_is_not_the_key_policy(inventory):
    inventory.key("k1", allow("kms:*", to=DATA))
    inventory.ask("update aws_kms_key_policies set name = 'AWS_RAM'")
    assert inventory.world().keys[KEY].policies.unread


def test_a_grant_that_is_not_understood_leaves_the_grants_unread(inventory):
    inventory.key("k1")
    inventory.grant(KEY, ETL, id="good")
    inventory.grant(KEY, ETL, id="odd", Operations="Decrypt")
    found = inventory.world().keys[KEY]
    assert [each.id for each in found.grants] == ["good"] and found.grants_unread


@pytest.mark.parametrize("how", ["breaks", "fails", "forget"])
def test_grants_that_could_not_be_listed(inventory, how):
    inventory.key("k1")
    rest = {"fails": (KEY,), "breaks": (REGION,), "forget": ()}[how]
    getattr(inventory, how)("aws_kms_key_grants", DATA, *rest)
    assert inventory.world().keys[KEY].grants_unread


def test_a_key_that_was_not_collected():
    found = unseen("arn:aws:kms:eu-west-1:444455556666:key/x")
    assert (found.account_id, found.region, found.manager) == ("444455556666", "eu-west-1", None)
    assert found.policies.unread and found.grants_unread
    assert unseen("alias/lake") is None
