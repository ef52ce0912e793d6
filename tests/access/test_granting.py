"""The grants of a key, by whom they name."""

from __future__ import annotations

from collector.access.granting import Granting
from collector.policy.principal import Named
from tests.access.words import COMPUTE, DATA, DELEGATED, KEY, role, root

ETL = role(COMPUTE, "etl")


def naming(inventory, *people):
    inventory.key("k1", DELEGATED)
    world = inventory.world()
    granting = Granting(world.keys[KEY].grants)
    return [
        [(grant.id, grantee, retirer) for grant, grantee, retirer in granting.naming(world.people.named(who))]
        for who in people
    ]


def test_grants_name_their_grantee_and_who_may_retire_them(inventory):
    inventory.grant(KEY, ETL, id="g1")
    inventory.grant(KEY, role(COMPUTE, "other"), id="g2", RetiringPrincipal=ETL)
    inventory.grant(KEY, role(COMPUTE, "other"), id="g3")
    assert naming(inventory, ETL) == [[("g1", Named.ROLE, Named.NOT), ("g2", Named.NOT, Named.ROLE)]]


def test_a_grant_to_the_account_names_everybody_in_it(inventory):
    inventory.grant(KEY, root(COMPUTE))
    assert naming(inventory, ETL, role(DATA, "etl")) == [[("g1", Named.ACCOUNT, Named.NOT)], []]


def test_a_key_without_grants_names_nobody(inventory):
    assert naming(inventory, ETL) == [[]]
