from __future__ import annotations

import pytest

from collector.access.organization import FREE, UNREAD
from collector.policy.grammar import Where
from tests.access.words import AUDIT, COMPUTE, DATA, ETL, MANAGEMENT, ORG, OUTSIDE, allow, deny

TABLES = [
    f"aws_organizations_{n}" for n in ("accounts", "organizational_units", "policies", "policy_targets")
]


def organization(inventory):
    return inventory.world().organization


def test_paths_go_from_the_root_to_the_account(inventory):
    inventory.organization({DATA: "data", COMPUTE: ""})
    found = organization(inventory)
    assert found.paths[DATA] == ("r-1", "ou-data", DATA)
    assert found.paths[COMPUTE] == ("r-1", COMPUTE)
    assert found.path(DATA) == f"{ORG}/r-1/ou-data/"
    assert found.path(COMPUTE) == f"{ORG}/r-1/"
    assert found.path(OUTSIDE) is None


def test_units_may_be_in_units(inventory):
    inventory.organization({DATA: "data"})
    inventory.ask("update aws_organizations_organizational_units set parent_id='ou-top' where id = 'ou-data'")
    inventory.ask(
        "insert into aws_organizations_organizational_units by name "
        "select * replace ('ou-top' as id, 'top' as arn, 'r-1' as parent_id) "
        "from aws_organizations_organizational_units where id = 'ou-data'"
    )
    assert organization(inventory).path(DATA) == f"{ORG}/r-1/ou-top/ou-data/"


def test_every_level_has_its_policies(inventory):
    inventory.organization(scps={"ou-data": [deny("s3:*")]}, rcps={DATA: [deny("s3:*", to="*")]})
    bounds = organization(inventory).bounds(Where.SCP, DATA)
    labels = [level.labels for level in bounds.levels]
    assert labels == [("FullAWSAccess",), ("FullAWSAccess", "scp-ou-data"), ("FullAWSAccess",)]
    assert not bounds.unread
    rcps = organization(inventory).bounds(Where.RCP, DATA)
    assert [level.labels for level in rcps.levels] == [(), (), (f"rcp-{DATA}",)]


def test_a_level_without_policies_is_a_level_that_allows_nothing(inventory):
    inventory.organization(bare=["ou-data"])
    levels = organization(inventory).bounds(Where.SCP, DATA).levels
    assert [len(level.documents) for level in levels] == [1, 0, 1]


def test_the_management_account_is_bound_by_nothing(inventory):
    inventory.organization(scps={"r-1": [deny("*")]}, rcps={"r-1": [deny("*", to="*")]})
    for kind in (Where.SCP, Where.RCP):
        assert organization(inventory).bounds(kind, MANAGEMENT) == FREE


@pytest.mark.parametrize("given", [{"kinds": ()}, {"feature_set": "CONSOLIDATED_BILLING"}])
def test_types_that_are_switched_off_bind_nobody(inventory, given):
    inventory.organization(scps={"r-1": [deny("*")]}, **given)
    assert organization(inventory).bounds(Where.SCP, DATA) == FREE


def test_only_the_types_that_are_switched_on_count(inventory):
    inventory.organization(kinds=["RESOURCE_CONTROL_POLICY"])
    found = organization(inventory)
    assert found.bounds(Where.SCP, DATA) == FREE
    assert len(found.bounds(Where.RCP, DATA).levels) == 3


def test_without_an_organization_nothing_binds(inventory):
    inventory.shared()
    found = organization(inventory)
    assert (found.known, found.id, found.bounds(Where.SCP, DATA)) == (True, "", FREE)
    row = inventory.path()
    assert (row["scp"], row["s3_rcp"], row["kms_rcp"]) == ("not_applicable",) * 3


def test_an_organization_that_was_not_asked_about_is_not_none(inventory):
    inventory.shared()
    inventory.forget("aws_organizations", MANAGEMENT)
    assert organization(inventory).bounds(Where.SCP, DATA) == UNREAD
    row = inventory.path()
    assert (row["scp"], row["s3_rcp"], row["kms_rcp"], row["verdict"]) == ("unknown",) * 4


@pytest.mark.parametrize("table", TABLES)
def test_an_organization_of_which_something_is_missing_is_unread(inventory, table):
    inventory.organization()
    inventory.breaks(table, MANAGEMENT)
    found = organization(inventory)
    assert found.bounds(Where.SCP, DATA) == UNREAD and found.bounds(Where.RCP, COMPUTE) == UNREAD
    assert found.bounds(Where.SCP, MANAGEMENT) == FREE


def test_an_account_whose_place_is_not_known_is_unread(inventory):
    inventory.organization()
    inventory.ask(f"update aws_organizations_accounts set parent_id = null where id = '{DATA}'")
    found = organization(inventory)
    assert found.bounds(Where.SCP, DATA) == UNREAD and found.path(DATA) is None
    assert not found.bounds(Where.SCP, COMPUTE).unread


def test_a_policy_without_text_makes_its_level_unread(inventory):
    inventory.organization(scps={"ou-data": None})
    found = organization(inventory)
    assert found.bounds(Where.SCP, DATA).unread and not found.bounds(Where.SCP, COMPUTE).unread


def test_an_account_outside_may_be_bound_by_what_nobody_sees(inventory):
    inventory.organization({DATA: "data"})
    assert organization(inventory).bounds(Where.SCP, OUTSIDE) == UNREAD


def test_service_control_policies_of_the_bucket_do_not_bind_others(inventory):
    inventory.shared()
    inventory.organization(scps={DATA: [deny("*")]}, rcps={COMPUTE: [deny("*", to="*")]})
    assert inventory.path()["verdict"] == "allowed"


def test_what_binds_all_members(inventory):
    inventory.organization(scps={"r-1": [deny("s3:*")], "ou-data": [deny("kms:*")]})
    levels = organization(inventory).for_all.levels
    assert [level.labels for level in levels] == [("FullAWSAccess", "scp-r-1")]


def test_service_linked_roles_are_bound_by_no_policy_from_above(inventory):
    arn = inventory.role("AWSServiceRoleForX", COMPUTE, allow("*"), path="/aws-service-role/x.amazonaws.com/")
    inventory.bucket("lake", allow("s3:*", "*", to=arn), algorithm="AES256")
    inventory.s3_account(DATA)
    inventory.organization(scps={"r-1": [deny("*")]}, rcps={"r-1": [deny("*", to="*")]})
    row = inventory.path(arn)
    assert (row["scp"], row["s3_rcp"], row["verdict"]) == ("not_applicable", "not_applicable", "allowed")


def test_a_condition_on_the_organization_is_decided_by_membership(inventory):
    inside = {"StringEquals": {"aws:PrincipalOrgID": ORG}}
    inventory.shared(bucket=[allow(["s3:GetObject"], "arn:aws:s3:::lake/*", to=ETL, when=inside)])
    inventory.organization()
    assert inventory.path()["verdict"] == "allowed"
    inventory.ask(f"delete from aws_organizations_accounts where id = '{COMPUTE}'")
    assert inventory.path()["bucket_policy"] == "none"


def test_an_account_that_left_is_no_member(inventory):
    inventory.organization({DATA: "data", COMPUTE: "work"})
    assert AUDIT not in organization(inventory).paths
