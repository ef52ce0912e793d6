"""Which key a path needs, and whether it can serve."""

from __future__ import annotations

import pytest

from tests.access.words import (
    COMPUTE,
    DATA,
    DELEGATED,
    ETL,
    FAR,
    IN_BUCKET,
    KEY,
    KEY_USE,
    LAKE,
    ON_KEY,
    OWN_S3,
    REGION,
    allow,
    key,
    root,
)

ALIAS_ARN = f"arn:aws:kms:{REGION}:{DATA}:alias/lake"
KMS_LEGS = ("key_policy", "key_grant", "kms_identity", "kms_rcp")
ANY_KEY = allow(KEY_USE)


def sharing(inventory, reference, algorithm="aws:kms", **columns):
    """The usual path, with a default key named in some way."""
    inventory.shared(own=[OWN_S3, ANY_KEY], key=[DELEGATED, ON_KEY], algorithm=algorithm)
    inventory.ask(f"update aws_s3_buckets set kms_master_key_id = {reference!r}" if reference else "select 1")
    if reference is None:
        inventory.ask("update aws_s3_buckets set kms_master_key_id = null")
    for name, value in columns.items():
        inventory.ask(f"update aws_kms_keys set {name} = '{value}' where key_id = 'k1'")


def alias(inventory, account=DATA, name="alias/lake", target="k1"):
    inventory._row(
        "aws_kms_aliases",
        account_id=account,
        region=REGION,
        arn=f"arn:aws:kms:{REGION}:{account}:{name}",
        alias_name=name,
        target_key_id=target,
    )


BASES = [
    ("key_arn", KEY, "aws:kms"),
    ("key_arn", KEY, "aws:kms:dsse"),
    ("alias_arn", ALIAS_ARN, "aws:kms"),
    ("alias_name", "alias/lake", "aws:kms"),
    ("key_id", "k1", "aws:kms"),
]


@pytest.mark.parametrize(("basis", "reference", "algorithm"), BASES)
def test_reads_need_the_key_under_which_the_owner_writes(inventory, basis, reference, algorithm):
    sharing(inventory, reference, algorithm)
    alias(inventory)
    row = inventory.path()
    assert (row["key_basis"], row["key_arn"], row["key_account_id"]) == (basis, KEY, DATA)
    assert (row["key_usable"], row["verdict"]) == ("allow", "allowed")


@pytest.mark.parametrize(
    ("basis", "algorithm", "usable", "verdict"),
    [
        ("sse_s3", "AES256", "not_applicable", "allowed"),
        ("other", "aws:fsx", "unknown", "unknown"),
        ("unknown", None, "unknown", "unknown"),
    ],
)
def test_other_encryption(inventory, basis, algorithm, usable, verdict):
    inventory.shared(algorithm=algorithm)
    row = inventory.path()
    assert (row["key_basis"], row["key_arn"]) == (basis, None)
    assert (row["key_usable"], row["verdict"]) == (usable, verdict)


def managed(inventory, reference=None):
    sharing(inventory, reference)
    inventory.key(
        "m1",
        allow("kms:*", to="*", when={"StringEquals": {"kms:CallerAccount": DATA}}),
        key_manager="AWS",
        alias="alias/aws/s3",
    )


@pytest.mark.parametrize("reference", [None, "alias/aws/s3", f"arn:aws:kms:{REGION}:{DATA}:alias/aws/s3"])
def test_no_outsider_reads_under_an_aws_managed_key(inventory, reference):
    managed(inventory, reference)
    row = inventory.path()
    assert (row["key_basis"], row["key_arn"]) == ("aws_managed", key("m1"))
    assert (row["verdict"], row["blocked_by"]) == ("blocked", ["key_usable"])
    assert {row[leg] for leg in KMS_LEGS} == {"not_applicable"}


def test_whose_managed_key_encrypts_what_an_outsider_writes_is_not_documented(inventory):
    managed(inventory)
    row = inventory.path(access="write")
    assert (row["key_usable"], row["verdict"], row["key_arn"]) == ("unknown", "unknown", None)
    assert any("aws/s3" in each["reason"] for each in row["conditions"])


def test_an_aws_managed_key_named_by_arn_blocks_both(inventory):
    managed(inventory, key("m1"))
    for access in ("read", "write"):
        row = inventory.path(access=access)
        assert (row["verdict"], row["blocked_by"]) == ("blocked", ["key_usable"])


def test_a_managed_key_named_by_alias_arn_blocks_writes_too(inventory):
    managed(inventory, f"arn:aws:kms:{REGION}:{DATA}:alias/aws/s3")
    row = inventory.path(access="write")
    assert (row["verdict"], row["blocked_by"]) == ("blocked", ["key_usable"])


def test_a_bare_alias_is_looked_up_in_the_writer_s_account(inventory):
    sharing(inventory, "alias/lake")
    alias(inventory)
    inventory.key("w1", allow("kms:*", to=root(COMPUTE)), account=COMPUTE, alias="alias/lake")
    row = inventory.path(access="write")
    assert (row["key_arn"], row["key_account_id"]) == (key("w1", COMPUTE), COMPUTE)
    assert row["verdict"] == "allowed"


def test_a_bare_alias_that_the_writer_s_account_does_not_have(inventory):
    sharing(inventory, "alias/lake")
    alias(inventory)
    row = inventory.path(access="write")
    assert (row["key_usable"], row["blocked_by"]) == ("deny", ["key_usable"])
    inventory.breaks("aws_kms_aliases", COMPUTE)
    row = inventory.path(access="write")
    assert (row["key_usable"], row["verdict"], row["blocked_by"]) == ("unknown", "unknown", [])


def test_a_bare_key_id_is_looked_up_in_the_writer_s_account(inventory):
    sharing(inventory, "k1")
    row = inventory.path(access="write")
    assert (row["key_arn"], row["blocked_by"]) == (key("k1", COMPUTE), ["key_usable"])
    inventory.key("k1", allow("kms:*", to=root(COMPUTE)), account=COMPUTE)
    assert inventory.path(access="write")["verdict"] == "allowed"


def test_an_alias_that_leads_nowhere(inventory):
    sharing(inventory, ALIAS_ARN)
    row = inventory.path()
    assert (row["key_basis"], row["key_arn"], row["key_usable"]) == ("alias_arn", None, "unknown")
    assert row["verdict"] == "unknown"


UNUSABLE = [
    ("key_state", "Disabled"),
    ("key_state", "PendingDeletion"),
    ("key_state", "PendingImport"),
    ("key_state", "Unavailable"),
    ("key_state", "Creating"),
    ("key_spec", "RSA_2048"),
    ("key_usage", "SIGN_VERIFY"),
]


def test_keys_that_cannot_serve(inventory):
    inventory.role("etl", COMPUTE, OWN_S3, ANY_KEY)
    inventory.s3_account(DATA)
    for number, (column, value) in enumerate(UNUSABLE):
        arn = inventory.key(f"k{number}", ON_KEY, **{column: value})
        inventory.bucket(f"b{number}", allow("s3:GetObject", "*", to=ETL), key=arn)
    rows = [row for row in inventory.paths() if row["access"] == "read"]
    for row, (_, value) in zip(rows, UNUSABLE, strict=True):
        assert row["key_usable"] == "deny" and "key_usable" in row["blocked_by"]
        assert any(value in each["reason"] for each in row["conditions"])


def test_a_key_that_is_being_updated_serves(inventory):
    sharing(inventory, KEY, key_state="Updating")
    assert inventory.path()["verdict"] == "allowed"


def test_a_key_of_another_region_does_not_serve(inventory):
    there = inventory.key("k1", DELEGATED, ON_KEY, region=FAR)
    sharing(inventory, there)
    row = inventory.path()
    assert (row["key_arn"], row["key_usable"], row["blocked_by"]) == (there, "deny", ["key_usable"])
    assert any(FAR in each["reason"] for each in row["conditions"])


def test_a_key_that_is_not_there(inventory):
    sharing(inventory, key("gone"))
    row = inventory.path()
    assert (row["key_arn"], row["key_usable"], row["blocked_by"]) == (key("gone"), "deny", ["key_usable"])


@pytest.mark.parametrize("how", ["breaks", "forget"])
def test_a_key_that_was_not_collected_is_not_gone(inventory, how):
    sharing(inventory, key("gone"))
    getattr(inventory, how)("aws_kms_keys", DATA)
    row = inventory.path()
    assert (row["key_usable"], row["verdict"], row["blocked_by"]) == ("unknown", "unknown", [])


def test_a_key_of_an_account_that_was_not_collected(inventory):
    sharing(inventory, key("k1", "999999999999"))
    row = inventory.path()
    assert (row["key_usable"], row["key_policy"], row["verdict"]) == ("unknown",) * 3
    assert row["key_account_id"] == "999999999999"


@pytest.mark.parametrize("column", ["key_state", "key_manager"])
def test_a_key_that_could_not_be_described(inventory, column):
    sharing(inventory, KEY)
    inventory.ask(f"update aws_kms_keys set {column} = null")
    assert inventory.path()["key_usable"] == "unknown"


def test_a_key_of_a_third_account(inventory):
    inventory.role("etl", COMPUTE, OWN_S3, ANY_KEY)
    inventory.bucket("lake", IN_BUCKET, key=key("c1", "333333333333"))
    inventory.key("c1", allow("kms:*", to=root("333333333333")), ON_KEY, account="333333333333")
    inventory.s3_account(DATA)
    row = inventory.path()
    assert (row["key_account_id"], row["bucket_arn"], row["verdict"]) == ("333333333333", LAKE, "allowed")
    assert ETL == row["principal_arn"]
