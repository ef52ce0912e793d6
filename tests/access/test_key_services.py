from __future__ import annotations

from collector.access.key_services import by_grants, by_policy
from tests.access.words import DELEGATED, KEY, allow, deny

S3 = {"Service": "s3.amazonaws.com"}


def told(rows):
    return [(row["principal_arn"], row["capability"], row["route"], row["actions"]) for row in rows]


def test_by_policy(inventory):
    inventory.key("k1", DELEGATED, allow(["kms:Decrypt", "kms:Encrypt"], to=S3))
    world = inventory.world()
    assert told(by_policy(world, world.keys[KEY])) == [
        ("s3.amazonaws.com", "decrypt", "key_policy", ["kms:Decrypt"]),
        ("s3.amazonaws.com", "encrypt", "key_policy", ["kms:Encrypt"]),
    ]


def test_a_denied_service_has_nothing(inventory):
    inventory.key("k1", allow("kms:Decrypt", to=S3), deny("kms:*", to="*"))
    world = inventory.world()
    assert told(by_policy(world, world.keys[KEY])) == []


def test_by_grants_with_at_most_twenty_ids(inventory):
    inventory.key("k1", DELEGATED)
    for number in range(25):
        inventory.grant(KEY, None, id=f"g{number:02}", GranteeServicePrincipal="rds.amazonaws.com")
    (row,) = by_grants(inventory.world().keys[KEY])
    assert told([row]) == [("rds.amazonaws.com", "decrypt", "grant", ["kms:Decrypt"])]
    assert [each["grant"] for each in row["evidence"]] == [f"g{number:02}" for number in range(20)]
    assert row["verdict"] == "conditional"
