"""What would open a blocked path: the statements, put where they belong, really do."""

from __future__ import annotations

import json

import pytest

from collector.access.hops import Hops
from collector.access.paths import paths
from collector.access.remedy import obstacles, remedies
from tests.access.simulated import decisions
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
    ON_KEY,
    ORG,
    ORG_ARN,
    OWN_KMS,
    OWN_S3,
    POINT,
    SOMETIMES,
    USE,
    allow,
    deny,
    role,
    root,
)

THROUGH_S3 = {
    "StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"},
    "StringLike": {"kms:EncryptionContext:aws:s3:arn": [LAKE, f"{LAKE}/*"]},
}


def found(inventory, who=ETL, access="read", point=None):
    world = inventory.world()
    (path,) = [
        path
        for path in paths(world, Hops(world))
        if (path.who.arn, path.access, path.via) == (who, access, None)
        and (path.point.door.arn if path.point else None) == point
    ]
    return path


def added(path):
    return [{"leg": each.leg, "statement": each.statement} for each in remedies(path)]


def apply(inventory, path):
    """Put the statements where they belong."""
    for each in remedies(path):
        statement = json.dumps(each.statement).replace("'", "''")
        append = (
            "json_merge_patch({0}, json_object('Statement', list_append({0}->'$.Statement[*]', '{1}'::json)))"
        )
        if each.leg == "key_policy":
            text = append.format("policy_text::json", statement)
            inventory.ask(
                f"update aws_kms_key_policies set policy_text = {text} where key_arn = '{path.key.arn}'"
            )
        elif each.leg.endswith("identity"):
            account, name = path.who.account_id, f"added {each.leg}"
            inventory._row(
                "aws_iam_role_policies",
                account_id=account,
                role_arn=path.who.arn,
                policy_name=name,
                policy_text=json.dumps({"Version": "2012-10-17", "Statement": each.statement}),
            )
        else:
            there = inventory.ask("select policy from aws_s3_bucket_policies")
            if not there:
                inventory._row("aws_s3_bucket_policies", account_id=DATA, bucket_arn=LAKE, policy="{}")
                inventory.flush()
            old = json.loads(there[0][0])["Statement"] if there else []
            text = json.dumps({"Version": "2012-10-17", "Statement": [*old, each.statement]})
            inventory.ask(f"update aws_s3_bucket_policies set policy = '{text}'")
            inventory.ask("update aws_s3_buckets set has_policy = true, policy_is_public = false")


def build(inventory, own=(OWN_S3, OWN_KMS), bucket=(IN_BUCKET,), key=(DELEGATED, ON_KEY), **columns):
    inventory.shared(own=own, bucket=bucket, key=key, **columns)


BLOCKED = [
    {"own": []},
    {"own": [OWN_S3]},
    {"own": [OWN_KMS]},
    {"bucket": []},
    {"key": [DELEGATED]},
    {"own": [OWN_S3], "bucket": [], "key": [DELEGATED]},
    {"own": [allow(USE, f"{LAKE}/a/*"), OWN_KMS], "bucket": [allow(USE, f"{LAKE}/b/*", to=ETL)]},
    {"own": [allow(USE, [f"{LAKE}/a/*", f"{LAKE}/b/*"]), OWN_KMS], "bucket": []},
    {"key": [DELEGATED], "bucket_key_enabled": False},
    {"key": [DELEGATED, allow("kms:Decrypt", to=ETL, when={"StringEquals": {"kms:ViaService": "x"}})]},
    {"own": [OWN_S3], "algorithm": "AES256", "bucket": []},
    {"bucket": [IN_BUCKET, deny("s3:*", f"{LAKE}/secret/*", to="*")], "key": [DELEGATED]},
]


@pytest.mark.parametrize(
    ("given", "access"), list(zip(BLOCKED, ["read", "write"] * len(BLOCKED), strict=False))
)
def test_the_statements_open_the_path(inventory, given, access):
    build(inventory, **given)
    inventory.grant(KEY, role(COMPUTE, "other"))
    inventory.role("other", COMPUTE)
    inventory.organization(scps={COMPUTE: [deny("iam:*")]}, rcps={DATA: [deny("s3:Put*Acl", to="*")]})
    path = found(inventory, access=access)
    assert path.legs.verdict == "blocked" and not obstacles(path)
    assert [each.leg for each in remedies(path)] == path.row()["blocked_by"]
    assert set(decisions(inventory.ask, path.row(), added(path))) == {"allowed"}
    apply(inventory, path)
    assert found(inventory, access=access).legs.verdict == "allowed"


def test_where_they_belong_and_what_they_say(inventory):
    build(inventory, own=[], bucket=[allow("s3:ListBucket", LAKE, to=ETL)], key=[DELEGATED])
    inventory.grant(KEY, ETL, ["Encrypt"])
    inventory.role("namer", COMPUTE, OWN_S3)
    told = {
        each.leg: (each.where, each.statement) for each in remedies(found(inventory, role(COMPUTE, "namer")))
    }
    who, objects = role(COMPUTE, "namer"), [f"{LAKE}/*"]
    assert told == {
        "bucket_policy": (
            "bucket policy of lake",
            {"Effect": "Allow", "Principal": {"AWS": who}, "Action": "s3:GetObject", "Resource": objects},
        ),
        "key_policy": (
            f"key policy of {KEY}",
            {
                "Effect": "Allow",
                "Principal": {"AWS": who},
                "Action": "kms:Decrypt",
                "Resource": "*",
                "Condition": THROUGH_S3,
            },
        ),
        "kms_identity": (
            f"policies of {who}",
            {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": KEY, "Condition": THROUGH_S3},
        ),
    }


def test_writes_need_a_data_key(inventory):
    build(inventory, key=[DELEGATED])
    (each,) = remedies(found(inventory, access="write"))
    assert each.statement["Action"] == "kms:GenerateDataKey"


def test_an_open_path_needs_nothing(inventory):
    build(inventory)
    path = found(inventory)
    assert remedies(path) == []


def test_an_account_as_a_whole_is_let_in_by_its_root(inventory):
    build(inventory, bucket=[allow("s3:GetObject", f"{LAKE}/*", to=root(COMPUTE))], key=[DELEGATED])
    (each,) = remedies(found(inventory, root(COMPUTE)))
    assert each.statement["Principal"] == {"AWS": root(COMPUTE)}


def test_an_organization_is_let_in_by_its_id(inventory):
    inside = {"StringEquals": {"aws:PrincipalOrgID": ORG}}
    build(inventory, bucket=[allow("s3:GetObject", f"{LAKE}/*", to="*", when=inside)], key=[DELEGATED])
    inventory.organization()
    path = found(inventory, ORG_ARN)
    (each,) = remedies(path)
    assert each.statement["Principal"] == "*"
    assert each.statement["Condition"]["StringEquals"]["aws:PrincipalOrgID"] == [ORG]
    assert "kms:ViaService" in each.statement["Condition"]["StringEquals"]
    apply(inventory, path)
    assert found(inventory, ORG_ARN).legs.verdict == "allowed"


def test_behind_an_access_point_the_bucket_is_opened_only_through_it(inventory):
    objects = f"{POINT}/object/*"
    build(inventory, own=[allow("s3:GetObject", objects), OWN_KMS], bucket=[])
    inventory.access_point(allow("s3:PutObject", objects, to=ETL))
    bucket, point = remedies(found(inventory, point=POINT))
    assert (point.leg, point.where) == ("access_point_policy", f"policy of access point {POINT}")
    assert point.statement["Resource"] == [objects] and "Condition" not in point.statement
    assert (bucket.leg, bucket.statement["Resource"]) == ("bucket_policy", [f"{LAKE}/*"])
    assert bucket.statement["Condition"] == {"StringEquals": {"s3:DataAccessPointArn": POINT}}


def limited(*boundary):
    def make(inventory):
        inventory.role("etl", COMPUTE, OWN_S3, OWN_KMS, boundary=boundary)
        inventory.bucket("lake")
        inventory.key("k1", DELEGATED, ON_KEY)
        inventory.s3_account(DATA)

    return make


def bounded(**given):
    def make(inventory):
        build(inventory, bucket=[])
        inventory.organization(**given)

    return make


DENIED = deny("s3:*", f"{LAKE}/*", to="*", sid="Never")
OBSTACLES = [
    ("bucket_policy: arn:aws:s3:::lake, Never denies it", lambda i: build(i, bucket=[IN_BUCKET, DENIED])),
    ("s3_identity: own, No denies it", lambda i: build(i, own=[OWN_S3, OWN_KMS, deny("s3:*", sid="No")])),
    ("key_policy:", lambda i: build(i, key=[DELEGATED, ON_KEY, deny("kms:*", to=ETL)])),
    ("kms_identity:", lambda i: build(i, own=[OWN_S3, OWN_KMS, deny("kms:*")])),
    ("scp: scp-ou-work, a statement without Sid", bounded(scps={"ou-work": [deny("s3:*")]})),
    ("scp: it does not allow this", bounded(bare=["ou-work"])),
    ("s3_rcp: rcp-r-1", bounded(rcps={"r-1": [deny("s3:*", to="*")]})),
    ("kms_rcp: rcp-r-1", bounded(rcps={"r-1": [deny("kms:*", to="*")]})),
    ("permissions_boundary: it does not allow", limited(allow("s3:*"))),
    ("permissions_boundary: arn:aws:iam::222222222222:policy/limit-etl", limited(allow("*"), deny("kms:*"))),
    ("public_access_block:", lambda i: build(i, policy_is_public=True)),
    (
        "key_usable: the key is Disabled",
        lambda i: (build(i), i.ask("update aws_kms_keys set key_state='Disabled'")),
    ),
    ("key_usable: there is no such key", lambda i: (build(i), i.ask("delete from aws_kms_keys"))),
]


@pytest.mark.parametrize(("words", "make"), OBSTACLES, ids=[each[0] for each in OBSTACLES])
def test_what_no_statement_opens(inventory, words, make):
    make(inventory)
    path = found(inventory)
    assert path.legs.verdict == "blocked" and remedies(path) == []
    assert [each for each in obstacles(path) if each.startswith(words)]


def test_everybody_is_nobody_to_open_a_path_to(inventory):
    build(inventory, key=[DELEGATED, allow(KEY_USE, to="*")])
    path = found(inventory, "*")
    assert remedies(path) == [] and obstacles(path)[0].startswith("everybody is nobody")


def test_somebody_who_is_gone_needs_more_than_a_statement(inventory):
    gone = role(COMPUTE, "gone")
    build(inventory, bucket=[allow("s3:*", "*", to=gone)])
    path = found(inventory, gone)
    assert remedies(path) == [] and f"s3_identity: there is no {gone}" in obstacles(path)


def test_a_deny_of_somebody_else_s_stands_in_nobody_s_way(inventory):
    build(inventory, key=[DELEGATED, deny("kms:*", to=role(AUDIT, "x"))])
    assert [each.leg for each in remedies(found(inventory))] == ["key_policy"]


def test_a_statement_that_leaves_the_path_open_to_a_deny_says_so(inventory):
    build(inventory, bucket=[deny("s3:*", f"{LAKE}/*", to="*", when=SOMETIMES)])
    path = found(inventory)
    assert path.legs.conditions or not remedies(path)
