"""The demonstration's organization as any AWS client sees it."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from collector.demo.estate import Estate, seed
from collector.demo.estate.organization import ANALYTICS, AUDIT, COMPUTE, DATA, MANAGEMENT, SANDBOX, STRANGER
from collector.demo.server import FakeAws

READER = "audit/keyreach-reader"
EU = "eu-west-1"


def assumed(aws: FakeAws, estate: Estate, account_id: str) -> Any:
    """A boto3 session of the reader role, reached the way the sync reaches it."""
    with aws.as_caller(estate.caller_account, estate.caller_user):
        answer = boto3.client("sts").assume_role(
            RoleArn=f"arn:aws:iam::{account_id}:role/{READER}",
            RoleSessionName="test",
            ExternalId="keyreach-demo",
        )["Credentials"]
    return boto3.Session(
        answer["AccessKeyId"], answer["SecretAccessKey"], answer["SessionToken"], "us-east-1"
    )


def key_of(aws: FakeAws, estate: Estate, name: str) -> dict[str, Any]:
    """DescribeKey's answer about a key of the estate."""
    _, _, _, region, account_id, _ = estate.keys[name].split(":")
    answer = aws.client("kms", account_id, region).describe_key(KeyId=estate.keys[name])
    return dict(answer["KeyMetadata"])


def code_of(call: Any, **params: Any) -> str:
    """The error code that a call fails with."""
    with pytest.raises(ClientError) as caught:
        call(**params)
    return str(caught.value.response["Error"]["Code"])


def test_twice_the_same(estate: Estate) -> None:
    with FakeAws() as again:
        assert seed(again) == estate


def test_an_inner_fake_aws_leaves_the_outer_one_as_it_was(aws: FakeAws, estate: Estate) -> None:
    with FakeAws() as inner:
        assert inner.client("kms", DATA).list_keys()["Keys"] == []
        assert inner.client("s3", DATA).list_buckets()["Buckets"] == []
    assert key_of(aws, estate, "lake")["KeyManager"] == "CUSTOMER"


def test_the_accounts_and_their_units(aws: FakeAws, estate: Estate) -> None:
    client = aws.client("organizations", MANAGEMENT)
    accounts = {account["Name"]: account for account in client.list_accounts()["Accounts"]}
    assert {name: account["Id"] for name, account in accounts.items()} == estate.accounts
    assert [name for name, account in accounts.items() if account["State"] != "ACTIVE"] == ["old-shop"]
    assert accounts["management"]["Paths"][0].startswith(f"{estate.organization_id}/r-")
    assert accounts["data-lake"]["Paths"][0].count("/ou-") == 2


@pytest.mark.parametrize("kind", ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"])
def test_policies_from_above(aws: FakeAws, kind: str) -> None:
    client = aws.client("organizations", MANAGEMENT)
    policies = client.list_policies(Filter=kind)["Policies"]
    assert sum(not policy["AwsManaged"] for policy in policies) == 2
    bound = client.list_policies_for_target(TargetId=ANALYTICS, Filter=kind)["Policies"]
    assert {"stay-inside", "no-strangers"} & {policy["Name"] for policy in bound}
    assert client.list_policies(Filter="S3_POLICY")["Policies"] == []


def test_two_regions_are_on_and_one_is_not(aws: FakeAws) -> None:
    ec2 = aws.client("ec2", DATA)
    assert {region["RegionName"] for region in ec2.describe_regions()["Regions"]} == {"us-east-1", EU}
    every = ec2.describe_regions(AllRegions=True)["Regions"]
    assert [r["RegionName"] for r in every if r["OptInStatus"] == "not-opted-in"] == ["ap-east-1"]


@pytest.mark.parametrize("account_id", [AUDIT, DATA, COMPUTE, ANALYTICS])
def test_the_reader_role_can_be_assumed(aws: FakeAws, estate: Estate, account_id: str) -> None:
    with aws.as_caller(estate.caller_account, estate.caller_user):
        session = assumed(aws, estate, account_id)
        identity = session.client("sts").get_caller_identity()
    assert identity["Account"] == account_id
    assert identity["Arn"].endswith("assumed-role/keyreach-reader/test")


def test_no_role_no_external_id_no_session(aws: FakeAws, estate: Estate) -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        assumed(aws, estate, SANDBOX)
    sts = aws.client("sts", MANAGEMENT)
    arn = f"arn:aws:iam::{DATA}:role/{READER}"
    assert code_of(sts.assume_role, RoleArn=arn, RoleSessionName="test") == "AccessDenied"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "lake",
            {"KeyManager": "CUSTOMER", "KeyState": "Enabled", "Origin": "AWS_KMS", "MultiRegion": False},
        ),
        (f"aws/s3 of {DATA}", {"KeyManager": "AWS", "KeyState": "Enabled"}),
        ("partner", {"Origin": "EXTERNAL", "KeyState": "Enabled", "ExpirationModel": "KEY_MATERIAL_EXPIRES"}),
        ("returns", {"Origin": "EXTERNAL", "KeyState": "PendingImport", "Enabled": False}),
        ("archive", {"Origin": "AWS_CLOUDHSM", "KeyState": "Unavailable"}),
        ("exports", {"KeyState": "PendingDeletion", "Enabled": False}),
        ("quarantine", {"KeyState": "Disabled", "Enabled": False}),
        ("signing", {"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"}),
        (
            "tokens",
            {"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC", "MacAlgorithms": ["HMAC_SHA_256"]},
        ),
    ],
)
def test_keys_are_what_aws_would_say(
    aws: FakeAws, estate: Estate, name: str, expected: dict[str, Any]
) -> None:
    key = key_of(aws, estate, name)
    assert {member: key.get(member) for member in expected} == expected
    assert "metadata" not in key


def test_a_replica_is_a_key_of_its_own(aws: FakeAws, estate: Estate) -> None:
    replica = key_of(aws, estate, "worldwide in the second region")
    primary = key_of(aws, estate, "worldwide")
    assert primary["KeyId"] == replica["KeyId"] and primary["Arn"] != replica["Arn"]
    assert primary["MultiRegionConfiguration"]["MultiRegionKeyType"] == "PRIMARY"
    assert replica["MultiRegionConfiguration"]["MultiRegionKeyType"] == "REPLICA"
    (alias,) = aws.client("kms", DATA, EU).list_aliases(KeyId=replica["KeyId"])["Aliases"]
    assert EU in alias["AliasArn"]


def test_the_custom_key_store_is_disconnected(aws: FakeAws) -> None:
    (store,) = aws.client("kms", DATA).describe_custom_key_stores()["CustomKeyStores"]
    assert (store["CustomKeyStoreType"], store["ConnectionState"]) == ("AWS_CLOUDHSM", "DISCONNECTED")
    assert aws.client("kms", AUDIT).describe_custom_key_stores()["CustomKeyStores"] == []


def test_rotation(aws: FakeAws, estate: Estate) -> None:
    kms = aws.client("kms", DATA)
    status = kms.get_key_rotation_status(KeyId=estate.keys["quarantine"])
    assert status["RotationPeriodInDays"] == 730 and status["NextRotationDate"] > key_date(aws, estate)
    assert kms.get_key_rotation_status(KeyId=estate.keys["events"])["KeyRotationEnabled"] is False
    assert (
        code_of(kms.get_key_rotation_status, KeyId=estate.keys["tokens"]) == "UnsupportedOperationException"
    )
    materials = kms.list_key_rotations(KeyId=estate.keys["lake"], IncludeKeyMaterial="ALL_KEY_MATERIAL")
    assert [m["KeyMaterialState"] for m in materials["Rotations"]] == ["NON_CURRENT", "CURRENT"]
    assert materials["Rotations"][1]["KeyMaterialId"] == key_of(aws, estate, "lake")["CurrentKeyMaterialId"]


def key_date(aws: FakeAws, estate: Estate) -> Any:
    """When the quarantine key was made."""
    return key_of(aws, estate, "quarantine")["CreationDate"]


def test_grants_come_in_pages(aws: FakeAws, estate: Estate) -> None:
    pages = aws.client("kms", DATA).get_paginator("list_grants")
    grants = [
        grant
        for page in pages.paginate(KeyId=estate.keys["lake"], PaginationConfig={"PageSize": 1})
        for grant in page["Grants"]
    ]
    assert {grant["Name"] for grant in grants} == {"migration-2024", "etl", "notebooks"}
    assert any(STRANGER in grant["GranteePrincipal"] for grant in grants)
    assert all(grant["IssuingAccount"] == f"arn:aws:iam::{DATA}:root" for grant in grants)


def test_a_key_policy_can_shut_the_reader_out(aws: FakeAws, estate: Estate) -> None:
    with aws.as_caller(estate.caller_account, estate.caller_user):
        kms = assumed(aws, estate, AUDIT).client("kms")
        listed = {key["KeyArn"] for key in kms.list_keys()["Keys"]}
        assert estate.keys["forensics"] in listed
        for call in (kms.describe_key, kms.get_key_rotation_status, kms.list_grants):
            assert code_of(call, KeyId=estate.keys["forensics"]) == "AccessDeniedException"
        assert kms.describe_key(KeyId=estate.keys["logs"])["KeyMetadata"]["KeyState"] == "Enabled"


def test_the_article_in_three_buckets(aws: FakeAws, estate: Estate) -> None:
    etl = f"arn:aws:iam::{COMPUTE}:role/etl"
    s3, kms = aws.client("s3", DATA), aws.client("kms", DATA)
    for name in ("acme-lake-curated", "acme-lake-reports", "acme-lake-events"):
        policy = json.loads(s3.get_bucket_policy(Bucket=name)["Policy"])
        assert any(s["Principal"] == {"AWS": etl} for s in policy["Statement"] if s["Effect"] == "Allow")
    assert etl in kms.get_key_policy(KeyId=estate.keys["lake"], PolicyName="default")["Policy"]
    assert etl not in kms.get_key_policy(KeyId=estate.keys["events"], PolicyName="default")["Policy"]
    assert "KMSMasterKeyID" not in default_of(aws, "acme-lake-reports")["ApplyServerSideEncryptionByDefault"]


def default_of(aws: FakeAws, bucket: str, account_id: str = DATA) -> dict[str, Any]:
    """A bucket's encryption rule."""
    answer = aws.client("s3", account_id).get_bucket_encryption(Bucket=bucket)
    return dict(answer["ServerSideEncryptionConfiguration"]["Rules"][0])


def test_default_encryption_as_stored(aws: FakeAws, estate: Estate) -> None:
    landing = default_of(aws, "acme-lake-landing")
    assert landing["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"] == "alias/lake"
    assert landing["BlockedEncryptionTypes"]["EncryptionType"] == ["NONE"]
    logs = default_of(aws, "acme-compute-logs", COMPUTE)
    assert logs["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert logs["BlockedEncryptionTypes"]["EncryptionType"] == ["SSE-C"]
    notebooks = default_of(aws, "acme-notebooks", ANALYTICS)["ApplyServerSideEncryptionByDefault"]
    assert notebooks["KMSMasterKeyID"] == estate.keys["lake"]
    assert default_of(aws, "acme-lake-events")["BucketKeyEnabled"] is False


def test_buckets_are_listed_in_pages_with_their_regions(aws: FakeAws, estate: Estate) -> None:
    pages = aws.client("s3", DATA).get_paginator("list_buckets").paginate(PaginationConfig={"PageSize": 2})
    regions = {bucket["Name"]: bucket["BucketRegion"] for page in pages for bucket in page["Buckets"]}
    assert set(regions) == {name for name, owner in estate.buckets.items() if owner == DATA}
    assert [name for name, region in regions.items() if region == EU] == ["acme-lake-replica"]


def test_replication_speaks_of_kms(aws: FakeAws, estate: Estate) -> None:
    answer = aws.client("s3", DATA).get_bucket_replication(Bucket="acme-lake-curated")
    (rule,) = answer["ReplicationConfiguration"]["Rules"]
    assert rule["SourceSelectionCriteria"]["SseKmsEncryptedObjects"]["Status"] == "Enabled"
    replica_key = rule["Destination"]["EncryptionConfiguration"]["ReplicaKmsKeyID"]
    assert replica_key == estate.keys["worldwide in the second region"]


def test_the_access_point_is_in_its_region_only(aws: FakeAws) -> None:
    here, there = (aws.client("s3control", DATA, region) for region in ("us-east-1", EU))
    (point,) = here.list_access_points(AccountId=DATA)["AccessPointList"]
    assert (point["Name"], point["BucketAccountId"]) == ("curated-analytics", DATA)
    assert there.list_access_points(AccountId=DATA)["AccessPointList"] == []
    status = here.get_access_point_policy_status(AccountId=DATA, Name=point["Name"])
    assert status["PolicyStatus"]["IsPublic"] is False


def test_identities(aws: FakeAws) -> None:
    answer = aws.client("iam", ANALYTICS).get_account_authorization_details()
    roles = {role["RoleName"]: role for role in answer["RoleDetailList"]}
    assert roles["reporter"]["PermissionsBoundary"]["PermissionsBoundaryArn"].endswith("boundary-s3-only")
    data = aws.client("iam", DATA).get_account_authorization_details()
    assert {user["UserName"] for user in data["UserDetailList"]} == {"alice", "bob"}
    attached = {policy["Arn"] for policy in data["Policies"]}
    assert "arn:aws:iam::aws:policy/AdministratorAccess" in attached
