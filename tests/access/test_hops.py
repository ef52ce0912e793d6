"""Roles that are assumed on the way."""

from __future__ import annotations

import pytest

from tests.access.words import (
    AUDIT,
    COMPUTE,
    DATA,
    DELEGATED,
    LAKE,
    ORG,
    ORG_ARN,
    OWN_KMS,
    OWN_S3,
    SOMETIMES,
    allow,
    deny,
    role,
    root,
)

READER, APP = role(DATA, "reader"), role(COMPUTE, "app")
ASSUME = allow("sts:AssumeRole", READER, sid="Assume")


def trust(to, when=None):
    return allow("sts:AssumeRole", None, to=to, when=when, sid="Trust")


def estate(inventory, *trusting, app=(ASSUME,), reader=(OWN_S3, OWN_KMS), bucket=(), **more):
    """A role in the data account reads; somebody elsewhere may assume it."""
    inventory.role("reader", DATA, *reader, trust=trusting, **more)
    inventory.role("app", COMPUTE, *app)
    inventory.bucket("lake", *bucket)
    inventory.key("k1", DELEGATED)
    inventory.s3_account(DATA)


def through(inventory, access="read"):
    rows = inventory.paths()
    return {
        row["principal_arn"]: row for row in rows if row["via_role_arn"] == READER and row["access"] == access
    }


def test_a_role_in_the_data_account_that_trusts_somebody_elsewhere(inventory):
    estate(inventory, trust(APP))
    found = through(inventory)
    assert set(found) == {APP}
    row = found[APP]
    assert (row["verdict"], row["blocked_by"], row["bucket_policy"]) == ("allowed", [], "not_applicable")
    assert (row["s3_identity"], row["kms_identity"], row["key_policy"]) == ("allow",) * 3
    assert (row["principal_account_id"], row["bucket_account_id"]) == (COMPUTE, DATA)


def test_evidence_tells_trust_and_permission_under_a_leg_of_their_own(inventory):
    estate(inventory, trust(APP))
    found = through(inventory)[APP]["evidence"]
    assert {each["leg"] for each in found} >= {
        "assume_role: identity",
        "assume_role: resource",
        "s3_identity",
    }
    assert {"Assume", "Trust"} <= {each["statement"] for each in found}
    called = {each["statement"]: each["policy"] for each in found}
    assert (called["Assume"], called["Trust"]) == ("own", READER)


def test_trust_with_an_external_id_is_conditional(inventory):
    estate(inventory, trust(APP, {"StringEquals": {"sts:ExternalId": "x"}}))
    row = through(inventory)[APP]
    assert row["verdict"] == "conditional"
    (told,) = row["conditions"]
    assert (told["leg"], told["key"]) == ("assume_role: resource", "sts:ExternalId")


def test_trust_alone_is_not_enough_across_accounts(inventory):
    estate(inventory, trust(APP), app=())
    assert through(inventory) == {}


def test_permission_alone_is_not_enough(inventory):
    estate(inventory, trust(role(COMPUTE, "other")))
    assert APP not in through(inventory)


def test_trust_to_an_account_reaches_whoever_s_policy_names_the_role(inventory):
    estate(inventory, trust(root(COMPUTE)))
    inventory.role("admin", COMPUTE, allow("*"))
    inventory.role("other", AUDIT, ASSUME)
    assert set(through(inventory)) == {APP, root(COMPUTE)}


def test_trust_to_everybody_and_to_the_organization(inventory):
    estate(inventory, trust("*", {"StringEquals": {"aws:PrincipalOrgID": ORG}}))
    inventory.role("out", AUDIT, ASSUME)
    inventory.organization()
    found = through(inventory)
    assert set(found) == {APP, ORG_ARN} and found[APP]["verdict"] == "allowed"


def test_trust_to_everybody(inventory):
    estate(inventory, trust("*"))
    inventory.role("out", AUDIT, ASSUME)
    assert set(through(inventory)) == {APP, role(AUDIT, "out"), "*"}


def test_whoever_has_access_of_his_own_has_no_second_row(inventory):
    estate(
        inventory,
        trust(APP),
        app=(ASSUME, OWN_S3, OWN_KMS),
        bucket=[allow("s3:GetObject", f"{LAKE}/*", to=APP)],
    )
    inventory.ask("update aws_s3_buckets set sse_algorithm = 'AES256'")
    assert through(inventory) == {}
    assert set(through(inventory, "write")) == {APP}


def test_whose_own_path_is_blocked_has_both_rows(inventory):
    estate(inventory, trust(APP), app=(ASSUME, OWN_S3))
    assert inventory.path(APP)["verdict"] == "blocked"
    assert through(inventory)[APP]["verdict"] == "allowed"


@pytest.mark.parametrize(
    "more",
    [
        {"reader": [OWN_S3]},
        {"boundary": [allow("s3:*")]},
        {"reader": [OWN_S3, OWN_KMS, deny("kms:*")]},
    ],
)
def test_a_role_that_gets_nowhere_opens_no_way(inventory, more):
    estate(inventory, trust(APP), **more)
    assert through(inventory) == {}


def test_what_is_open_on_either_part_makes_it_conditional(inventory):
    estate(inventory, trust(APP), reader=[OWN_S3, {**OWN_KMS, "Condition": SOMETIMES}])
    assert through(inventory)[APP]["verdict"] == "conditional"


def test_a_deny_of_the_assumption_leaves_no_row(inventory):
    estate(inventory, trust(APP), deny("sts:AssumeRole", None, to=APP))
    assert through(inventory) == {}


def test_a_service_control_policy_binds_the_assumption(inventory):
    estate(inventory, trust(APP))
    inventory.organization(scps={COMPUTE: [deny("sts:AssumeRole")]})
    assert through(inventory) == {}


def test_a_trust_policy_that_was_not_read_is_no_certain_way(inventory):
    estate(inventory, trust(APP))
    inventory.breaks("aws_iam_roles", DATA)
    assert {row["verdict"] for row in through(inventory).values()} == {"unknown"}


def test_permissions_that_were_not_read_are_unknown(inventory):
    estate(inventory, trust(APP), app=())
    inventory.breaks("aws_iam_role_policies", COMPUTE)
    assert through(inventory)[APP]["verdict"] == "unknown"


def test_somebody_of_the_data_account_crosses_nothing(inventory):
    inventory.role("inside", DATA, ASSUME)
    estate(inventory, trust([APP, role(DATA, "inside")]))
    assert set(through(inventory)) == {APP}


def test_only_roles_that_name_the_bucket_or_that_it_names_are_looked_at(inventory):
    wide = [allow(["s3:*", "kms:*"])]
    estate(inventory, trust(APP), reader=wide)
    assert through(inventory) == {}
    inventory.ask("delete from aws_s3_buckets")
    inventory.bucket("lake", allow("s3:GetObject", f"{LAKE}/*", to=READER))
    assert set(through(inventory)) == {APP}


def test_a_role_of_a_third_account(inventory):
    jump = inventory.role("jump", AUDIT, OWN_S3, allow("kms:Decrypt", "*"), trust=[trust(APP)])
    inventory.role("app", COMPUTE, allow("sts:AssumeRole", jump))
    inventory.bucket("lake", allow("s3:GetObject", f"{LAKE}/*", to=jump))
    inventory.key("k1", DELEGATED, allow("kms:Decrypt", to=jump))
    inventory.s3_account(DATA)
    assert inventory.path(jump)["verdict"] == "allowed"
    assert inventory.path(APP, via_role_arn=jump)["verdict"] == "allowed"
