"""Buckets that are asked about from elsewhere, or by the name of their host."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

from bench.endpoint.resources import buckets
from tests.bench.callers import ESTATE, HOME, SECOND, client

HERE, THERE = (buckets.bucket_name(ESTATE, 0, n) for n in (0, 1))
FOREIGN = buckets.bucket_name(ESTATE, 1, 0)


def refused(call, **params):
    with pytest.raises(ClientError) as error:
        call(**params)
    return error.value.response


@pytest.mark.parametrize("addressing", ["redirect", "malformed"])
def test_the_client_follows_to_the_bucket(endpoint, addressing):
    endpoint.change(wrong_region=addressing)
    s3 = client(endpoint, "s3", HOME)
    assert s3.get_bucket_versioning(Bucket=THERE)["Status"] == "Suspended"
    asked = [(row["region"], row["calls"]) for row in endpoint.stats()["by_account_region_operation"]
             if row["operation"] == "s3:GetBucketVersioning"]  # fmt: skip
    assert asked == [(SECOND, 1), (HOME, 1)]


def first_answer(s3, operation, **params):
    """What came before the client followed."""
    answers = []

    def keep(parsed_response, **_):
        answers.append(parsed_response)

    s3.meta.events.register("response-received.s3", keep)
    getattr(s3, operation)(**params)
    return answers[0]


def test_a_redirect_says_where_to(endpoint):
    answer = first_answer(client(endpoint, "s3", HOME), "get_bucket_acl", Bucket=THERE)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 301
    assert answer["ResponseMetadata"]["HTTPHeaders"]["x-amz-bucket-region"] == SECOND
    error = answer["Error"]
    assert (error["Code"], error["Region"], error["Bucket"]) == ("PermanentRedirect", SECOND, THERE)
    assert error["Endpoint"] == f"{THERE}.s3.{SECOND}.amazonaws.com"


def test_a_head_request_is_redirected_without_a_body(endpoint):
    s3 = client(endpoint, "s3", HOME)
    answer = first_answer(s3, "head_bucket", Bucket=THERE)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 301
    assert answer["ResponseMetadata"]["HTTPHeaders"]["x-amz-bucket-region"] == SECOND
    assert answer["ResponseMetadata"]["HTTPHeaders"]["content-length"] == "0"
    assert s3.head_bucket(Bucket=HERE)["BucketRegion"] == HOME


def test_the_location_is_told_everywhere(endpoint):
    s3 = client(endpoint, "s3", HOME)
    assert s3.get_bucket_location(Bucket=THERE)["LocationConstraint"] == SECOND
    assert s3.get_bucket_location(Bucket=HERE)["LocationConstraint"] is None


def test_a_bucket_in_the_name_of_the_host(endpoint):
    """As the client sends it where *.localhost resolves: here the connection goes to the address."""
    s3 = client(endpoint, "s3", HOME, s3={"addressing_style": "virtual"})
    s3.meta.events.register("before-sign.s3", _in_host, unique_id="in host")
    s3.meta.events.register("before-send.s3", _to_address)
    found = s3.get_bucket_encryption(Bucket=HERE)["ServerSideEncryptionConfiguration"]
    assert found == buckets.encryption(ESTATE, 0, 0)
    endpoint.change(verify=True)
    assert s3.get_bucket_acl(Bucket=HERE)["Owner"] == buckets.owner(ESTATE, 0)


def _in_host(request, **_):
    parts = urlsplit(request.url)
    bucket, _, rest = parts.path.lstrip("/").partition("/")
    request.url = f"http://{bucket}.localhost:{parts.port}/{rest}?{parts.query}"


def _to_address(request, **_):
    parts = urlsplit(request.url)
    request.headers["Host"] = parts.netloc
    request.url = f"http://127.0.0.1:{parts.port}{parts.path}?{parts.query}"


@pytest.mark.parametrize(
    "bucket, code, status",
    [("data-000000000000-00000", "NoSuchBucket", 404), (FOREIGN, "AccessDenied", 403),
     (buckets.bucket_name(ESTATE, 0, 12), "NoSuchBucket", 404)],
)  # fmt: skip
def test_buckets_that_are_not_the_callers(endpoint, bucket, code, status):
    answer = refused(client(endpoint, "s3").get_bucket_policy, Bucket=bucket)
    assert (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]) == (code, status)


def test_an_expected_owner_is_checked(endpoint):
    s3 = client(endpoint, "s3")
    assert s3.get_bucket_acl(Bucket=HERE, ExpectedBucketOwner=ESTATE.account_id(0))["Grants"]
    answer = refused(s3.get_bucket_acl, Bucket=HERE, ExpectedBucketOwner=ESTATE.account_id(1))
    assert answer["Error"]["Code"] == "AccessDenied"


def test_new_buckets_are_encrypted_by_s3_itself(endpoint):
    s3 = client(endpoint, "s3", SECOND)
    rule = s3.get_bucket_encryption(Bucket=buckets.bucket_name(ESTATE, 0, 5))
    assert rule["ServerSideEncryptionConfiguration"]["Rules"] == [
        {
            "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"},
            "BucketKeyEnabled": False,
            "BlockedEncryptionTypes": {"EncryptionType": ["SSE-C"]},
        }
    ]


def test_buckets_use_own_foreign_and_managed_keys(endpoint):
    def key(bucket):
        s3 = client(endpoint, "s3", ESTATE.region_names[bucket % 2])
        answer = s3.get_bucket_encryption(Bucket=buckets.bucket_name(ESTATE, 0, bucket))
        return answer["ServerSideEncryptionConfiguration"]["Rules"][0]["ApplyServerSideEncryptionByDefault"]

    assert key(0) == {"SSEAlgorithm": "aws:kms"}
    assert key(1)["KMSMasterKeyID"].split(":")[3:5] == [SECOND, ESTATE.account_id(0)]
    assert key(2)["KMSMasterKeyID"].startswith("alias/app-")
    assert key(3)["KMSMasterKeyID"].split(":")[4] in {ESTATE.account_id(n) for n in (1, 2)}
    assert key(4)["SSEAlgorithm"] == "aws:kms:dsse"
