from __future__ import annotations

import pytest

from collector.policy.context import UNKNOWN, Perhaps, StartsWith
from collector.policy.principal import Kind
from tests.access.words import COMPUTE, DATA, ETL, ORG, ORG_ARN, OUTSIDE, allow, deny, role, root

SESSION = f"arn:aws:sts::{COMPUTE}:assumed-role/etl/nightly"


def world(inventory, **given):
    inventory.role("etl", COMPUTE, allow("s3:*"), tags={"Team": "lake"}, id="AROAEXAMPLEEXAMPLE07")
    inventory.user("ann", COMPUTE, id="AIDAEXAMPLEEXAMPLE07")
    inventory.organization(**given)
    return inventory.world()


def people(inventory, **given):
    return world(inventory, **given).people


def test_a_session_is_its_role(inventory):
    found = people(inventory)
    assert found.named(SESSION) is found.named(ETL)


def test_a_session_of_a_role_with_a_path_is_that_role(inventory):
    arn = inventory.role("deep", COMPUTE, path="/a/b/")
    found = people(inventory)
    assert found.named(f"arn:aws:sts::{COMPUTE}:assumed-role/deep/x").arn == arn


def test_a_session_of_no_collected_role_stays_one(inventory):
    found = people(inventory).named(f"arn:aws:sts::{COMPUTE}:assumed-role/gone/x")
    assert (found.kind, found.principal.kind) == ("session", Kind.SESSION)


def test_unique_ids_lead_to_their_holders(inventory):
    found = people(inventory).by_id
    assert found["AROAEXAMPLEEXAMPLE07"].principal.text == ETL
    assert found["AIDAEXAMPLEEXAMPLE07"].name == "ann"


def test_a_policy_that_names_a_unique_id_names_its_holder(inventory):
    inventory.bucket("lake", allow("s3:*", "*", to="AROAEXAMPLEEXAMPLE07"), algorithm="AES256")
    inventory.s3_account(DATA)
    people(inventory)
    assert inventory.path()["bucket_policy"] == "allow"


def test_what_is_known_about_a_role(inventory):
    context = people(inventory).named(ETL).context
    assert context.get("aws:principalarn") == (ETL,)
    assert context.get("aws:principalaccount") == context.get("kms:calleraccount") == (COMPUTE,)
    assert context.get("aws:principalorgid") == (ORG,)
    assert context.get("aws:principalorgpaths") == (f"{ORG}/r-1/ou-work/",)
    assert context.get("aws:principaltag/team") == ("lake",)
    assert context.get("aws:principaltag/other") is UNKNOWN
    assert context.get("aws:principaltype") == ("AssumedRole",)
    assert context.get("aws:principalisawsservice") == ("false",)
    assert context.get("aws:securetransport") == ("true",)
    (userid,) = context.get("aws:userid")
    assert isinstance(userid, StartsWith) and userid == "AROAEXAMPLEEXAMPLE07:"
    for key in ("aws:sourcearn", "aws:sourceaccount", "aws:principalservicename", "aws:username"):
        assert context.get(key) is None, key
    for key in ("aws:sourceip", "aws:sourcevpce", "aws:multifactorauthpresent", "aws:currenttime"):
        assert context.get(key) is UNKNOWN, key


def test_what_is_known_about_a_user(inventory):
    context = people(inventory).named(f"arn:aws:iam::{COMPUTE}:user/ann").context
    assert context.get("aws:userid") == ("AIDAEXAMPLEEXAMPLE07",)
    assert (context.get("aws:username"), context.get("aws:principaltype")) == (("ann",), ("User",))


def test_without_an_organization_its_keys_are_absent(inventory):
    inventory.role("etl", COMPUTE)
    context = inventory.world().people.named(ETL).context
    assert context.get("aws:principalorgid") is None and context.get("aws:principalorgpaths") is None


def test_somebody_outside_may_be_of_another_organization(inventory):
    context = people(inventory).named(role(OUTSIDE, "x")).context
    assert isinstance(context.get("aws:principalorgid"), Perhaps)
    assert context.get("aws:principalorgid") != (ORG,)


def test_what_an_organization_that_was_not_read_says_about_membership(inventory):
    inventory.role("etl", COMPUTE)
    inventory.forget("aws_organizations", "000000000001")
    assert inventory.world().people.named(ETL).context.get("aws:principalorgid") is UNKNOWN


def test_an_account_as_a_whole(inventory):
    inventory.accounts.add(DATA)
    found = people(inventory, scps={DATA: [deny("s3:*")]})
    who = found.account(DATA, "aws")
    assert (who.arn, who.kind, who.account_id) == (root(DATA), "account", DATA)
    assert who.bounds.levels and not who.policies.unread
    assert found.account(OUTSIDE, "aws-cn").arn == f"arn:aws-cn:iam::{OUTSIDE}:root"


def test_everybody_and_all_members(inventory):
    found = people(inventory)
    assert (found.everybody.arn, found.everybody.kind, found.everybody.account_id) == ("*", "everybody", "")
    assert found.everybody.context.get("aws:principalaccount") not in (None, UNKNOWN, (DATA,))
    assert (found.members.arn, found.members.kind) == (ORG_ARN, "organization")
    assert found.members.context.get("aws:principalorgid") == (ORG,)
    assert found.members.context.get("aws:principalorgpaths") is UNKNOWN


def test_somebody_who_is_gone_from_an_account_that_was_listed_has_no_policies(inventory):
    who = people(inventory).named(role(COMPUTE, "gone"))
    assert (who.policies.unread, who.boundary, who.identity) == (False, None, None)


@pytest.mark.parametrize("account", [OUTSIDE, DATA])
def test_of_somebody_in_an_account_that_was_not_listed_nothing_is_known(inventory, account):
    inventory.accounts.add(DATA)
    inventory.breaks("aws_iam_users", DATA)
    who = people(inventory).named(role(account, "x"))
    assert who.policies.unread and who.boundary.unread
    assert {"identity", "boundary"} <= who.unread


def test_a_path_of_somebody_who_is_gone_is_blocked(inventory):
    gone = role(COMPUTE, "gone")
    inventory.shared(bucket=[allow("s3:*", "*", to=gone)])
    row = inventory.path(gone)
    assert (row["s3_identity"], row["verdict"]) == ("none", "blocked")


def test_a_path_of_somebody_outside_is_unknown(inventory):
    outsider = role(OUTSIDE, "x")
    inventory.shared(bucket=[allow("s3:*", "*", to=outsider)], algorithm="AES256")
    row = inventory.path(outsider)
    assert (row["s3_identity"], row["verdict"]) == ("unknown", "unknown")
