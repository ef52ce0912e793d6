"""`discover` and `init --profile` against a fake AWS with one account."""

import json

import pytest

from collector.demo.server import FakeAws
from tests.fault_server import Faults

ACCOUNT = "111122223333"


@pytest.fixture(scope="module")
def aws():
    faults = Faults()
    with FakeAws(middleware=faults) as fake:
        fake.client("kms", ACCOUNT).create_key()
        fake.client("s3", ACCOUNT).create_bucket(Bucket="one")
        fake.client("s3", ACCOUNT).create_bucket(Bucket="two")
        yield fake, faults


@pytest.fixture
def discover(keyreach, aws, monkeypatch):
    fake, faults = aws
    faults.clear()
    for name, value in fake.environment(ACCOUNT).items():
        monkeypatch.setenv(name, value)

    def run(*arguments):
        result = keyreach("discover", *arguments, "--format", "json")
        return result, json.loads(result.stdout or "[]")

    return run


def test_identity_account_regions_and_nothing_missing(discover, aws, tmp_path):
    result, (account,) = discover()
    assert f"caller: arn:aws:iam::{ACCOUNT}:root (partition aws)" in result.stderr
    assert account["account_id"] == ACCOUNT and account["role_arn"] is None
    assert account["regions"] == ["eu-west-1", "us-east-1"]
    assert account["missing"] == []
    assert result.exit_code == 0
    assert list(tmp_path.iterdir()) == []


def test_each_operation_is_tried_once_and_what_was_not_tried_is_said(discover, aws):
    _, (account,) = discover()
    _, faults = aws
    assert faults.count("GetBucketEncryption") == 1
    assert faults.count("ListKeys") == 1
    assert "s3:GetAccessPointPolicy" in account["not_tested"]
    assert "s3:GetEncryptionConfiguration" not in account["not_tested"]


def test_a_missing_permission_is_named(discover, aws):
    _, faults = aws
    faults.add(service="kms", operation="GetKeyRotationStatus", error="AccessDeniedException")
    faults.add(service="s3", operation="ListBuckets", error="AccessDenied")
    result, (account,) = discover()
    assert result.exit_code == 4
    assert account["missing"] == [
        "kms:GetKeyRotationStatus: denied (AccessDeniedException)",
        "s3:ListAllMyBuckets: denied (AccessDenied)",
    ]
    assert "s3:GetEncryptionConfiguration" in account["not_tested"]


def test_a_role_that_cannot_be_assumed_is_a_problem_of_its_account(discover, tmp_path):
    (tmp_path / "keyreach.toml").write_text('accounts.ids = ["444455556666"]\nrole.name = "reader"\n')
    result, (account,) = discover()
    assert account["role_arn"] == "arn:aws:iam::444455556666:role/reader"
    assert "not authorized" in account["problem"] and result.exit_code == 4


def test_init_notes_who_a_profile_is(keyreach, aws, tmp_path, monkeypatch):
    fake, _ = aws
    environment = fake.environment(ACCOUNT)
    keys = [
        f"{name.lower()} = {environment[name]}" for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    ]
    (tmp_path / "config").write_text("\n".join(["[profile audit]", "region = us-east-1", *keys]))
    monkeypatch.setenv("AWS_ENDPOINT_URL", environment["AWS_ENDPOINT_URL"])
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    assert keyreach("init", "--profile", "audit").exit_code == 0
    assert f"for arn:aws:iam::{ACCOUNT}:root (AWS_PROFILE=audit)" in (tmp_path / "keyreach.toml").read_text()
