import re
import tomllib

from collector.config import Config, parse


def test_the_file_is_a_valid_configuration_as_it_stands(keyreach, tmp_path):
    assert keyreach("init").exit_code == 0
    assert parse((tmp_path / "keyreach.toml").read_text()) == Config()
    assert keyreach("init", "org.toml", "--org").exit_code == 0
    config = parse((tmp_path / "org.toml").read_text())
    assert config.accounts.organization and config.role.name == "keyreach-reader"


def test_every_commented_key_is_valid_too(keyreach, tmp_path):
    keyreach("init")
    text = (tmp_path / "keyreach.toml").read_text()
    text = re.sub(r"^# (?=[a-z_]+ = |\[|\")", "", text, flags=re.MULTILINE)
    full = tomllib.loads(text)
    assert set(full) == {"accounts", "role", "regions", "sync", "trusted_accounts", "coverage", "history"}
    settings = {"tables", "skip_tables", "concurrency", "quota_share", "quota_file", "key_last_usage"}
    assert set(full["sync"]) == settings
    config = parse(text.replace("ids =", "# ids =").replace("organization = false", "organization = true"))
    assert config.coverage.accepted[0].reason == "region denied by SCP"


def test_a_file_that_is_there_is_kept_unless_forced(keyreach, tmp_path):
    (tmp_path / "keyreach.toml").write_text("# mine")
    result = keyreach("init")
    assert result.exit_code == 2 and "--force" in result.stderr
    assert (tmp_path / "keyreach.toml").read_text() == "# mine"
    assert keyreach("init", "--force").exit_code == 0
    assert keyreach("init", "no/such/folder.toml").exit_code == 2


def test_an_unknown_profile_is_an_error(keyreach, tmp_path):
    result = keyreach("init", "--profile", "nosuch")
    assert result.exit_code == 2 and "nosuch" in result.stderr
    assert not (tmp_path / "keyreach.toml").exists()
