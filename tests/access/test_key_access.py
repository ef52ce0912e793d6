"""Who can do what with a key, and by which route."""

from __future__ import annotations

import pytest

from tests.access.words import (
    COMPUTE,
    DATA,
    DELEGATED,
    ETL,
    KEY,
    ORG,
    ORG_ARN,
    SOMETIMES,
    allow,
    deny,
    role,
    root,
)

READER = role(DATA, "reader")


def rows(inventory, who=None, capability=None):
    return [
        row
        for row in inventory.key_access()
        if who in (None, row["principal_arn"]) and capability in (None, row["capability"])
    ]


def one(inventory, who, capability="decrypt"):
    (found,) = rows(inventory, who, capability)
    return found["route"], found["verdict"]


def test_the_key_policy_names_a_role(inventory):
    inventory.role("reader", DATA)
    inventory.key("k1", allow("kms:Decrypt", to=READER, sid="Read"))
    (row,) = rows(inventory)
    evidence = {"leg": "key_policy", "policy": KEY, "statement": "Read", "effect": "Allow"}
    assert row.pop("evidence") == [evidence]
    assert row == {
        "account_id": DATA,
        "region": "us-east-1",
        "key_arn": KEY,
        "principal_arn": READER,
        "principal_kind": "role",
        "principal_account_id": DATA,
        "via_role_arn": None,
        "capability": "decrypt",
        "route": "key_policy",
        "verdict": "allowed",
        "actions": ["kms:Decrypt"],
        "conditions": [],
    }


def test_delegation_to_the_account_lets_its_policies_decide(inventory):
    inventory.role("reader", DATA, allow("kms:Decrypt", KEY))
    inventory.role("idle", DATA, allow("s3:*"))
    inventory.key("k1", DELEGATED)
    found = {row["principal_arn"]: row["route"] for row in rows(inventory, capability="decrypt")}
    assert found == {READER: "delegation", root(DATA): "key_policy"}
    assert rows(inventory, READER, "encrypt") == []


def test_a_policy_of_an_identity_alone_has_no_effect(inventory):
    inventory.role("reader", DATA, allow("kms:*"))
    inventory.key("k1", allow("kms:*", to=role(DATA, "other")))
    assert rows(inventory, READER) == []


@pytest.mark.parametrize(
    ("capability", "action", "actions"),
    [
        ("decrypt", "kms:ReEncrypt*", ["kms:ReEncryptFrom"]),
        ("encrypt", "kms:ReEncrypt*", ["kms:ReEncryptTo"]),
        ("generate", "kms:GenerateDataKey", ["kms:GenerateDataKey"]),
        ("create_grant", "kms:CreateGrant", ["kms:CreateGrant"]),
        ("administer", "kms:Put*", ["kms:PutKeyPolicy"]),
        ("destroy", "kms:Schedule*", ["kms:ScheduleKeyDeletion"]),
    ],
)
def test_capabilities(inventory, capability, action, actions):
    inventory.role("reader", DATA)
    inventory.key("k1", allow(action, to=READER))
    assert [row["actions"] for row in rows(inventory, READER, capability)] == [actions]


def test_what_is_certainly_denied_has_no_row(inventory):
    inventory.role("reader", DATA, deny("kms:Decrypt"))
    inventory.key("k1", allow("kms:Decrypt", to=READER))
    assert rows(inventory) == []


def test_an_action_that_is_denied_is_left_out(inventory):
    inventory.role("reader", DATA, deny("kms:ReEncryptFrom"))
    inventory.key("k1", allow("kms:*", to=READER))
    (row,) = rows(inventory, READER, "decrypt")
    assert row["actions"] == ["kms:Decrypt"]


def test_somebody_elsewhere_administers_nothing_though_it_is_allowed(inventory):
    inventory.role("etl", COMPUTE, allow("kms:*", KEY))
    inventory.key("k1", allow("kms:*", to=ETL))
    capabilities = {row["capability"] for row in rows(inventory, ETL)}
    assert capabilities == {"decrypt", "encrypt", "generate", "create_grant", "administer"}
    (row,) = rows(inventory, ETL, "administer")
    assert row["actions"] == ["kms:RevokeGrant"]


def test_a_grant(inventory):
    inventory.key("k1", DELEGATED)
    inventory.role("etl", COMPUTE)
    inventory.grant(KEY, ETL, ["Decrypt", "CreateGrant", "DescribeKey"])
    assert one(inventory, ETL) == ("grant", "allowed")
    assert one(inventory, ETL, "create_grant") == ("grant", "allowed")
    (row,) = rows(inventory, ETL, "decrypt")
    assert row["evidence"] == [{"leg": "key_grant", "grant": "g1", "effect": "Allow"}]


def test_a_grant_with_a_context_and_one_to_an_account_are_conditional(inventory):
    inventory.key("k1", DELEGATED)
    inventory.role("etl", COMPUTE)
    other = inventory.role("other", COMPUTE, allow("kms:Decrypt", KEY))
    inventory.grant(KEY, ETL, Constraints={"EncryptionContextEquals": {"a": "b"}})
    assert one(inventory, ETL) == ("grant", "conditional")
    inventory.grant(KEY, root(COMPUTE), id="g2")
    assert one(inventory, other) == ("grant", "conditional")


def infrastructure(account):
    return f"arn:aws:sts::{account}:assumed-role/aws:ec2-infrastructure/i-0123456789abcdef0"


SERVICES = [
    {"GranteePrincipal": infrastructure(DATA)},
    {"GranteePrincipal": infrastructure("999999999999")},
    {"GranteePrincipal": "rds.us-east-1.amazonaws.com"},
    {"GranteePrincipal": None, "GranteeServicePrincipal": "dynamodb.amazonaws.com"},
]


@pytest.mark.parametrize("members", SERVICES)
def test_grants_to_services_are_no_outsiders(inventory, members):
    inventory.key("k1", DELEGATED)
    inventory.bucket("lake")
    inventory.grant(KEY, "x", **members)
    found = [row for row in rows(inventory) if row["route"] == "grant"]
    assert found and {row["principal_kind"] for row in found} == {"service"}
    assert {row.get("principal_account_id") for row in found} == {None}
    assert inventory.paths() == []


def test_services_that_the_policy_names(inventory):
    service = {"Service": ["cloudtrail.amazonaws.com", "logs.amazonaws.com"]}
    inventory.key("k1", allow(["kms:GenerateDataKey*", "kms:Decrypt"], to=service))
    found = {
        (row["principal_arn"], row["capability"], row["route"], row["verdict"]) for row in rows(inventory)
    }
    assert found == {
        (name, capability, "key_policy", "conditional")
        for name in service["Service"]
        for capability in ("decrypt", "generate")
    }


def test_a_service_that_is_certainly_denied_has_no_row(inventory):
    service = {"Service": "logs.amazonaws.com"}
    inventory.key("k1", allow("kms:Decrypt", to=service), deny("kms:Decrypt", to=service))
    assert rows(inventory) == []


def test_a_key_policy_that_was_not_read_is_unknown(inventory):
    inventory.role("reader", DATA, allow("kms:Decrypt", KEY))
    inventory.key("k1", policy=None)
    assert one(inventory, READER)[1] == "unknown"
    assert one(inventory, root(DATA))[1] == "unknown"


def test_everybody_and_the_organization(inventory):
    inside = {"StringEquals": {"aws:PrincipalOrgID": ORG}}
    inventory.role("etl", COMPUTE, allow("kms:Decrypt"))
    inventory.organization()
    inventory.key("k1", allow("kms:Decrypt", to="*", when=inside))
    inventory.key("k2", allow("kms:Decrypt", to="*", when=SOMETIMES))
    found = {
        (row["key_arn"][-2:], row["principal_arn"], row["principal_kind"], row["verdict"])
        for row in rows(inventory)
        if row["principal_account_id"] != DATA
    }
    assert found == {
        ("k1", ORG_ARN, "organization", "allowed"),
        ("k1", ETL, "role", "allowed"),
        ("k2", "*", "everybody", "conditional"),
        ("k2", ETL, "role", "conditional"),
    }


def test_conditions_and_evidence_name_policy_and_statement(inventory):
    inventory.role("reader", DATA)
    inventory.key("k1", allow("kms:Decrypt", to=READER, when=SOMETIMES, sid="Office"))
    (row,) = rows(inventory, READER, "decrypt")
    (told,) = row["conditions"]
    assert (row["verdict"], told["policy"], told["statement"], told["key"]) == (
        "conditional",
        KEY,
        "Office",
        "aws:SourceIp",
    )


def test_a_role_on_the_way(inventory):
    trust = allow("sts:AssumeRole", None, to=ETL, when={"StringEquals": {"sts:ExternalId": "x"}})
    inventory.role("reader", DATA, allow("kms:Decrypt", KEY), trust=[trust])
    inventory.role("etl", COMPUTE, allow("sts:AssumeRole", READER))
    inventory.key("k1", DELEGATED)
    (row,) = rows(inventory, ETL)
    assert (row["via_role_arn"], row["principal_account_id"]) == (READER, COMPUTE)
    assert (row["capability"], row["route"], row["verdict"]) == ("decrypt", "delegation", "conditional")


def test_whoever_has_it_himself_needs_no_role(inventory):
    trust = allow("sts:AssumeRole", None, to=ETL)
    inventory.role("reader", DATA, allow("kms:*", KEY), trust=[trust])
    inventory.role("etl", COMPUTE, allow("sts:AssumeRole", READER), allow("kms:Decrypt", KEY))
    inventory.key("k1", DELEGATED, allow("kms:Decrypt", to=ETL))
    assert {row["via_role_arn"] for row in rows(inventory, ETL, "decrypt")} == {None}
    assert {row["via_role_arn"] for row in rows(inventory, ETL, "encrypt")} == {READER}


def test_somebody_whose_policies_were_not_read_is_unknown(inventory):
    outsider = role("999999999999", "x")
    inventory.key("k1", allow("kms:Decrypt", to=outsider))
    assert one(inventory, outsider) == ("key_policy", "unknown")


def test_a_boundary_limits_who_is_named_by_role_arn(inventory):
    inventory.role("reader", DATA, boundary=[allow("s3:*")])
    inventory.key("k1", allow("kms:Decrypt", to=READER))
    assert rows(inventory, READER) == []


def test_a_boundary_does_not_limit_a_user_who_is_named(inventory):
    ann = inventory.user("ann", DATA, boundary=[allow("s3:*")])
    inventory.key("k1", allow("kms:Decrypt", to=ann))
    assert one(inventory, ann) == ("key_policy", "allowed")
