from datetime import date
from pathlib import Path

import pytest

from collector.config import AcceptedGap, Config, load, parse
from collector.errors import UsageError

FULL = """
[accounts]
organization = true
organization_role = "arn:aws-us-gov:iam::111122223333:role/org"
include_ous = ["ou-ab12-*"]
skip = ["444455556666"]
[role]
name = "audit/keyreach-reader"
external_id = "s3cret"
duration = "45m"
[role.overrides]
"111122223333" = ""
"222233334444" = "special/reader"
[regions]
include = ["us-*"]
[sync]
tables = ["aws_kms_*"]
concurrency = 8
quota_share = 0.25
key_last_usage = true
[trusted_accounts]
"123456789012" = "log vendor"
[[coverage.accepted]]
accounts = ["4444*"]
reason = "region denied"
expires = 2027-01-31
[history]
keep = "7d"
"""


def test_without_a_file_the_callers_own_account_is_collected():
    config = Config()
    assert not config.accounts.organization and config.accounts.ids == ()
    assert config.role.name is None
    assert config.regions.include == ("*",)


def test_every_key_is_read():
    config = parse(FULL)
    assert config.accounts.include_ous == ("ou-ab12-*",)
    assert config.role.overrides == {"111122223333": "", "222233334444": "special/reader"}
    assert config.sync.options == {"key_last_usage"}
    assert config.trusted_accounts == {"123456789012": "log vendor"}
    assert config.coverage.accepted == (
        AcceptedGap(accounts=("4444*",), reason="region denied", expires=date(2027, 1, 31)),
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[acounts]", "keyreach.toml: unknown key acounts; did you mean accounts?"),
        ("[role]\nexternalid = 'ab'", "unknown key role.externalid; did you mean role.external_id?"),
        ("[[coverage.accepted]]\nreson = 'x'", "unknown key coverage.accepted.reson; did you mean"),
        ("[accounts]\nids = [111122223333]", "accounts.ids[0]: Expected a string, got a whole number"),
        ("[accounts]\nids = ['1111']", "accounts.ids[0]: Expected a string: 12 digits"),
        ("[accounts]\nids = '111122223333'", "accounts.ids: Expected a list, got a string"),
        ("[accounts]\norganization = 'yes'", "accounts.organization: Expected true or false, got a string"),
        ("accounts = 3", "accounts: Expected a table, got a whole number"),
        ("[trusted_accounts]\nvendor = 'x'", "a key of trusted_accounts: Expected a string: 12 digits"),
        ("[role]\nname = 'a b'", "role.name: Expected a string: a role's name"),
        ("[role]\nduration = '5m'", "role: duration must lie between 30m and 12h"),
        ("[role]\nduration = 'long'", "'long' is no duration"),
        ("[role]\nexternal_id = 'ab'\nexternal_id_env = 'X'", "either external_id or external_id_env"),
        ("[sync]\nconcurrency = 0", "sync.concurrency: Expected a whole number >= 1"),
        ("[sync]\nquota_share = 1.5", "sync.quota_share"),
        ("[history]\nkeep = '1y'", "'1y' is no duration"),
        ("[[coverage.accepted]]\naccounts = ['*']", "missing required field `reason`"),
        ("[accounts]\norganization = true", "role.name is needed"),
        ("[accounts]\norganization = true\nids = ['111122223333']", "either organization = true or ids"),
        ("[accounts]\nskip_ous = ['ou-1']", "need organization = true"),
        ("[accounts", "not valid TOML"),
    ],
)
def test_what_is_wrong_is_said_with_file_and_key(text, message):
    with pytest.raises(UsageError) as caught:
        parse(text)
    assert str(caught.value).startswith("keyreach.toml: ")
    assert message in str(caught.value)


def test_a_file_that_cannot_be_read_is_an_error_and_a_default_one_may_be_absent(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert load(None) == Config()
    with pytest.raises(UsageError, match=r"other\.toml.*keyreach init"):
        load(Path("other.toml"))
    Path("keyreach.toml").write_text("[regions]\ninclude = ['eu-*']")
    assert load(None).regions.include == ("eu-*",)
    Path("keyreach.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="cannot read"):
        load(None)


def test_the_external_id_is_never_part_of_what_is_stored():
    assert "s3cret" not in str(parse(FULL).without_secrets())
    assert parse(FULL).role.secret() == "s3cret"


def test_the_external_id_may_come_from_the_environment(monkeypatch):
    config = parse("[role]\nexternal_id_env = 'KEYREACH_TEST_ID'")
    with pytest.raises(UsageError, match="KEYREACH_TEST_ID is not set"):
        _ = config.role.secret()
    monkeypatch.setenv("KEYREACH_TEST_ID", "from-the-environment")
    assert config.role.secret() == "from-the-environment"
