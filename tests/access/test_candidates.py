"""Which pairs of principal and bucket are looked at: those that one side names."""

from __future__ import annotations

from tests.access.words import (
    AUDIT,
    COMPUTE,
    DATA,
    DELEGATED,
    ETL,
    IN_BUCKET,
    KEY,
    KEY_USE,
    LAKE,
    ORG,
    ORG_ARN,
    OUTSIDE,
    OWN_KMS,
    OWN_S3,
    POINT,
    allow,
    deny,
    key,
    role,
    root,
)

ALL = allow("*")
CANONICAL = "c" * 64


def who(inventory, access="read", bucket=LAKE, point=None):
    wanted = (access, bucket, point, None)
    columns = ("access", "bucket_arn", "access_point_arn", "via_role_arn")
    return [
        row["principal_arn"]
        for row in inventory.paths()
        if tuple(row[column] for column in columns) == wanted
    ]


def lake(inventory, *in_bucket, on_key=(DELEGATED,), **columns):
    inventory.bucket("lake", *in_bucket, **columns)
    inventory.key("k1", *on_key)
    inventory.s3_account(DATA)


def test_whom_the_bucket_s_policy_names(inventory):
    inventory.role("etl", COMPUTE)
    stranger, session = role(OUTSIDE, "x"), f"arn:aws:sts::{COMPUTE}:assumed-role/etl/nightly"
    lake(inventory, allow("s3:GetObject", "*", to=[ETL, stranger, session, role(DATA, "own")]))
    assert who(inventory) == sorted([ETL, stranger])
    assert who(inventory, "write") == []


def test_a_deny_names_nobody(inventory):
    inventory.role("etl", COMPUTE)
    lake(inventory, deny("s3:*", "*", to=ETL))
    assert who(inventory) == []


def test_who_names_the_bucket(inventory):
    inventory.role("etl", COMPUTE, OWN_S3)
    inventory.role("admin", COMPUTE, ALL)
    inventory.role("own", DATA, OWN_S3)
    lake(inventory)
    assert who(inventory) == [ETL]


def test_a_wildcard_names_nothing(inventory):
    inventory.role("admin", COMPUTE, ALL, allow("s3:*", "arn:aws:s3:::*"), allow("kms:*", f"{KEY[:-2]}*"))
    lake(inventory, IN_BUCKET)
    assert who(inventory) == [ETL]


def test_whom_the_key_names(inventory):
    lake(inventory, on_key=[DELEGATED, allow("kms:Decrypt", to=[ETL, root(AUDIT)])])
    inventory.role("admin", AUDIT, ALL)
    assert who(inventory) == sorted([ETL, root(AUDIT)])
    assert who(inventory, "write") == []


def test_whom_a_grant_names(inventory):
    lake(inventory)
    inventory.grant(KEY, ETL, ["GenerateDataKey"])
    assert (who(inventory), who(inventory, "write")) == ([], [ETL])


def test_who_names_the_key(inventory):
    inventory.role("etl", COMPUTE, OWN_KMS)
    lake(inventory)
    assert who(inventory) == [ETL]


def test_an_aws_managed_key_names_nobody(inventory):
    inventory.bucket("lake", key=None)
    everybody = allow("kms:*", to="*", when={"StringEquals": {"kms:CallerAccount": DATA}})
    inventory.key("m1", everybody, key_manager="AWS", alias="alias/aws/s3")
    inventory.s3_account(DATA)
    assert who(inventory) == []


def test_an_account_stands_for_itself_and_for_whom_its_policies_allow(inventory):
    inventory.role("etl", COMPUTE, ALL)
    inventory.user("ann", COMPUTE, allow("s3:Get*", "arn:aws:s3:::la*"))
    inventory.role("idle", COMPUTE, allow("s3:PutObject"))
    inventory.role("etl", AUDIT, ALL)
    lake(inventory, allow("s3:GetObject", f"{LAKE}/*", to=root(COMPUTE)))
    assert who(inventory) == sorted([root(COMPUTE), ETL, f"arn:aws:iam::{COMPUTE}:user/ann"])


def test_an_organization_stands_for_itself_and_its_members(inventory):
    for account in (DATA, COMPUTE, AUDIT, OUTSIDE):
        inventory.role("etl", account, ALL)
    inventory.organization({DATA: "data", COMPUTE: "work", AUDIT: ""})
    inside = {"StringEquals": {"aws:PrincipalOrgID": ORG}}
    lake(inventory, allow("s3:GetObject", f"{LAKE}/*", to="*", when=inside))
    assert who(inventory) == sorted([ORG_ARN, ETL, role(AUDIT, "etl")])
    (row,) = [row for row in inventory.paths() if row["principal_arn"] == ORG_ARN]
    assert (row["principal_account_id"], row["bucket_policy"]) == (None, "allow")


def test_another_organization_is_nobody_that_is_known(inventory):
    inventory.role("etl", COMPUTE, ALL)
    inventory.organization()
    other = {"StringEquals": {"aws:PrincipalOrgID": "o-other"}}
    lake(inventory, allow("s3:GetObject", f"{LAKE}/*", to="*", when=other))
    assert who(inventory) == []


def test_everybody_stands_for_himself_and_for_all_who_are_collected(inventory):
    inventory.role("etl", COMPUTE, ALL)
    inventory.role("own", DATA, ALL)
    lake(inventory, allow("s3:GetObject", f"{LAKE}/*", to="*"))
    assert who(inventory) == ["*", ETL]


def test_a_condition_on_accounts_leaves_those_of_everybody(inventory):
    inventory.role("etl", COMPUTE, ALL)
    inventory.role("etl", AUDIT, ALL)
    only = {"StringEquals": {"aws:PrincipalAccount": COMPUTE}}
    lake(inventory, allow("s3:GetObject", f"{LAKE}/*", to="*", when=only))
    assert who(inventory) == sorted([root(COMPUTE), ETL])


def test_a_canonical_user_is_his_account(inventory):
    inventory.role("etl", COMPUTE, ALL)
    inventory.s3_account(COMPUTE, canonical_id=CANONICAL)
    lake(inventory, allow("s3:GetObject", f"{LAKE}/*", to={"CanonicalUser": CANONICAL}))
    assert who(inventory) == sorted([root(COMPUTE), ETL])
    assert inventory.path()["bucket_policy"] == "allow"


def test_services_have_no_path(inventory):
    lake(inventory, allow("s3:*", "*", to={"Service": "cloudtrail.amazonaws.com"}))
    assert inventory.paths() == []


def test_who_is_of_the_account_of_bucket_and_key_crosses_nothing(inventory):
    inventory.role("own", DATA, OWN_S3, OWN_KMS)
    lake(inventory, allow("s3:*", "*", to=[role(DATA, "own"), root(DATA)]))
    assert inventory.paths() == []


def test_under_a_central_account_s_key_the_own_account_crosses_too(inventory):
    central = inventory.key("c1", allow(KEY_USE, to=[root(DATA), root(AUDIT)]), account=AUDIT)
    inventory.bucket("lake", key=central)
    inventory.role("reader", DATA, allow("s3:GetObject", "*"), allow("kms:Decrypt", "*"))
    inventory.role("other", DATA, allow("s3:GetObject", "arn:aws:s3:::else/*"))
    inventory.role("keeper", AUDIT, ALL)
    inventory.s3_account(DATA)
    assert who(inventory) == sorted([root(DATA), role(DATA, "reader")])
    row = inventory.path(role(DATA, "reader"))
    assert (row["bucket_account_id"], row["key_account_id"], row["verdict"]) == (DATA, AUDIT, "allowed")
    assert row["public_access_block"] == "not_applicable"


def test_a_central_key_that_does_not_let_the_account_in(inventory):
    central = inventory.key("c1", allow("kms:*", to=root(AUDIT)), account=AUDIT)
    inventory.bucket("lake", key=central)
    arn = inventory.role("reader", DATA, allow("s3:GetObject", f"{LAKE}/*"), allow("kms:Decrypt", central))
    inventory.s3_account(DATA)
    assert inventory.path(arn)["blocked_by"] == ["key_policy"]
    assert key("c1", AUDIT) == central


def test_access_points_have_candidates_of_their_own(inventory):
    objects = f"{POINT}/object/*"
    inventory.role("etl", COMPUTE, allow("s3:GetObject", objects))
    inventory.role("reader", AUDIT)
    lake(inventory)
    inventory.access_point(allow("s3:GetObject", objects, to=role(AUDIT, "reader")))
    assert who(inventory, point=POINT) == sorted([ETL, role(AUDIT, "reader")])
    assert who(inventory) == []


def test_paths_are_in_order_and_once_each(inventory):
    for account in (AUDIT, COMPUTE):
        inventory.role("etl", account, OWN_S3, OWN_KMS)
    lake(inventory, allow("s3:*", f"{LAKE}/*", to=["*", ETL, root(COMPUTE)]), on_key=[allow("kms:*", to="*")])
    inventory.bucket("another", allow("s3:*", "arn:aws:s3:::another/*", to=ETL))
    rows = inventory.paths()
    keys = [(row["bucket_arn"], row["access"], row["principal_arn"]) for row in rows]
    assert len(keys) == len(set(keys)) and keys == sorted(keys)
