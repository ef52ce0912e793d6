from __future__ import annotations

import pytest

from collector.access.identities import TABLES, listed
from tests.access.words import COMPUTE, DATA, ETL, allow, role, root

ANN = f"arn:aws:iam::{COMPUTE}:user/ann"
OURS, AWSS = f"arn:aws:iam::{COMPUTE}:policy/ours", "arn:aws:iam::aws:policy/ReadOnlyAccess"


def people(inventory):
    return inventory.world().people.identities


def actions(identity):
    return sorted(
        text
        for document in identity.policies.documents
        for each in document.statements
        for text in each.actions.texts
    )


def test_a_role_has_its_inline_and_its_managed_policies(inventory):
    inventory.role("etl", COMPUTE, allow("s3:Get*"))
    for arn, action in ((OURS, "s3:Put*"), (AWSS, "kms:*")):
        inventory.managed(COMPUTE, arn, allow(action))
        inventory.attach("role", ETL, arn)
    found = people(inventory)[ETL]
    assert actions(found) == ["kms:*", "s3:Get*", "s3:Put*"]
    assert set(found.policies.labels) == {"own", OURS, AWSS}
    assert not found.policies.unread and found.boundary is None


def test_a_user_has_those_of_his_groups_too(inventory):
    inventory.user("ann", COMPUTE, allow("s3:Get*"), groups=["admins"])
    inventory.group_policy(COMPUTE, "admins", allow("s3:Put*"))
    inventory.group_policy(COMPUTE, "others", allow("iam:*"))
    inventory.group_policy(DATA, "admins", allow("ec2:*"))
    inventory.managed(COMPUTE, OURS, allow("kms:*"))
    inventory.attach("group", "admins", OURS)
    found = people(inventory)[ANN]
    assert actions(found) == ["kms:*", "s3:Get*", "s3:Put*"]
    assert "admins/inline" in found.policies.labels and not found.policies.unread


def test_a_policy_that_aws_keeps_is_looked_up_in_the_own_account(inventory):
    inventory.role("etl", COMPUTE)
    inventory.attach("role", ETL, AWSS)
    inventory.managed(DATA, AWSS, allow("s3:*"))
    assert people(inventory)[ETL].policies.unread


@pytest.mark.parametrize("kind", ["role", "user", "group"])
def test_a_managed_policy_without_document_is_unread(inventory, kind):
    inventory.role("etl", COMPUTE)
    inventory.user("ann", COMPUTE, groups=["admins"])
    inventory.attach(kind, {"role": ETL, "user": ANN, "group": "admins"}[kind], OURS)
    found = people(inventory)
    assert found[ETL].policies.unread is (kind == "role")
    assert found[ANN].policies.unread is (kind != "role")


def test_a_permissions_boundary(inventory):
    inventory.role("etl", COMPUTE, boundary=[allow("s3:*")])
    found = people(inventory)[ETL]
    assert found.boundary.labels == (f"arn:aws:iam::{COMPUTE}:policy/limit-etl",)
    assert not found.boundary.unread and found.principal.bounded


def test_a_boundary_without_document_is_unread(inventory):
    inventory.role("etl", COMPUTE, boundary="missing")
    found = people(inventory)[ETL].boundary
    assert (found.documents, found.unread) == ((), True)


def test_the_trust_policy_is_no_policy_of_its_own(inventory):
    inventory.role("etl", COMPUTE, trust=[allow("sts:AssumeRole", None, to=root(DATA))])
    inventory.user("ann", COMPUTE)
    found = people(inventory)
    assert len(found[ETL].trust.documents) == 1 and not found[ETL].policies.documents
    assert not found[ANN].trust.documents and not found[ANN].trust.unread


def test_a_trust_policy_that_is_missing_is_unread(inventory):
    inventory.role("etl", COMPUTE)
    inventory.ask("update aws_iam_roles set assume_role_policy_text = null")
    assert people(inventory)[ETL].trust.unread


def test_names_ids_tags_and_canonical_ids(inventory):
    arn = inventory.role("etl", COMPUTE, path="/deep/", tags={"Team": "lake"}, id="AROAEXAMPLEEXAMPLE07")
    inventory.s3_account(COMPUTE, canonical_id="c" * 64)
    found = people(inventory)[arn]
    assert (found.name, found.unique_id, found.tags) == ("etl", "AROAEXAMPLEEXAMPLE07", {"Team": "lake"})
    assert found.principal.ids == {"AROAEXAMPLEEXAMPLE07"} and found.principal.canonical_id == "c" * 64


@pytest.mark.parametrize("table", TABLES)
def test_whoever_is_in_an_account_with_a_gap_is_unread(inventory, table):
    inventory.role("etl", COMPUTE, boundary=[allow("*")])
    inventory.role("other", DATA)
    inventory.breaks(table, COMPUTE)
    found = people(inventory)
    assert found[ETL].policies.unread and found[ETL].boundary.unread and found[ETL].trust.unread
    assert not found[role(DATA, "other")].policies.unread


def test_an_account_is_listed_where_all_its_tables_are(inventory):
    inventory.accounts |= {COMPUTE, DATA}
    inventory.forget("aws_iam_groups", DATA)
    gaps = inventory.world().gaps
    assert listed(gaps, COMPUTE) and not listed(gaps, DATA)
