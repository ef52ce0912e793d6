import asyncio

import pytest
from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import ClientError
from moto.server import ThreadedMotoServer

from collector.collect.transport.boto3 import Boto3Transport


class Keys:
    """One access key per account. moto takes the twelve digits for the account."""

    def __init__(self):
        self.generation = 0

    def frozen(self, account_id):
        return ReadOnlyCredentials(f"AKIA{self.generation}TESTING", "secret", None)


@pytest.fixture
def endpoint(monkeypatch):
    server = ThreadedMotoServer("127.0.0.1", 0)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    yield
    server.stop()


def call(transport, *calls):
    async def run():
        try:
            return [await transport.call("123456789012", "us-east-1", *each) for each in calls]
        finally:
            await transport.close()

    return asyncio.run(run())


def test_a_call_gives_the_answer_without_its_metadata(endpoint):
    answers = call(Boto3Transport(Keys(), 4), ("kms", "ListKeys", {}), ("iam", "ListRoles", {}))
    assert answers[0]["Keys"] == []
    assert "ResponseMetadata" not in answers[0]


def test_s3_control_works_with_a_custom_endpoint(endpoint):
    with pytest.raises(ClientError) as caught:
        call(Boto3Transport(Keys(), 4), ("s3control", "GetPublicAccessBlock", {"AccountId": "123456789012"}))
    assert caught.value.response["Error"]["Code"] == "NoSuchPublicAccessBlockConfiguration"


def test_new_credentials_make_a_new_client():
    keys = Keys()
    transport = Boto3Transport(keys, 4)
    first = transport._client("1", "us-east-1", "kms")
    assert transport._client("1", "us-east-1", "kms") is first
    keys.generation = 1
    assert transport._client("1", "us-east-1", "kms") is not first
    asyncio.run(transport.close())


def test_classify_knows_the_outcomes():
    from botocore.exceptions import ConnectTimeoutError

    from collector.collect.outcome import Outcome, classify

    def error(code, status=400):
        response = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
        return classify(ClientError(response, "X")).outcome

    assert error("AWSOrganizationsNotInUseException") is Outcome.DISABLED
    assert error("SlowDown") is Outcome.THROTTLED
    assert error("SomethingNew") is Outcome.ERROR
    assert error("SomethingNew", 403) is Outcome.DENIED
    timeout = ConnectTimeoutError(endpoint_url="x")
    assert classify(timeout).outcome is Outcome.ERROR
    assert not classify(timeout).outcome.complete
