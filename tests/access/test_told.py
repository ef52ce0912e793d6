"""What rows tell of decisions."""

from __future__ import annotations

from collector.access.told import told
from tests.access.words import COMPUTE, DELEGATED, ETL, IN_BUCKET, ON_KEY, OWN_KMS, OWN_S3, allow, role


def test_places_become_names_where_they_are_given():
    entries = [
        {"leg": "kms_identity", "policy": 1, "statement": 0},
        {"leg": "scp", "policy": "FullAWSAccess"},
        {"leg": "key_grant", "grant": "g1"},
    ]
    assert told(entries, {"kms_identity": ["first", "second"]}) == [
        {"leg": "kms_identity", "policy": "second", "statement": 0},
        *entries[1:],
    ]


def test_a_policy_that_is_attached_at_several_levels_is_told_once(inventory):
    inventory.organization()
    inventory.shared()
    levels = [each for each in inventory.path()["evidence"] if each["leg"] == "scp"]
    assert levels == [{"leg": "scp", "policy": "FullAWSAccess", "statement": 0, "effect": "Allow"}]


def test_everybody_s_own_policies_have_their_own_names(inventory):
    other, both = f"arn:aws:iam::{COMPUTE}:policy/other", {"AWS": [ETL, role(COMPUTE, "two")]}
    inventory.shared(
        bucket=[{**IN_BUCKET, "Principal": both}], key=[DELEGATED, {**ON_KEY, "Principal": both}]
    )
    inventory.managed(COMPUTE, other, OWN_S3, OWN_KMS)
    second = inventory.role("two", COMPUTE, id="AROAEXAMPLEEXAMPLE02")
    inventory.attach("role", second, other)
    named = {
        who: {each["policy"] for each in inventory.path(who)["evidence"] if each["leg"] == "s3_identity"}
        for who in (ETL, second)
    }
    assert named == {ETL: {"own"}, second: {other}}


def test_what_a_role_lacks_is_told_by_leg(inventory):
    inventory.shared(own=[allow("s3:ListBucket")])
    row = inventory.path()
    assert row["verdict"] == "blocked" and "s3_identity" in row["blocked_by"]
    assert [each for each in row["evidence"] if each["leg"] == "s3_identity"] == []
