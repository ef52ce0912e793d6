from __future__ import annotations

from botocore.session import Session

from collector.access.actions import ACTIONS, CAPABILITIES, covered
from collector.policy.document import parse
from collector.policy.grammar import Where
from tests.access.words import allow, document

PERMISSIONS_ONLY = {"kms:ReEncryptFrom", "kms:ReEncryptTo"}
"""https://docs.aws.amazon.com/kms/latest/developerguide/kms-api-permissions-reference.html"""
NOT_PERMISSIONS = {"kms:ReEncrypt"}
"""The operation needs the two above; there is no action of its name."""


def test_the_actions_of_kms_are_its_operations():
    model = Session().get_service_model("kms")
    operations = {f"kms:{name}" for name in model.operation_names}
    ours = {action for action in ACTIONS if action.startswith("kms:")}
    assert ours - PERMISSIONS_ONLY <= operations
    assert operations - NOT_PERMISSIONS <= ours


def test_the_operations_of_s3_sts_iam_and_organizations_that_have_an_action_of_their_name_exist():
    session = Session()
    no_operation = {
        "s3:BypassGovernanceRetention",
        "s3:GetObjectVersion",
        "s3:GetObjectVersionForReplication",
        "s3:GetReplicationConfiguration",
        "s3:InitiateReplication",
        "s3:ListBucket",
        "s3:ObjectOwnerOverrideToBucketOwner",
        "s3:PutAccessPointPolicy",
        "s3:PutEncryptionConfiguration",
        "s3:PutLifecycleConfiguration",
        "s3:PutReplicationConfiguration",
        "s3:ReplicateDelete",
        "s3:ReplicateObject",
        "s3:ReplicateTags",
        "iam:PassRole",
        "iam:UpdateAssumeRolePolicy",
    }
    for action in set(ACTIONS) - no_operation:
        service, name = action.split(":")
        if service != "kms":
            assert name in session.get_service_model(service).operation_names, action


def test_capabilities_do_not_overlap_and_are_among_the_actions():
    listed = [action for actions in CAPABILITIES.values() for action in actions]
    assert len(listed) == len(set(listed)) and set(listed) <= set(ACTIONS)
    assert set(CAPABILITIES) == {"decrypt", "encrypt", "generate", "create_grant", "administer", "destroy"}


def patterns(**elements):
    text = document(allow(elements.pop("Action", None), **elements))
    return parse(text, Where.IDENTITY).statements[0].actions


def test_what_a_statement_covers():
    assert covered(patterns(Action="kms:decrypt")) == ["kms:Decrypt"]
    assert covered(patterns(Action=["kms:ReEncrypt*", "s3:Nothing"])) == [
        "kms:ReEncryptFrom",
        "kms:ReEncryptTo",
    ]
    assert covered(patterns(Action="*")) == sorted(ACTIONS)
    left = covered(patterns(NotAction=["kms:*", "iam:*", "sts:*", "organizations:*"]))
    assert left and all(action.startswith("s3:") for action in left)
    assert covered(patterns(Action="s3:GetOb?ect")) == ["s3:GetObject"]
