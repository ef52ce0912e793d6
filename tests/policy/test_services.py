import re

import pytest
from botocore.session import get_session

from collector.policy.services import KMS_ACROSS_ACCOUNTS, decides_itself, is_key, is_role, under_rcps

PERMISSIONS_OF = {"ReEncrypt": ("ReEncryptFrom", "ReEncryptTo")}
"""Operations whose permissions have other names."""
KEY = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd"
ROLE = "arn:aws:iam::111122223333:role/app"


def across_accounts():
    """What the texts of the operations say: `Cross-account use: Yes.`"""
    model = get_session().get_service_model("kms")
    for operation in model.operation_names:
        text = re.sub("<[^>]+>", "", model.operation_model(operation).documentation)
        if re.search(r"Cross-account use:\s*Yes", text):
            yield from PERMISSIONS_OF.get(operation, (operation,))


def test_the_operations_that_work_on_keys_of_other_accounts():
    assert KMS_ACROSS_ACCOUNTS == {f"kms:{operation}".lower() for operation in across_accounts()}


@pytest.mark.parametrize(
    ("arn", "key", "role"),
    [
        (KEY, True, False),
        ("arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/mrk-1", True, False),
        ("arn:aws:kms:eu-west-1:111122223333:alias/data", False, False),
        ("arn:aws:s3:::data/a:kms:/b:key/c", False, False),
        ("arn:aws:s3:::data/a:iam::b:role/c", False, False),
        (ROLE, False, True),
        ("arn:aws:iam::111122223333:user/ann", False, False),
        ("*", False, False),
    ],
)
def test_what_an_arn_is_of(arn, key, role):
    assert (is_key(arn), is_role(arn)) == (key, role)


@pytest.mark.parametrize(
    ("action", "arn", "itself"),
    [
        ("kms:decrypt", KEY, True),
        ("kms:getkeypolicy", KEY, True),
        ("sts:assumerole", ROLE, True),
        ("sts:assumerolewithwebidentity", ROLE, True),
        ("iam:getrole", ROLE, False),
        ("iam:passrole", ROLE, False),
        ("s3:getobject", "arn:aws:s3:::data/k", False),
    ],
)
def test_whose_policy_must_allow_even_within_the_account(action, arn, itself):
    assert decides_itself(action, arn) is itself


@pytest.mark.parametrize(
    ("action", "bound"),
    [
        ("s3:getobject", True),
        ("kms:decrypt", True),
        ("sts:assumerole", True),
        ("sqs:sendmessage", True),
        ("secretsmanager:getsecretvalue", True),
        ("dynamodb:getitem", True),
        ("kms:retiregrant", False),
        ("iam:getrole", False),
        ("braket:getjob", None),
    ],
)
def test_what_resource_control_policies_bind(action, bound):
    assert under_rcps(action) is bound
