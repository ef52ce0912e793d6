"""Who is in the accounts: roles, users, groups, and what their policies let them do."""

from __future__ import annotations

from typing import Any

from collector.demo.estate.documents import (
    KEY_USE,
    OBJECT_USE,
    allow,
    bucket_arns,
    deny,
    document,
    role,
    root,
)
from collector.demo.estate.organization import ANALYTICS, AUDIT, COMPUTE, DATA, MANAGEMENT
from collector.demo.server import FakeAws

READER_NAME = "keyreach-reader"
READER_PATH = "/audit/"
EXTERNAL_ID = "keyreach-demo"
ANALYST = "security-analyst"
"""The user of the management account who runs the sync."""

ETL = role(COMPUTE, "etl")
"""The article's role: it works in compute on data that lies in the data account."""
NOTEBOOK = role(ANALYTICS, "notebook")
REPORTER = role(ANALYTICS, "reporter")

_KEYS_OF_DATA = f"arn:aws:kms:*:{DATA}:key/*"
_READ_POLICY = document(
    allow("Inventory", ["kms:List*", "kms:Get*", "kms:Describe*", "s3:Get*", "s3:List*", "iam:Get*"], "*")
)


def build(aws: FakeAws) -> None:
    """Create them, account by account."""
    for account_id in (AUDIT, DATA, COMPUTE, ANALYTICS):
        _reader(aws.client("iam", account_id))
    _management(aws.client("iam", MANAGEMENT))
    _audit(aws.client("iam", AUDIT))
    _data(aws.client("iam", DATA))
    _compute(aws.client("iam", COMPUTE))
    _analytics(aws.client("iam", ANALYTICS))


def _reader(iam: Any) -> None:
    condition = {"StringEquals": {"sts:ExternalId": EXTERNAL_ID}}
    trust = allow("Keyreach", "sts:AssumeRole", to=root(MANAGEMENT), when=condition)
    _role(iam, READER_NAME, trust, path=READER_PATH, Read=_READ_POLICY)
    iam.attach_role_policy(RoleName=READER_NAME, PolicyArn="arn:aws:iam::aws:policy/SecurityAudit")


def _management(iam: Any) -> None:
    iam.create_user(UserName=ANALYST)
    into_members = allow("IntoMembers", "sts:AssumeRole", f"arn:aws:iam::*:role{READER_PATH}{READER_NAME}")
    iam.put_user_policy(UserName=ANALYST, PolicyName="keyreach", PolicyDocument=document(into_members))
    iam.attach_user_policy(UserName=ANALYST, PolicyArn="arn:aws:iam::aws:policy/SecurityAudit")


def _audit(iam: Any) -> None:
    _role(iam, "forensics-admin", _by(root(AUDIT)), Forensics=document(allow("Keys", "kms:*", "*")))


def _data(iam: Any) -> None:
    lake = [arn for name in ("acme-lake-curated", "acme-lake-events") for arn in bucket_arns(name)]
    read = allow("ReadLake", ["s3:GetObject", "s3:ListBucket"], *lake)
    arn = iam.create_policy(PolicyName="lake-read", Path="/lake/", PolicyDocument=document(read))["Policy"][
        "Arn"
    ]
    _role(iam, "lake-reader", _by(ETL), Keys=document(allow("UseKeys", "kms:Decrypt", _KEYS_OF_DATA)))
    iam.attach_role_policy(RoleName="lake-reader", PolicyArn=arn)
    _role(iam, "replicator", _by({"Service": "s3.amazonaws.com"}), Replicate=_replication())
    iam.create_group(GroupName="lake-admins")
    iam.attach_group_policy(GroupName="lake-admins", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    iam.put_group_policy(
        GroupName="lake-admins",
        PolicyName="keep-keys",
        PolicyDocument=document(deny("KeepKeys", "kms:ScheduleKeyDeletion", "*")),
    )
    for user in ("alice", "bob"):
        iam.create_user(UserName=user)
    iam.add_user_to_group(GroupName="lake-admins", UserName="alice")
    iam.attach_user_policy(UserName="bob", PolicyArn=arn)


def _replication() -> str:
    source = bucket_arns("acme-lake-curated")
    return document(
        allow("ReadSource", ["s3:GetReplicationConfiguration", "s3:ListBucket"], source[0]),
        allow("ReadVersions", "s3:GetObjectVersionForReplication", source[1]),
        allow(
            "WriteReplica", ["s3:ReplicateObject", "s3:ReplicateDelete"], bucket_arns("acme-lake-replica")[1]
        ),
        allow("Keys", ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"], _KEYS_OF_DATA),
    )


def _compute(iam: Any) -> None:
    buckets = [
        arn
        for name in ("curated", "events", "reports", "landing")
        for arn in bucket_arns(f"acme-lake-{name}")
    ]
    partner = bucket_arns("acme-partner-exchange")[1]
    policy = document(
        allow("Lake", [*OBJECT_USE, "s3:ListBucket"], *buckets),
        allow("Partner", "s3:GetObject", partner),
        allow("Keys", KEY_USE, _KEYS_OF_DATA),
        allow("Reader", "sts:AssumeRole", role(DATA, "lake-reader")),
    )
    _role(iam, "etl", _by([role(COMPUTE, "scheduler"), root(COMPUTE)]), EtlAccess=policy)
    _role(
        iam,
        "scheduler",
        _by({"Service": "events.amazonaws.com"}),
        StartEtl=document(allow("Start", "sts:AssumeRole", ETL)),
    )
    iam.create_user(UserName="deployer", Path="/ci/")
    own = allow("Artifacts", OBJECT_USE, bucket_arns("acme-build-artifacts")[1])
    iam.put_user_policy(UserName="deployer", PolicyName="artifacts", PolicyDocument=document(own))


def _analytics(iam: Any) -> None:
    curated = bucket_arns("acme-lake-curated")
    point = f"arn:aws:s3:us-east-1:{DATA}:accesspoint/curated-analytics"
    notebook = document(
        allow("Curated", ["s3:GetObject", "s3:ListBucket"], *curated, point, f"{point}/object/*"),
        allow("Keys", ["kms:Decrypt", "kms:DescribeKey"], _KEYS_OF_DATA),
    )
    _role(iam, "notebook", _by({"Service": "sagemaker.amazonaws.com"}), Curated=notebook)
    only_s3 = allow("OnlyS3", "s3:*", "*")
    boundary = iam.create_policy(PolicyName="boundary-s3-only", PolicyDocument=document(only_s3))["Policy"][
        "Arn"
    ]
    artifacts = document(
        allow("Artifacts", "s3:GetObject", bucket_arns("acme-build-artifacts")[1]),
        allow("Keys", "kms:Decrypt", f"arn:aws:kms:us-east-1:{COMPUTE}:key/*"),
    )
    _role(iam, "reporter", _by(root(ANALYTICS)), boundary=boundary, Artifacts=artifacts)


def _by(principal: Any) -> dict[str, Any]:
    """A trust statement without conditions."""
    return allow("Trust", "sts:AssumeRole", to=principal)


def _role(
    iam: Any, name: str, trust: dict[str, Any], path: str = "/", boundary: str = "", **inline: str
) -> None:
    limits = {"PermissionsBoundary": boundary} if boundary else {}
    iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=document(trust), **limits)
    for policy_name, text in inline.items():
        iam.put_role_policy(RoleName=name, PolicyName=policy_name, PolicyDocument=text)
