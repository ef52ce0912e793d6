import time
from datetime import UTC

import pytest

from collector.collect.transport.session import new_session, storage


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"AWS_REGION": "eu-west-1"}, "eu-west-1"),
        ({"AWS_DEFAULT_REGION": "us-west-2"}, "us-west-2"),
        ({"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "us-west-2"}, "us-west-2"),
        ({}, None),
    ],
)
def test_either_variable_names_the_region(monkeypatch, tmp_path, settings, expected):
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    assert new_session().get_config_variable("region") == expected


def test_service_models_are_read_once():
    assert new_session().get_component("data_loader") is new_session().get_component("data_loader")


@pytest.mark.parametrize(
    "told",
    [
        "1767323045.5",
        '"1767323045.5"',
        '"2026-01-02T03:04:05Z"',
        '"2026-01-02T03:04:05.5Z"',
        '"2026-01-02T04:04:05.500+01:00"',
        '"Fri, 02 Jan 2026 03:04:05 GMT"',
    ],
)
def test_times_are_in_utc_wherever_the_machine_is(monkeypatch, told):
    monkeypatch.setenv("TZ", "Asia/Kathmandu")
    time.tzset()
    session = new_session()
    parser = session.get_component("response_parser_factory").create_parser("json")
    shape = session.get_service_model("kms").operation_model("DescribeKey").output_shape
    body = b'{"KeyMetadata": {"KeyId": "k", "CreationDate": %s}}' % told.encode()
    answer = parser.parse({"status_code": 200, "headers": {}, "body": body, "context": {}}, shape)
    created = answer["KeyMetadata"]["CreationDate"]
    assert created.isoformat().startswith("2026-01-02T03:04:05") and created.tzinfo is UTC
    monkeypatch.undo()
    time.tzset()


def test_the_operators_bucket_is_reached_at_the_endpoint_and_region_of_the_environment(monkeypatch):
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    assert storage(new_session()).meta.endpoint_url == "http://127.0.0.1:1"
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:2")
    client = storage(new_session())
    assert (client.meta.endpoint_url, client.meta.region_name) == ("http://127.0.0.1:2", "eu-west-1")
