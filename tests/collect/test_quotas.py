"""Quotas: AWS's published ones, and a user's own file in their place."""

from dataclasses import replace

import pytest
from botocore.session import get_session

from collector.collect import quotas, registry
from collector.config import Sync, parse
from collector.errors import UsageError


@pytest.mark.parametrize("service", quotas.published())
def test_published_quotas_are_of_operations_that_exist_and_are_called(service):
    known = set(get_session().get_service_model(service).operation_names)
    assert set(quotas.published()[service]) <= known & quotas.called()[service]
    assert all(rate > 0 for rate in quotas.published()[service].values())


def test_every_kms_call_has_its_quota():
    made = {call.operation for table in registry.tables() for call in table.calls if call.service == "kms"}
    assert made == set(quotas.published()["kms"]) == quotas.called()["kms"]


@pytest.fixture
def own(tmp_path):
    """A configuration that names a file of one's own with this text."""

    def write(text):
        (tmp_path / "settings").mkdir(exist_ok=True)
        (tmp_path / "settings" / "quotas.toml").write_text(text)
        source = str(tmp_path / "settings" / "keyreach.toml")
        return parse("[sync]\nquota_file = 'quotas.toml'", source)

    return write


def test_without_a_file_of_ones_own_the_published_ones_count():
    assert quotas.of(parse("")) == quotas.published()


def test_own_quotas_replace_the_published_ones_and_may_add_to_them(own):
    found = quotas.of(own("[kms]\nListGrants = 1000\n[s3]\nGetBucketPolicy = 12.5"))
    assert found["kms"] == {**quotas.published()["kms"], "ListGrants": 1000}
    assert found["s3"] == {"GetBucketPolicy": 12.5}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[kmz]\nListGrants = 1", "unknown service kmz; did you mean kms?"),
        ("[kms]\nListGrant = 1", "no table calls kms.ListGrant; did you mean ListGrants?"),
        ("[kms]\nDecrypt = 1", "no table calls kms.Decrypt; did you mean "),
        ("[kms]\nListGrants = 0", "kms.ListGrants: expected requests a second, a number more than 0"),
        ("[kms]\nListGrants = -1", "kms.ListGrants: expected requests a second"),
        ("[kms]\nListGrants = inf", "kms.ListGrants: expected requests a second"),
        ("[kms]\nListGrants = true", "kms.ListGrants: expected requests a second"),
        ("[kms]\nListGrants = '100'", "kms.ListGrants: expected requests a second"),
        ("kms = 100", "kms: expected a table of operations and requests a second"),
        ("[kms", "not valid TOML"),
    ],
)
def test_what_is_wrong_in_it_is_said_with_file_and_key(own, tmp_path, text, message):
    with pytest.raises(UsageError) as caught:
        quotas.of(own(text))
    assert str(caught.value).startswith(f"{tmp_path / 'settings' / 'quotas.toml'}: {message}")


def test_a_file_that_is_not_there_is_an_error(own):
    config = own("")
    with pytest.raises(UsageError, match=r"sync\.quota_file: cannot read .*absent\.toml: No such file"):
        quotas.of(replace(config, sync=Sync(quota_file="absent.toml")))
