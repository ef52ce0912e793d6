from __future__ import annotations

import pytest

from tests.access.words import (
    COMPUTE,
    DATA,
    ETL,
    KEY,
    LAKE,
    MANAGEMENT,
    ORG,
    POINT,
    allow,
    deny,
    role,
    root,
)

CANONICAL, UNIQUE = "c" * 64, "AROAEXAMPLEEXAMPLE99"
SAML = f"arn:aws:iam::{DATA}:saml-provider/Okta"


def rows(inventory, **wanted):
    return [row for row in inventory.statements() if wanted.items() <= row.items()]


def principals(inventory, to):
    inventory.key("k1", allow("kms:*", to=to))
    return [(row["principal_kind"], row["principal"], row["principal_account_id"]) for row in rows(inventory)]


KINDS = [
    ("*", [("everybody", "*", None)]),
    ({"AWS": "*"}, [("everybody", "*", None)]),
    (root(COMPUTE), [("account", root(COMPUTE), COMPUTE)]),
    (COMPUTE, [("account", root(COMPUTE), COMPUTE)]),
    (ETL, [("role", ETL, COMPUTE)]),
    (f"arn:aws:iam::{DATA}:user/ann", [("user", f"arn:aws:iam::{DATA}:user/ann", DATA)]),
    (
        f"arn:aws:sts::{DATA}:assumed-role/etl/x",
        [("session", f"arn:aws:sts::{DATA}:assumed-role/etl/x", DATA)],
    ),
    (UNIQUE, [("unique_id", UNIQUE, None)]),
    ({"Service": "s3.amazonaws.com"}, [("service", "s3.amazonaws.com", None)]),
    ({"CanonicalUser": CANONICAL}, [("canonical_user", CANONICAL, None)]),
]


@pytest.mark.parametrize(("to", "expected"), KINDS)
def test_principals(inventory, to, expected):
    assert principals(inventory, to) == expected


def test_a_federated_provider_has_the_account_of_its_arn(inventory):
    found = principals(inventory, {"Federated": SAML})
    assert [each[:2] for each in found] == [("federated", SAML)]


def test_one_row_per_statement_and_principal(inventory):
    both = {"AWS": [ETL, COMPUTE, root(COMPUTE)], "Service": "s3.amazonaws.com"}
    inventory.key("k1", allow("kms:*", to=both, sid="Many"), deny("kms:Decrypt", to="*"))
    found = [(row["statement_index"], row["sid"], row["effect"], row["principal"]) for row in rows(inventory)]
    assert found == [
        (0, "Many", "Allow", ETL),
        (0, "Many", "Allow", root(COMPUTE)),
        (0, "Many", "Allow", "s3.amazonaws.com"),
        (1, None, "Deny", "*"),
    ]


def test_not_principal(inventory):
    statement = {
        "Effect": "Deny",
        "Action": "kms:*",
        "Resource": "*",
        "NotPrincipal": {"AWS": [ETL, COMPUTE]},
    }
    inventory.key("k1", statement)
    found = rows(inventory)
    assert [row["principal"] for row in found] == [ETL, root(COMPUTE)]
    assert {row["not_principal"] for row in found} == {True}


def test_elements_are_kept_as_written(inventory):
    when = {"StringEquals": {"AWS:PrincipalOrgID": ORG}, "Bool": {"aws:SecureTransport": True}}
    inventory.bucket("lake", allow(["s3:get*"], [LAKE, f"{LAKE}/*"], to=ETL, when=when, sid="A"))
    (row,) = rows(inventory)
    assert (row["actions"], row["not_actions"]) == (["s3:get*"], None)
    assert (row["resources"], row["not_resources"]) == ([LAKE, f"{LAKE}/*"], None)
    assert row["condition"] == when
    assert row["condition_keys"] == ["aws:principalorgid", "aws:securetransport"]
    assert (row["condition_class"], row["bound_to"]) == ("org_bound", [ORG])
    assert "s3:GetObject" in row["covered_actions"] and "s3:PutObject" not in row["covered_actions"]


def test_opposites(inventory):
    inventory.role("etl", COMPUTE, {"Effect": "Allow", "NotAction": "iam:*", "NotResource": [LAKE]})
    (row,) = rows(inventory)
    assert (row["actions"], row["not_actions"]) == (None, ["iam:*"])
    assert (row["resources"], row["not_resources"]) == (None, [LAKE])
    assert "kms:Decrypt" in row["covered_actions"] and "iam:PassRole" not in row["covered_actions"]


def test_without_resource_and_condition(inventory):
    inventory.key("k1", allow("kms:*", None, to=ETL))
    (row,) = rows(inventory)
    assert (row["resources"], row["not_resources"], row["condition"]) == (None, None, None)
    assert (row["condition_keys"], row["condition_class"]) == ([], "none")


def test_every_kind_of_policy(inventory):
    inventory.key("k1", allow("kms:*", to=DATA))
    inventory.bucket("lake", allow("s3:*", "*", to=ETL))
    inventory.access_point(allow("s3:*", "*", to=ETL))
    inventory.role("etl", COMPUTE, allow("s3:*"), trust=[allow("sts:AssumeRole", None, to=COMPUTE)])
    inventory.user("ann", COMPUTE, allow("s3:*"))
    inventory.group_policy(COMPUTE, "admins", allow("*"))
    inventory.managed(COMPUTE, f"arn:aws:iam::{COMPUTE}:policy/p", allow("kms:*"))
    inventory.organization(scps={DATA: [deny("s3:*")]}, rcps={DATA: [deny("s3:*", to="*")]})
    found = {(row["policy_kind"], row["resource_arn"], row["policy_name"]) for row in rows(inventory)}
    policies = f"arn:aws:organizations::{MANAGEMENT}:policy/"
    assert found == {
        ("key_policy", KEY, None),
        ("bucket_policy", LAKE, None),
        ("access_point_policy", POINT, None),
        ("trust_policy", ETL, None),
        ("inline_policy", ETL, "own"),
        ("inline_policy", f"arn:aws:iam::{COMPUTE}:user/ann", "own"),
        ("inline_policy", f"arn:aws:iam::{COMPUTE}:group/admins", "inline"),
        ("managed_policy", f"arn:aws:iam::{COMPUTE}:policy/p", None),
        ("scp", f"{policies}FullAWSAccess", "FullAWSAccess"),
        ("scp", f"{policies}scp-{DATA}", f"scp-{DATA}"),
        ("rcp", f"{policies}rcp-{DATA}", f"rcp-{DATA}"),
    }


def test_policies_of_identities_and_organizations_name_nobody(inventory):
    inventory.role("etl", COMPUTE, allow("s3:*"))
    inventory.organization()
    for kind in ("inline_policy", "scp"):
        (row,) = rows(inventory, policy_kind=kind)
        assert row.get("principal") is None and row.get("principal_kind") is None
        assert row["not_principal"] is False


def test_a_policy_without_text_has_no_rows(inventory):
    inventory.key("k1", policy=None)
    assert rows(inventory) == []


def test_other_partitions(inventory):
    inventory.key("k1", allow("kms:*", to=COMPUTE))
    inventory.ask("update aws_kms_key_policies set key_arn = replace(key_arn, 'arn:aws:', 'arn:aws-cn:')")
    (row,) = rows(inventory)
    assert row["principal"] == f"arn:aws-cn:iam::{COMPUTE}:root"
    assert role(COMPUTE, "etl") == ETL


STRANGE = [
    ('{"Statement": [{"Effect": "Allow"}, {"Effect": "Maybe"}]}', [0, 1]),
    ('{"Statement": {"Effect": "Allow", "Principal": "*"}}', [0]),
    ("[]", [0]),
]


@pytest.mark.parametrize(("text", "places"), STRANGE)
def test_what_is_not_understood_has_a_row_that_says_so(inventory, text, places):
    inventory.key("k1", allow("kms:*", to="*"))
    inventory.ask(f"update aws_kms_key_policies set policy_text = '{text}'")
    found = [(row["statement_index"], row["effect"], row["condition_class"]) for row in rows(inventory)]
    assert found == [(place, "unknown", "unknown") for place in places]


def test_what_is_understood_beside_it_stays(inventory):
    inventory.key("k1", {"Effect": "Maybe"}, allow("kms:*", to="*"))
    assert [(row["statement_index"], row["effect"]) for row in rows(inventory)] == [
        (1, "Allow"),
        (0, "unknown"),
    ]
