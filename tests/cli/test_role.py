import json
import re

import pytest
from cfnlint import decode
from cfnlint.api import lint_all

from collector.collect import registry
from collector.collect.table import Each

COLLECTOR = "arn:aws:iam::999988887777:role/collector"


def actions(document):
    return {
        action
        for statement in document["Statement"]
        if statement["Effect"] == "Allow"
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    }


def made(organization):
    return {
        call.action
        for table in registry.tables()
        if (table.each is Each.ORGANIZATION) is organization
        for call in table.calls
        if not call.option and not table.reads_parent(call)
    }


@pytest.fixture
def documents(keyreach):
    return json.loads(keyreach("role", "--trust", COLLECTOR).stdout)


def test_the_policy_allows_what_is_called_and_nothing_else(documents):
    assert actions(documents["policy"]) == made(organization=False)
    assert actions(documents["organization_policy"]) == made(organization=True)


# Checked by hand against the Service Authorization Reference: the actions that S3's operations need.
S3 = {
    "s3:ListAllMyBuckets",
    "s3:GetEncryptionConfiguration",
    "s3:GetBucketPolicy",
    "s3:GetBucketPolicyStatus",
    "s3:GetBucketPublicAccessBlock",
    "s3:GetAccountPublicAccessBlock",
    "s3:GetBucketOwnershipControls",
    "s3:GetBucketAcl",
    "s3:GetBucketVersioning",
    "s3:GetBucketTagging",
    "s3:GetBucketLogging",
    "s3:GetReplicationConfiguration",
    "s3:GetBucketObjectLockConfiguration",
    "s3:ListAccessPoints",
    "s3:GetAccessPoint",
    "s3:GetAccessPointPolicy",
    "s3:GetAccessPointPolicyStatus",
}


def test_s3s_actions_are_iams_and_not_the_apis(documents):
    assert {action for action in actions(documents["policy"]) if action.startswith("s3:")} == S3


def test_no_data_can_be_read_and_nothing_written(documents):
    allowed = actions(documents["policy"]) | actions(documents["organization_policy"])
    assert all(re.fullmatch(r"[a-z0-9]+:(Get|List|Describe)[A-Za-z]+", action) for action in allowed)
    (denied,) = [s for s in documents["policy"]["Statement"] if s["Effect"] == "Deny"]
    assert {"kms:Decrypt", "s3:GetObject*", "secretsmanager:GetSecretValue"} <= set(denied["Action"])
    assert not allowed & set(denied["Action"])


def test_the_trust_names_the_account_and_binds_the_principal_and_the_external_id(keyreach, tmp_path):
    (tmp_path / "keyreach.toml").write_text('[role]\nname = "audit/reader"\nexternal_id = "s3cret"\n')
    documents = json.loads(keyreach("role", "--trust", COLLECTOR).stdout)
    (statement,) = documents["trust_policy"]["Statement"]
    assert statement["Principal"] == {"AWS": "arn:aws:iam::999988887777:root"}
    assert statement["Condition"] == {
        "ArnEquals": {"aws:PrincipalArn": COLLECTOR},
        "StringEquals": {"sts:ExternalId": "s3cret"},
    }
    assert (documents["role_name"], documents["path"]) == ("reader", "/audit/")


def test_the_key_policy_statement_lets_the_role_look_at_one_key(keyreach):
    documents = json.loads(
        keyreach("role", "--trust", "arn:aws-us-gov:iam::999988887777:role/collector").stdout
    )
    statement = documents["key_policy_statement"]
    assert statement["Principal"] == {"AWS": "arn:aws-us-gov:iam::ACCOUNT_ID:role/keyreach-reader"}
    assert statement["Action"] == [
        "kms:DescribeKey",
        "kms:GetKeyPolicy",
        "kms:GetKeyRotationStatus",
        "kms:ListGrants",
        "kms:ListKeyRotations",
        "kms:ListResourceTags",
    ]


def test_last_usage_is_allowed_only_where_it_is_asked_for(keyreach, tmp_path):
    assert "kms:GetKeyLastUsage" not in keyreach("role", "--trust", COLLECTOR).stdout
    (tmp_path / "keyreach.toml").write_text("[sync]\nkey_last_usage = true\n")
    documents = json.loads(keyreach("role", "--trust", COLLECTOR).stdout)
    assert "kms:GetKeyLastUsage" in actions(documents["policy"])
    assert "kms:GetKeyLastUsage" in documents["key_policy_statement"]["Action"]


def test_the_cloudformation_template_is_valid_and_serves_both_kinds_of_stack(keyreach):
    result = keyreach("role", "--format", "cloudformation")
    assert [problem for problem in lint_all(result.stdout) if not problem.rule.id.startswith("I")] == []
    template, problems = decode.decode_str(result.stdout)
    assert problems == []
    assert set(template["Parameters"]) == {"Collector", "ExternalId", "ReadsOrganization"}
    assert "create-stack-set" in result.stderr and "ReadsOrganization" in result.stderr
    assert "create-stack " in result.stderr


def test_the_terraform_module_is_valid_and_holds_the_same_policies(keyreach, documents):
    text = keyreach("role", "--format", "terraform").stdout
    assert text.count("{") == text.count("}") and text.count("(") == text.count(")")
    blocks = re.findall(r"^  policy = jsonencode\((\{.*?^\})\)", text, re.DOTALL | re.MULTILINE)
    assert [json.loads(block) for block in blocks] == [documents["policy"], documents["organization_policy"]]
    assert 'name = "keyreach-reader"' in text and 'path = "/"' in text


def test_who_is_trusted_must_be_an_arn(keyreach):
    result = keyreach("role", "--trust", "999988887777")
    assert result.exit_code == 2 and "no ARN" in result.stderr
    assert "an example" in keyreach("role").stderr
