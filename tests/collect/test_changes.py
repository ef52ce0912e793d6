"""Which scopes an event may have changed."""

import json
import re
from datetime import UTC, datetime

import pytest
from botocore.session import get_session

from collector.collect.changes import _OF_ACCESS_POINTS, _OF_BUCKETS, MalformedError, changed, read
from tests.collect.events import ACCOUNT, by_sns, event


def scopes(body):
    found = changed(read(body))
    return None if found is None else {f"{s.service}/{s.account_id}/{s.region}" for s in found}


KMS, S3, IAM = f"kms/{ACCOUNT}/us-east-1", f"s3/{ACCOUNT}/global", f"iam/{ACCOUNT}/global"
REGIONS = f"ec2/{ACCOUNT}/global"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (event("CreateGrant"), {KMS}),
        (event("PutKeyPolicy"), {KMS}),
        (event("ReplicateKey", requestParameters={"replicaRegion": "us-west-2"}), {KMS, KMS[:-6] + "west-2"}),
        (
            event(
                "UpdatePrimaryRegion", requestParameters={"keyId": "mrk-1", "primaryRegion": "ap-northeast-1"}
            ),
            {KMS, f"kms/{ACCOUNT}/ap-northeast-1"},
        ),
        (event("PutBucketPolicy", "s3"), {S3}),
        (event("CreateBucket", "s3", region="eu-west-1"), {S3}),
        (event("PutBucketPublicAccessBlock", "s3"), {S3}),
        (event("PutAccountPublicAccessBlock", "s3"), {S3}),
        (event("PutBucketObjectLockConfiguration", "s3"), {S3}),
        (event("PutAccessPointPolicy", "s3", region="eu-west-1"), {f"s3/{ACCOUNT}/eu-west-1"}),
        (event("DeleteAccessPoint", "s3"), {f"s3/{ACCOUNT}/us-east-1"}),
        (event("AttachRolePolicy", "iam"), {IAM}),
        (event("MoveAccount", "organizations"), {f"organizations/{ACCOUNT}/global"}),
        (
            event("EnableRegion", "account", requestParameters={"regionName": "ap-east-1"}),
            {REGIONS, f"kms/{ACCOUNT}/ap-east-1", f"s3/{ACCOUNT}/ap-east-1"},
        ),
        (by_sns(event("CreateGrant")), {KMS}),
    ],
)
def test_a_change_names_the_scopes_that_it_touched(body, expected):
    assert scopes(body) == expected


@pytest.mark.parametrize(
    "body",
    [
        event("Decrypt", readOnly=True),
        event("Decrypt"),
        event("GenerateDataKeyWithoutPlaintext"),
        event("ListGrants"),
        event("CreateGrant", errorCode="AccessDenied", errorMessage="no"),
        event("GetBucketPolicy", "s3", readOnly=True),
        event("PutObject", "s3", eventCategory="Data", managementEvent=False),
        event("PutObject", "s3"),
        event("CreateJob", "s3"),
        event("GetRole", "iam"),
        event("AssumeRole", "sts", readOnly=True),
        event("ConsoleLogin", "signin"),
        event("PutContactInformation", "account"),
    ],
)
def test_reads_failures_and_what_is_about_data_change_nothing(body):
    assert scopes(body) == set()


@pytest.mark.parametrize("body", [event("RunInstances", "ec2"), event("PutItem", "nothing-of-ours")])
def test_sources_from_which_no_table_is_filled_are_told_apart(body):
    assert scopes(body) is None


def test_events_that_aws_makes_itself_count_too():
    message = json.loads(event("RotateKey", eventType="AwsServiceEvent", requestParameters=None))
    message["detail-type"] = "AWS Service Event via CloudTrail"
    assert scopes(json.dumps(message)) == {KMS}


def test_a_region_is_switched_on_when_its_status_says_so():
    """https://docs.aws.amazon.com/accounts/latest/reference/monitoring-eventbridge.html"""
    message = {
        "version": "0",
        "id": "11112222-3333-4444-5555-666677778888",
        "detail-type": "Region Opt-In Status Change",
        "source": "aws.account",
        "account": "123456789012",
        "time": "2020-09-30T06:51:08Z",
        "region": "us-east-1",
        "resources": ["arn:aws:account::123456789012:account"],
        "detail": {"accountId": ACCOUNT, "regionName": "ap-east-1", "status": "ENABLED"},
    }
    expected = {REGIONS, f"kms/{ACCOUNT}/ap-east-1", f"s3/{ACCOUNT}/ap-east-1"}
    assert scopes(json.dumps(message)) == expected


def test_events_from_elsewhere_are_not_of_cloudtrail():
    message = {**json.loads(event("x")), "detail-type": "Object Created", "source": "aws.s3"}
    assert changed(read(json.dumps(message))) is None


def test_account_and_time_are_the_events():
    found = read(event("CreateKey", at=datetime(2026, 7, 1, 12, tzinfo=UTC)))
    assert (found.account_id, found.time) == (ACCOUNT, datetime(2026, 7, 1, 12, tzinfo=UTC))
    message = json.loads(event("CreateKey"))
    del message["account"], message["region"]
    assert scopes(json.dumps(message)) == {KMS}


def altered(**changes):
    message = json.loads(event("CreateKey"))
    for key, value in changes.items():
        holder = message["detail"] if key in message["detail"] else message
        holder[key] = value
    return json.dumps(message)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "null",
        "[]",
        '"text"',
        "1" * 5000,
        "[" * 100_000,
        "{}",
        '{"Type": "Notification"}',
        '{"Type": "Notification", "Message": {"a": 1}}',
        altered(detail=None),
        altered(detail="text"),
        altered(account="1111"),
        altered(account="١١١١٢٢٢٢٣٣٣٣"),
        altered(account=111122223333),
        altered(account="111122223333/../x"),
        altered(region="us-east-1/x"),
        altered(region=["us-east-1"]),
        altered(eventName=None),
        altered(eventName="\x1b[31m"),
        altered(eventSource=["kms.amazonaws.com"]),
        altered(eventSource="kms\n.amazonaws.com"),
        altered(eventTime="yesterday"),
        altered(eventTime="2026-07-01T12:00:00"),
        altered(eventTime=5),
        altered(requestParameters="text"),
        altered(requestParameters={"replicaRegion": {"a": 1}}),
    ],
)
def test_whatever_else_a_message_holds_is_malformed(body):
    with pytest.raises(MalformedError):
        read(body)


@pytest.mark.parametrize("service", ["s3", "s3control"])
def test_every_write_to_a_bucket_is_told_by_its_name(service):
    """CloudTrail names them as the API does, or with `Bucket` or `Account` put in."""
    model = get_session().get_service_model(service)
    names = [name for name in model.operation_names if re.match("Create|Put|Delete|Update", name)]
    of_buckets = []
    for name in names:
        shape = model.operation_model(name).input_shape
        if shape and "Bucket" in shape.members and not re.search("Object(?!Lock)|Multipart|Session", name):
            of_buckets.append(name)
    assert "PutBucketPolicy" in of_buckets
    assert [n for n in of_buckets if not (_OF_BUCKETS.search(n) or _OF_ACCESS_POINTS.search(n))] == []
