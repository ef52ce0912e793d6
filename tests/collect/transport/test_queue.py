"""A queue by its URL: its region, and what is no queue's URL."""

import pytest

from collector.collect.transport.queue import Queue
from collector.collect.transport.session import new_session
from collector.errors import UsageError

PATH = "/111122223333/changes"


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    for name in ("AWS_ENDPOINT_URL", "AWS_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-south-1")


@pytest.mark.parametrize(
    ("host", "region"),
    [
        ("sqs.eu-west-1.amazonaws.com", "eu-west-1"),
        ("sqs-fips.us-gov-west-1.amazonaws.com", "us-gov-west-1"),
        ("sqs.cn-north-1.amazonaws.com.cn", "cn-north-1"),
        ("sqs.eu-central-2.api.aws", "eu-central-2"),
        ("vpce-0a1-b2.sqs.us-east-2.vpce.amazonaws.com", "us-east-2"),
        ("us-west-1.queue.amazonaws.com", "us-west-1"),
        ("queue.amazonaws.com", "us-east-1"),
    ],
)
def test_the_host_tells_the_region(host, region):
    queue = Queue(new_session(), f"https://{host}{PATH}")
    assert queue._client.meta.region_name == region


def test_with_an_endpoint_of_ones_own_the_settings_tell_it(monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    queue = Queue(new_session(), f"http://127.0.0.1:4566{PATH}")
    assert queue._client.meta.region_name == "ap-south-1"
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    with pytest.raises(UsageError, match="set AWS_REGION"):
        Queue(new_session(), f"http://127.0.0.1:4566{PATH}")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "changes",
        "arn:aws:sqs:eu-west-1:111122223333:changes",
        "https://sqs.eu-west-1.amazonaws.com/",
        "https://sqs.eu-west-1.amazonaws.com/changes",
        "https://sqs.eu-west-1.amazonaws.com/1111/changes",
        "https://sqs.eu-west-1.amazonaws.com/111122223333/a/b",
        "https://sqs.eu-west-1.amazonaws.com/111122223333/changes?x=1",
        "https://me:secret@sqs.eu-west-1.amazonaws.com/111122223333/changes",
        "ftp://sqs.eu-west-1.amazonaws.com/111122223333/changes",
        "https://[::1/111122223333/changes",
        "https://example.com/111122223333/changes",
    ],
)
def test_other_urls_are_wrong_usage(url):
    with pytest.raises(UsageError, match="--events"):
        Queue(new_session(), url)
