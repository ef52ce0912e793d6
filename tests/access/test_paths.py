"""Every leg of a path in every state that it can have, and what that makes of the path."""

from __future__ import annotations

import pytest

from tests.access.words import (
    COMPUTE,
    DATA,
    DELEGATED,
    ETL,
    IN_BUCKET,
    KEY,
    KEY_USE,
    LAKE,
    ON_KEY,
    OWN_KMS,
    OWN_S3,
    SOMETIMES,
    USE,
    allow,
    deny,
    root,
)

ORGANIZATION = "aws_organizations_policy_targets"


def own(*given, boundary=None):
    """The usual path, but with these policies of the role's own."""

    def build(inventory):
        inventory.role("etl", COMPUTE, *given, boundary=boundary)
        inventory.bucket("lake", IN_BUCKET)
        inventory.key("k1", DELEGATED, ON_KEY)
        inventory.s3_account(DATA)

    return build


def limited(*boundary):
    return own(OWN_S3, OWN_KMS, boundary=boundary)


def usual(**given):
    return lambda inventory: inventory.shared(**given)


def within(broken=None, **given):
    def build(inventory):
        inventory.shared()
        inventory.organization(**given)
        if broken:
            inventory.breaks(broken, "000000000001")

    return build


def grant(grantee, **members):
    def build(inventory):
        inventory.shared(key=[DELEGATED])
        inventory.grant(KEY, grantee, **members)

    return build


def then(build, *steps):
    """Builds, and then takes steps: a method's name and its arguments."""

    def both(inventory):
        build(inventory)
        for name, *arguments in steps:
            getattr(inventory, name)(*arguments)

    return both


BLOCKED = [
    # leg, the leg's verdict, what there is
    ("bucket_policy", "none", usual(bucket=[])),
    ("bucket_policy", "none", usual(bucket=[allow(USE, f"{LAKE}/*", to=root(DATA))])),
    ("bucket_policy", "deny", usual(bucket=[IN_BUCKET, deny("s3:Get*", f"{LAKE}/*", to="*")])),
    ("s3_identity", "none", own(OWN_KMS)),
    ("s3_identity", "deny", own(OWN_S3, OWN_KMS, deny("s3:GetObject", f"{LAKE}/*"))),
    ("key_policy", "none", usual(key=[DELEGATED])),
    ("key_policy", "none", usual(key=[DELEGATED, allow(KEY_USE, None, to=ETL)])),
    ("key_policy", "deny", usual(key=[DELEGATED, ON_KEY, deny("kms:Decrypt", to="*")])),
    ("kms_identity", "none", own(OWN_S3)),
    ("kms_identity", "deny", own(OWN_S3, OWN_KMS, deny("kms:*", KEY))),
    ("scp", "none", within(bare=["ou-work"])),
    ("scp", "none", within(bare=[COMPUTE], scps={COMPUTE: [allow("s3:*")]})),
    ("scp", "deny", within(scps={"r-1": [deny("kms:Decrypt")]})),
    ("permissions_boundary", "none", limited(allow("s3:*"))),
    ("permissions_boundary", "deny", limited(allow("*"), deny("kms:*"))),
    ("s3_rcp", "deny", within(rcps={DATA: [deny("s3:*", to="*")]})),
    ("kms_rcp", "deny", within(rcps={"ou-data": [deny("kms:*", to="*")]})),
    ("public_access_block", "deny", usual(policy_is_public=True)),
    (
        "key_usable",
        "deny",
        then(own(OWN_S3, OWN_KMS), ("ask", "update aws_kms_keys set key_state = 'Disabled'")),
    ),
]


@pytest.mark.parametrize(("leg", "verdict", "build"), BLOCKED)
def test_what_blocks(inventory, leg, verdict, build):
    build(inventory)
    row = inventory.path()
    assert (row[leg], row["verdict"], row["blocked_by"]) == (verdict, "blocked", [leg])


CONDITIONAL = [
    ("bucket_policy", usual(bucket=[allow(USE, f"{LAKE}/*", to=ETL, when=SOMETIMES)])),
    ("bucket_policy", usual(bucket=[IN_BUCKET, deny("s3:*", f"{LAKE}/*", to="*", when=SOMETIMES)])),
    ("s3_identity", own(allow("s3:GetObject", when=SOMETIMES), OWN_KMS)),
    ("key_policy", usual(key=[DELEGATED, allow("kms:Decrypt", to=ETL, when=SOMETIMES)])),
    ("key_grant", grant(root(COMPUTE))),
    ("kms_identity", own(OWN_S3, allow("kms:Decrypt", KEY, when=SOMETIMES))),
    ("scp", within(scps={COMPUTE: [deny("s3:*", when=SOMETIMES)]})),
    ("permissions_boundary", limited(allow("s3:*"), allow("kms:*", when=SOMETIMES))),
    ("s3_rcp", within(rcps={"r-1": [deny("s3:*", to="*", when=SOMETIMES)]})),
    ("kms_rcp", within(rcps={"r-1": [deny("kms:*", to="*", when=SOMETIMES)]})),
]


@pytest.mark.parametrize(("leg", "build"), CONDITIONAL)
def test_what_depends_on_the_request(inventory, leg, build):
    build(inventory)
    row = inventory.path()
    assert (row[leg], row["verdict"], row["blocked_by"]) == ("conditional", "conditional", [])
    assert leg in {each["leg"] for each in row["conditions"]}


UNKNOWN = [
    ("bucket_policy", usual(has_policy=None)),
    ("bucket_policy", then(usual(), ("fails", "aws_s3_bucket_policies", DATA, LAKE))),
    ("bucket_policy", usual(bucket=["{no json"])),
    ("s3_identity", then(own(OWN_KMS), ("breaks", "aws_iam_role_policies", COMPUTE))),
    ("key_policy", then(usual(key=[DELEGATED]), ("fails", "aws_kms_key_policies", DATA, KEY))),
    ("key_grant", then(usual(key=[DELEGATED]), ("fails", "aws_kms_key_grants", DATA, KEY))),
    ("key_grant", then(usual(key=[DELEGATED]), ("breaks", "aws_kms_key_grants", DATA))),
    ("kms_identity", then(own(OWN_S3), ("breaks", "aws_iam_role_attached_policies", COMPUTE))),
    ("scp", within(broken=ORGANIZATION)),
    ("permissions_boundary", own(OWN_S3, OWN_KMS, boundary="missing")),
    ("s3_rcp", within(broken=ORGANIZATION)),
    ("kms_rcp", within(broken=ORGANIZATION)),
    ("public_access_block", usual(policy_is_public=None)),
    ("key_usable", then(own(OWN_S3, OWN_KMS), ("ask", "update aws_kms_keys set key_state = null"))),
    ("key_usable", usual(algorithm=None)),
]


@pytest.mark.parametrize(("leg", "build"), UNKNOWN)
def test_what_is_not_known(inventory, leg, build):
    build(inventory)
    row = inventory.path()
    assert (row[leg], row["verdict"], row["blocked_by"]) == ("unknown", "unknown", [])
    assert leg in {each["leg"] for each in row["conditions"]}


def test_an_explicit_deny_stands_though_more_was_not_read(inventory):
    inventory.shared(bucket=[IN_BUCKET, deny("s3:*", f"{LAKE}/*", to="*")])
    inventory.fails("aws_s3_bucket_policies", DATA, LAKE)
    assert inventory.path()["blocked_by"] == ["bucket_policy"]


ALLOWED = [
    (
        ["bucket_policy", "s3_identity", "key_policy", "kms_identity", "public_access_block", "key_usable"],
        usual(),
    ),
    (["key_grant"], grant(ETL)),
    (["scp", "s3_rcp", "kms_rcp"], within()),
    (["permissions_boundary"], limited(allow(["s3:*", "kms:*"]))),
]


@pytest.mark.parametrize(("legs", "build"), ALLOWED)
def test_what_allows(inventory, legs, build):
    build(inventory)
    row = inventory.path()
    assert (row["verdict"], row["blocked_by"]) == ("allowed", [])
    assert {row[leg] for leg in legs} == {"allow"}


def test_a_grant_to_a_role_is_enough_without_key_policy_and_identity(inventory):
    inventory.shared(own=[OWN_S3], key=[DELEGATED])
    inventory.grant(KEY, ETL)
    row = inventory.path()
    assert (row["key_policy"], row["key_grant"], row["kms_identity"]) == ("none", "allow", "none")
    assert (row["verdict"], row["blocked_by"]) == ("allowed", [])
    assert {"leg": "key_grant", "grant": "g1", "effect": "Allow"} in row["evidence"]


@pytest.mark.parametrize("grantee", ["arn:aws:iam::222222222222:role/other", root(DATA)])
def test_a_grant_to_somebody_else_changes_nothing(inventory, grantee):
    grant(grantee)(inventory)
    row = inventory.path()
    assert (row["key_grant"], row["blocked_by"]) == ("none", ["key_policy"])


def test_a_grant_for_other_operations_changes_nothing(inventory):
    grant(ETL, operations=["Encrypt"])(inventory)
    assert inventory.path()["key_grant"] == "none"


def test_without_a_key_no_leg_of_kms_counts(inventory):
    inventory.shared(own=[OWN_S3], algorithm="AES256")
    row = inventory.path()
    legs = ("key_policy", "key_grant", "kms_identity", "kms_rcp", "key_usable")
    assert {row[leg] for leg in legs} == {"not_applicable"}
    assert (row["verdict"], row["key_arn"]) == ("allowed", None)


def test_what_does_not_apply(inventory):
    inventory.shared(bucket=[])
    row = inventory.path()
    legs = ("scp", "s3_rcp", "kms_rcp", "permissions_boundary", "access_point_policy", "public_access_block")
    assert {row[leg] for leg in legs} == {"not_applicable"}


def test_scp_and_boundary_tell_the_worse_of_both_requests(inventory):
    own(OWN_S3, OWN_KMS, boundary=[allow("s3:*", when=SOMETIMES)])(inventory)
    inventory.organization(scps={COMPUTE: [deny("s3:*", when=SOMETIMES), deny("kms:*")]})
    row = inventory.path()
    assert (row["permissions_boundary"], row["scp"]) == ("none", "deny")
    assert row["blocked_by"] == ["scp", "permissions_boundary"]


def test_blocked_wins_over_unknown_and_unknown_over_conditional(inventory):
    inventory.shared(own=[allow("s3:*", when=SOMETIMES), OWN_KMS], bucket=[IN_BUCKET], policy_is_public=None)
    row = inventory.path()
    assert (row["s3_identity"], row["public_access_block"]) == ("conditional", "unknown")
    assert row["verdict"] == "unknown"
    inventory.ask("update aws_kms_keys set key_state = 'PendingDeletion'")
    assert (inventory.path()["verdict"], inventory.path()["blocked_by"]) == ("blocked", ["key_usable"])


def test_everything_that_blocks_is_told_in_the_order_of_the_legs(inventory):
    inventory.shared(own=[allow("s3:ListBucket")], bucket=[], key=[DELEGATED])
    inventory.role("reader", COMPUTE, OWN_S3)
    row = inventory.path("arn:aws:iam::222222222222:role/reader")
    assert row["blocked_by"] == ["bucket_policy", "key_policy", "kms_identity"]


def test_conditions_name_policy_statement_operator_key_values_and_reason(inventory):
    inventory.shared(bucket=[allow(USE, f"{LAKE}/*", to=ETL, when=SOMETIMES, sid="FromTheOffice")])
    (told,) = inventory.path()["conditions"]
    assert {**told, "reason": ""} == {
        "leg": "bucket_policy",
        "policy": LAKE,
        "statement": "FromTheOffice",
        "operator": "IpAddress",
        "key": "aws:SourceIp",
        "values": ["192.0.2.0/24"],
        "reason": "",
    }
    assert "not known" in told["reason"]


def test_evidence_names_policies_and_statements(inventory):
    inventory.shared(key=[DELEGATED, allow(KEY_USE, to=ETL)])
    found = inventory.path()["evidence"]
    assert {"leg": "s3_identity", "policy": "own", "statement": "OwnS3", "effect": "Allow"} in found
    assert {"leg": "key_policy", "policy": KEY, "statement": 1, "effect": "Allow"} in found
    inventory.organization(scps={"ou-work": [deny("kms:*", sid="NoKms")]})
    denied = {"leg": "scp", "policy": "scp-ou-work", "statement": "NoKms", "effect": "Deny"}
    assert denied in inventory.path()["evidence"]
