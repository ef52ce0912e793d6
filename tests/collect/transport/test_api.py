"""Requests and answers are those of botocore's own client, which makes the expected ones here."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import parse_qsl, urlsplit

import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.config import Config
from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserFactory
from multidict import CIMultiDict

from collector.collect import registry
from collector.collect.table import ACCOUNT_ID
from collector.collect.transport.api import Api
from collector.collect.transport.boto3 import prepare
from collector.collect.transport.session import new_session

ACCOUNT = "111122223333"
KEYS = ReadOnlyCredentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "a+session/token==")
SAMPLES = {
    "Bucket": "My_old.bucket-1",
    "ChildId": "444455556666",
    "KeyId": "arn:aws:kms:eu-west-1:111122223333:key/mrk-1234",
    "Name": "point-1",
    "ParentId": "ou-ab12-12345678",
    "PolicyId": "p-12345678",
}
UNLIKE = {"user-agent", "amz-sdk-invocation-id", "amz-sdk-request", "content-length", "host", "authorization"}
"""Headers that say who asks, or that the connection adds."""
ENVIRONMENTS = {
    "plain": {},
    "FIPS": {"AWS_USE_FIPS_ENDPOINT": "true"},
    "dual-stack": {"AWS_USE_DUALSTACK_ENDPOINT": "true"},
    "custom": {"AWS_ENDPOINT_URL": "http://127.0.0.1:5000/base"},
    "one service's": {"AWS_ENDPOINT_URL_KMS": "https://kms.internal.example:8443"},
}
CALLS = {
    (call.service, call.operation): call
    for table in registry.tables()
    for made in table.calls
    for call in [table.made(made)]
}


def client_of(service, region):
    session = new_session()
    config = Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1})
    return session.create_client(
        service,
        region,
        aws_access_key_id=KEYS.access_key,
        aws_secret_access_key=KEYS.secret_key,
        aws_session_token=KEYS.token,
        config=config,
    )


def api_of(service, region="eu-west-1"):
    return Api(client_of(service, region), ResponseParserFactory(), "keyreach-test")


def params_of(call):
    fixed = {name: ACCOUNT if value is ACCOUNT_ID else value for name, value in call.params.items()}
    given = {name: SAMPLES[name] for name in call.given}
    return {**fixed, **given, **({call.over[0]: call.over[1][0]} if call.over else {})}


def sent_by_botocore(service, region, operation, params):
    """The request that botocore's client would send."""
    client = client_of(service, region)
    prepare(client)
    sent = []

    def catch(request, **_):
        sent.append(request)
        return AWSResponse(request.url, 500, {}, None)

    client.meta.events.register_last("before-send", catch)
    with pytest.raises(Exception):  # noqa: B017 - an answer without a body is none
        client._make_api_call(operation, params)
    return sent[0]


@pytest.fixture
def stopped(monkeypatch):
    """Time stands still, so that signatures can be compared."""
    for module in ("botocore.auth", "botocore.compat"):
        monkeypatch.setattr(f"{module}.get_current_datetime", lambda *_, **__: datetime(2026, 1, 2, 3, 4, 5))


@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=str)
@pytest.mark.parametrize("service, operation", sorted(CALLS), ids=str)
def test_every_declared_call_is_sent_as_botocore_sends_it(
    service, operation, environment, monkeypatch, stopped
):
    for name, value in ENVIRONMENTS[environment].items():
        monkeypatch.setenv(name, value)
    call = CALLS[service, operation]
    region = "us-east-1" if service in ("iam", "organizations") else "eu-west-1"
    params = params_of(call)
    expected = sent_by_botocore(service, region, operation, dict(params))
    request = api_of(service, region).request(operation, params, KEYS)
    assert request.method == expected.method
    assert urlsplit(request.url)[:3] == urlsplit(expected.url)[:3]
    assert sorted(parse_qsl(urlsplit(request.url).query, True)) == sorted(
        parse_qsl(urlsplit(expected.url).query, True)
    )
    body = expected.body or b""
    assert request.body == (body.encode() if isinstance(body, str) else body)
    told = {k.lower(): v if isinstance(v, str) else v.decode() for k, v in expected.headers.items()}
    assert {k.lower(): v for k, v in request.headers.items() if k.lower() not in UNLIKE} == {
        k: v for k, v in told.items() if k not in UNLIKE
    }
    assert _authorization(request.headers) == _authorization(told)


def _authorization(headers):
    """Scope and signed headers; the signature covers the host, which botocore leaves to its connection."""
    value = {k.lower(): v for k, v in headers.items()}["authorization"]
    scope, signed, _ = value.split(", ")
    return scope, set(signed.removeprefix("SignedHeaders=").split(";")) - UNLIKE


@pytest.mark.parametrize(
    "service, operation, params, signer",
    [
        ("kms", "DescribeKey", {"KeyId": "a/b"}, SigV4Auth),
        ("s3", "GetBucketPolicy", {"Bucket": "lake"}, S3SigV4Auth),
        ("iam", "ListRoles", {"MaxItems": 5}, SigV4Auth),
    ],
)
def test_the_signature_is_that_of_botocore(service, operation, params, signer, stopped):
    request = api_of(service, "us-east-1").request(operation, params, KEYS)
    told = request.headers["Authorization"]
    again = AWSRequest(request.method, request.url, dict(request.headers), request.body)
    signer(KEYS, service, "us-east-1").add_auth(again)
    assert again.headers["Authorization"] == told


def test_an_error_that_comes_with_status_200_is_an_error():
    body = b"<Error><Code>InternalError</Code><Message>later</Message></Error>"
    with pytest.raises(ClientError) as caught:
        api_of("s3").answer("GetBucketPolicyStatus", 200, CIMultiDict(), body)
    assert caught.value.response["Error"]["Code"] == "InternalError"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500


@pytest.mark.parametrize(
    "service, operation, body",
    [
        ("kms", "DescribeKey", b'{"__type":"com.amazonaws.kms#NotFoundException"}'),
        ("s3", "GetBucketPolicy", b"<Error><Code>NotFoundException</Code></Error>"),
        (
            "iam",
            "ListRoles",
            b"<ErrorResponse><Error><Type>Sender</Type><Code>NotFoundException</Code></Error></ErrorResponse>",
        ),
        (
            "ec2",
            "DescribeRegions",
            b"<Response><Errors><Error><Code>NotFoundException</Code></Error></Errors></Response>",
        ),
    ],
)
def test_errors_are_read_in_every_protocol(service, operation, body):
    with pytest.raises(ClientError) as caught:
        api_of(service).answer(operation, 400, CIMultiDict(), body)
    assert caught.value.response["Error"]["Code"] == "NotFoundException"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert caught.value.operation_name == operation


def test_policies_of_iam_stay_the_text_that_was_received():
    body = b"""<GetRolePolicyResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><GetRolePolicyResult>
    <PolicyDocument>%7B%22Version%22%3A%222012-10-17%22%7D</PolicyDocument></GetRolePolicyResult>
    </GetRolePolicyResponse>"""
    answer = api_of("iam").answer("GetRolePolicy", 200, CIMultiDict(), body)
    assert answer["PolicyDocument"] == "%7B%22Version%22%3A%222012-10-17%22%7D"
