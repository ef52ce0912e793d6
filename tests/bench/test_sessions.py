"""Who makes a call: keys, sessions, clocks and signatures."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from botocore.exceptions import ClientError

from bench.endpoint import READER
from bench.endpoint.answers import OPERATIONS
from bench.endpoint.answers.call import Call
from bench.endpoint.credentials import Keyring
from bench.endpoint.refusal import Refusal
from bench.endpoint.resources import buckets
from tests.bench.callers import ESTATE, HOME, OFF, client

ROLE = f"arn:aws:iam::{ESTATE.account_id(1)}:role/{READER}"


def assume(endpoint, role=ROLE, **params):
    answer = client(endpoint, "sts").assume_role(RoleArn=role, RoleSessionName="collector", **params)
    return answer["Credentials"]


def code(call, **params):
    with pytest.raises(ClientError) as error:
        call(**params)
    return error.value.response["Error"]["Code"]


def calls(endpoint, **who):
    """One read in every protocol, as somebody."""
    bucket = buckets.bucket_name(ESTATE, who.pop("of", 0), 0)
    return {
        "query": client(endpoint, "iam", **who).list_users,
        "json": client(endpoint, "kms", **who).list_keys,
        "ec2": client(endpoint, "ec2", **who).describe_regions,
        "rest-xml": lambda: client(endpoint, "s3", **who).get_bucket_acl(Bucket=bucket),
    }


def test_the_caller_is_a_user_of_the_management_account(endpoint):
    answer = client(endpoint, "sts").get_caller_identity()
    assert answer["Account"] == ESTATE.management
    assert answer["Arn"] == f"arn:aws:iam::{ESTATE.management}:user/auditor"


def test_a_session_is_of_the_account_of_its_role(endpoint):
    session = assume(endpoint, DurationSeconds=900)
    assert 890 < session["Expiration"].timestamp() - time.time() <= 900
    answer = client(endpoint, "sts", credentials=session).get_caller_identity()
    assert answer["Account"] == ESTATE.account_id(1)
    assert answer["Arn"].endswith(":assumed-role/keyreach-reader/collector")
    names = [
        bucket["Name"] for bucket in client(endpoint, "s3", credentials=session).list_buckets()["Buckets"]
    ]
    assert names[0] == buckets.bucket_name(ESTATE, 1, 0)
    assert assume(endpoint)["AccessKeyId"] != session["AccessKeyId"]


@pytest.mark.parametrize(
    "role",
    [
        ROLE.replace(READER, "service-role/orders-service-00010"),
        ROLE.replace(ESTATE.account_id(1), "123456789012"),
        ROLE.replace(ESTATE.account_id(1), ESTATE.account_id(3)),
    ],
    ids=["trusts others", "unknown account", "suspended account"],
)
def test_other_roles_may_not_be_assumed(endpoint, role):
    assert code(assume, endpoint=endpoint, role=role) == "AccessDenied"


@pytest.mark.parametrize(
    "estate, params, refused",
    [
        (replace(ESTATE, external_id="secret"), {}, True),
        (replace(ESTATE, external_id="secret"), {"ExternalId": "other"}, True),
        (replace(ESTATE, external_id="secret"), {"ExternalId": "secret"}, False),
        (replace(ESTATE, closed=(1,)), {}, True),
        (replace(ESTATE, closed=(2,)), {}, False),
    ],
)
def test_the_trust_may_demand_more(estate, params, refused):
    keyring = Keyring(estate)
    caller = keyring.identify(keyring.of_user(0)[0], "")
    params = {"RoleArn": ROLE, "RoleSessionName": "collector", **params}
    call = Call(estate, keyring, caller, "sts", "AssumeRole", "query", HOME, params, time.time())
    if refused:
        with pytest.raises(Refusal) as error:
            OPERATIONS["sts"]["AssumeRole"](call)
        assert (error.value.code, error.value.status) == ("AccessDenied", 403)
    else:
        assert OPERATIONS["sts"]["AssumeRole"](call)["Credentials"]["AccessKeyId"].startswith("ASIA")


def test_members_are_not_told_about_the_organization(endpoint):
    organizations = client(endpoint, "organizations", account=1)
    assert organizations.describe_organization()["Organization"]["MasterAccountId"] == ESTATE.management
    assert code(organizations.list_accounts) == "AccessDeniedException"


def test_sessions_end(endpoint):
    session = assume(endpoint)
    who = {"credentials": session, "of": 1}
    assert all(call() for call in calls(endpoint, **who).values())
    endpoint.change(token_seconds=0.001)
    assert {kind: code(call) for kind, call in calls(endpoint, **who).items()} == {
        "query": "ExpiredToken",
        "json": "ExpiredTokenException",
        "ec2": "RequestExpired",
        "rest-xml": "ExpiredToken",
    }
    assert all(call() for call in calls(endpoint).values()), "the caller's own keys do not expire"


def test_clocks_may_differ_by_five_minutes(endpoint):
    endpoint.change(clock_offset=240)
    assert all(call() for call in calls(endpoint).values())
    endpoint.change(clock_offset=360)
    assert {kind: code(call) for kind, call in calls(endpoint).items()} == {
        "query": "SignatureDoesNotMatch",
        "json": "InvalidSignatureException",
        "ec2": "RequestExpired",
        "rest-xml": "RequestTimeTooSkewed",
    }
    with pytest.raises(ClientError, match="Signature expired") as error:
        client(endpoint, "kms").list_keys()
    date = error.value.response["ResponseMetadata"]["HTTPHeaders"]["date"]
    ahead = time.mktime(time.strptime(date, "%a, %d %b %Y %H:%M:%S GMT")) - time.mktime(time.gmtime())
    assert ahead == pytest.approx(360, abs=2)


def test_unknown_keys_are_refused_in_every_protocol(endpoint):
    nobody = {"AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "SecretAccessKey": "x", "SessionToken": None}
    assert {kind: code(call) for kind, call in calls(endpoint, credentials=nobody).items()} == {
        "query": "InvalidClientTokenId",
        "json": "UnrecognizedClientException",
        "ec2": "AuthFailure",
        "rest-xml": "InvalidAccessKeyId",
    }
    session = assume(endpoint)
    forged = {**session, "SessionToken": session["SessionToken"].replace("I", "J", 2)}
    assert code(client(endpoint, "kms", credentials=forged).list_keys) == "UnrecognizedClientException"


def test_signatures_are_checked_if_asked_for(endpoint):
    endpoint.change(verify=True)
    assert all(call() for call in calls(endpoint).values())
    assert all(call() for call in calls(endpoint, credentials=assume(endpoint), of=1).values())
    client(endpoint, "s3control").list_access_points(AccountId=ESTATE.management)
    access_key, _ = Keyring(ESTATE).of_user(0)
    wrong = {"AccessKeyId": access_key, "SecretAccessKey": "wrong", "SessionToken": None}
    assert {kind: code(call) for kind, call in calls(endpoint, credentials=wrong).items()} == {
        "query": "SignatureDoesNotMatch",
        "json": "InvalidSignatureException",
        "ec2": "AuthFailure",
        "rest-xml": "SignatureDoesNotMatch",
    }


def test_regions_that_are_off_refuse_the_account(endpoint):
    regions = client(endpoint, "ec2").describe_regions(AllRegions=True)["Regions"]
    states = {region["RegionName"]: region["OptInStatus"] for region in regions}
    assert states[OFF] == "not-opted-in"
    enabled = {name for name, state in states.items() if state != "not-opted-in"}
    assert enabled == set(ESTATE.enabled_regions)
    assert {r["RegionName"] for r in client(endpoint, "ec2").describe_regions()["Regions"]} == enabled
    assert code(client(endpoint, "kms", OFF).list_keys) == "UnrecognizedClientException"
    assert code(client(endpoint, "sts", OFF).get_caller_identity) == "InvalidClientTokenId"
    assert code(client(endpoint, "s3", OFF).list_buckets) == "InvalidAccessKeyId"
