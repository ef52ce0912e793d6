"""What the requests behind an access carry: decided by conditions on paths."""

from __future__ import annotations

import pytest

from tests.access.words import (
    COMPUTE,
    DATA,
    DELEGATED,
    ETL,
    KEY,
    KEY_USE,
    LAKE,
    ON_KEY,
    ORG,
    OUTSIDE,
    OWN_KMS,
    OWN_S3,
    POINT,
    REGION,
    USE,
    allow,
    deny,
)

CONTEXT = "kms:EncryptionContext:aws:s3:arn"
OWN_POINT = allow("s3:GetObject", f"{POINT}/object/*")


def keyed(inventory, when, access="read", **columns):
    """The leg and the verdict, where the key's policy has a condition."""
    inventory.shared(key=[DELEGATED, allow(KEY_USE, to=ETL, when=when)], **columns)
    row = inventory.path(access=access)
    return row["key_policy"], row["verdict"]


TRUE_OF_KMS = [
    {"StringEquals": {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}},
    {"Bool": {"aws:ViaAWSService": "true"}},
    {"StringEquals": {"kms:CallerAccount": COMPUTE}},
    {"StringEquals": {"kms:KeySpec": "SYMMETRIC_DEFAULT", "kms:KeyUsage": "ENCRYPT_DECRYPT"}},
    {"StringEquals": {"kms:KeyOrigin": "AWS_KMS"}},
    {"Bool": {"kms:MultiRegion": "false"}},
    {"ArnEquals": {"aws:PrincipalArn": ETL}},
    {"StringEquals": {"aws:ResourceAccount": DATA}},
    {"Bool": {"aws:SecureTransport": "true"}},
    {"Null": {"aws:SourceArn": "true"}},
    {"StringNotEquals": {"aws:SourceAccount": OUTSIDE}},
    {"StringEqualsIfExists": {"aws:SourceAccount": OUTSIDE}},
]


def each(inventory, conditions):
    """The leg and the verdict for each condition, every one on a key of its own."""
    inventory.role("etl", COMPUTE, allow(USE), allow(KEY_USE))
    inventory.s3_account(DATA)
    for number, when in enumerate(conditions):
        arn = inventory.key(f"k{number}", DELEGATED, allow(KEY_USE, to=ETL, when=when))
        inventory.bucket(f"b{number:02}", allow("s3:GetObject", "*", to=ETL), key=arn)
    rows = [row for row in inventory.paths() if row["access"] == "read"]
    found = {row["bucket_arn"]: (row["key_policy"], row["verdict"]) for row in rows}
    return [(when, *found[arn]) for when, arn in zip(conditions, sorted(found), strict=True)]


def test_what_holds_for_the_request_to_kms(inventory):
    assert each(inventory, TRUE_OF_KMS) == [(when, "allow", "allowed") for when in TRUE_OF_KMS]


FALSE_OF_KMS = [
    {"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}},
    {"StringEquals": {"kms:ViaService": f"ec2.{REGION}.amazonaws.com"}},
    {"Bool": {"aws:ViaAWSService": "false"}},
    {"StringEquals": {"kms:CallerAccount": DATA}},
    {"StringEquals": {"aws:SourceAccount": COMPUTE}},
    {"Bool": {"kms:GrantIsForAWSResource": "true"}},
    {"StringEquals": {"aws:ResourceTag/team": "lake"}},
    {"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/lake"}},
    {"Bool": {"aws:SecureTransport": "false"}},
]


def test_what_does_not_hold_for_the_request_to_kms(inventory):
    assert each(inventory, FALSE_OF_KMS) == [(when, "none", "blocked") for when in FALSE_OF_KMS]


NOT_KNOWN = [
    {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}},
    {"StringEquals": {"aws:SourceVpce": "vpce-1"}},
    {"StringEquals": {"aws:CalledViaFirst": "s3.amazonaws.com"}},
    {"StringLike": {"aws:UserAgent": "*"}},
    {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
    {"DateLessThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}},
    {"StringEquals": {"kms:EncryptionContext:department": "x"}},
]


def test_what_is_not_known_of_the_request_to_kms(inventory):
    assert each(inventory, NOT_KNOWN) == [(when, "conditional", "conditional") for when in NOT_KNOWN]


TAGS = [
    ({"StringEquals": {"aws:ResourceTag/team": "lake"}}, "allow"),
    ({"StringEquals": {"aws:ResourceTag/team": "other"}}, "none"),
    ({"StringEquals": {"aws:ResourceTag/owner": "lake"}}, "none"),
    ({"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/lake3"}}, "allow"),
    ({"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/other"}}, "none"),
]


def test_tags_and_aliases_of_a_key_count_in_policies_of_identities(inventory):
    uses = []
    for number, (when, _) in enumerate(TAGS):
        arn = inventory.key(f"k{number}", ON_KEY, tags={"team": "lake"}, alias=f"alias/lake{number}")
        uses.append(allow("kms:Decrypt", arn, when=when))
        inventory.bucket(f"b{number}", allow("s3:GetObject", "*", to=ETL), key=arn)
    inventory.role("etl", COMPUTE, allow("s3:*"), *uses)
    inventory.s3_account(DATA)
    rows = [row for row in inventory.paths() if row["access"] == "read"]
    assert [row["kms_identity"] for row in rows] == [leg for _, leg in TAGS]


def test_tags_that_were_not_read_leave_it_open(inventory):
    inventory.shared(own=[OWN_S3, allow("kms:*", when={"StringEquals": {"aws:ResourceTag/team": "lake"}})])
    inventory.ask("update aws_kms_keys set tags = null")
    assert inventory.path()["kms_identity"] == "conditional"


WHOLE, OBJECTS = {"StringEquals": {CONTEXT: LAKE}}, {"StringLike": {CONTEXT: f"{LAKE}/*"}}
EITHER = {"StringLike": {CONTEXT: [LAKE, f"{LAKE}/*"]}}
CONTEXTS = [
    # condition, whether the bucket has a bucket key, access, leg, verdict
    (EITHER, True, "read", "allow", "allowed"),
    (EITHER, False, "write", "allow", "allowed"),
    (WHOLE, True, "write", "allow", "allowed"),
    (WHOLE, False, "write", "none", "blocked"),
    (OBJECTS, False, "write", "allow", "allowed"),
    (OBJECTS, True, "write", "none", "blocked"),
    (WHOLE, True, "read", "conditional", "conditional"),
    (WHOLE, False, "read", "conditional", "conditional"),
    (OBJECTS, True, "read", "conditional", "conditional"),
    (OBJECTS, None, "write", "conditional", "conditional"),
    ({"StringEquals": {CONTEXT: "arn:aws:s3:::other"}}, True, "read", "none", "blocked"),
]


@pytest.mark.parametrize(("when", "bucket_key", "access", "leg", "verdict"), CONTEXTS)
def test_the_encryption_context_with_and_without_bucket_key(
    inventory, when, bucket_key, access, leg, verdict
):
    found = keyed(inventory, when, access, bucket_key_enabled=bucket_key)
    assert found == (leg, verdict)


def test_a_context_that_differs_says_why(inventory):
    keyed(inventory, WHOLE)
    reasons = [each["reason"] for each in inventory.path()["conditions"]]
    assert any("bucket key" in reason for reason in reasons)


def test_a_grant_bound_to_the_bucket_s_context(inventory):
    inventory.shared(key=[DELEGATED])
    inventory.grant(KEY, ETL, Constraints={"EncryptionContextSubset": {"aws:s3:arn": LAKE}})
    row = inventory.path()
    assert (row["key_grant"], row["verdict"]) == ("conditional", "conditional")
    inventory.ask("delete from aws_kms_key_grants")
    inventory.grant(KEY, ETL, Constraints={"EncryptionContextSubset": {"aws:s3:arn": "arn:aws:s3:::else"}})
    assert (inventory.path()["key_grant"], inventory.path()["verdict"]) == ("none", "blocked")


def test_a_grant_with_a_source_arn_is_for_services_only(inventory):
    inventory.shared(key=[DELEGATED])
    inventory.grant(KEY, ETL, Constraints={"SourceArn": LAKE})
    assert inventory.path()["key_grant"] == "none"


S3 = [
    ({"StringEquals": {"aws:ResourceAccount": DATA}}, "allow"),
    ({"StringEquals": {"aws:ResourceOrgID": ORG}}, "allow"),
    ({"StringEquals": {"aws:ResourceOrgID": "o-other"}}, "none"),
    ({"Bool": {"aws:ViaAWSService": "false"}}, "allow"),
    ({"Null": {"aws:CalledVia": "true"}}, "allow"),
    ({"StringEquals": {"s3:DataAccessPointAccount": DATA}}, "none"),
    ({"ForAnyValue:StringLike": {"aws:ResourceOrgPaths": f"{ORG}/r-1/ou-data/*"}}, "allow"),
    ({"StringEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}}, "conditional"),
    ({"NumericLessThan": {"s3:TlsVersion": "1.2"}}, "none"),
]


def test_conditions_of_the_request_to_s3(inventory):
    reads = []
    for number, (when, _) in enumerate(S3):
        arn = inventory.bucket(f"b{number}", allow("s3:GetObject", "*", to=ETL), algorithm="AES256")
        reads.append(allow("s3:GetObject", f"{arn}/*", when=when))
    inventory.role("etl", COMPUTE, *reads)
    inventory.s3_account(DATA)
    inventory.organization()
    assert [row["s3_identity"] for row in inventory.paths()] == [leg for _, leg in S3]


THROUGH = [
    ({"StringEquals": {"s3:DataAccessPointAccount": DATA}}, "allow"),
    ({"StringEquals": {"s3:DataAccessPointAccount": COMPUTE}}, "none"),
    ({"ArnEquals": {"s3:DataAccessPointArn": POINT}}, "allow"),
    ({"ArnLike": {"s3:DataAccessPointArn": f"arn:aws:s3:*:{DATA}:accesspoint/*"}}, "allow"),
    ({"StringEquals": {"s3:AccessPointNetworkOrigin": "Internet"}}, "allow"),
    ({"StringEquals": {"s3:AccessPointNetworkOrigin": "VPC"}}, "none"),
]


@pytest.mark.parametrize(("when", "leg"), THROUGH)
def test_behind_an_access_point_its_keys_are_known(inventory, when, leg):
    inventory.shared(
        own=[OWN_POINT, OWN_KMS], bucket=[allow(USE, f"{LAKE}/*", to="*", when=when)], policy_is_public=False
    )
    inventory.access_point(allow("s3:GetObject", f"{POINT}/object/*", to=ETL))
    assert inventory.path(access_point_arn=POINT)["bucket_policy"] == leg


def test_resource_control_policies_follow_the_owner_of_bucket_and_key(inventory):
    inventory.shared()
    foreign = {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": ORG}}
    inventory.organization(rcps={DATA: [deny("*", to="*", when=foreign)]})
    assert inventory.path()["verdict"] == "allowed"
    inventory.ask(f"delete from aws_organizations_accounts where id = '{COMPUTE}'")
    row = inventory.path()
    assert (row["s3_rcp"], row["kms_rcp"]) == ("deny", "deny")
