import pytest

from collector.collect.transport.session import new_session


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
