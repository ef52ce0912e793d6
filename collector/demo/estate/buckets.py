"""The buckets: which key each is encrypted with, and whom it lets in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from collector.demo.estate.documents import (
    OBJECT_USE,
    Statement,
    allow,
    bucket_arns,
    deny,
    document,
    role,
    root,
)
from collector.demo.estate.keys import SECOND_REGION
from collector.demo.estate.members import ETL, REPORTER
from collector.demo.estate.organization import ANALYTICS, AUDIT, COMPUTE, DATA, LOG_VENDOR, STRANGER
from collector.demo.server import HOME_REGION, FakeAws


@dataclass(frozen=True)
class _Bucket:
    name: str
    account_id: str
    key: str | None = None
    """Given as default key: a name from `keys`, or else the text itself. None: no key is given."""
    algorithm: str = "aws:kms"
    bucket_key: bool = True
    customer_keys: bool = False
    """Whether objects may come with a key of the client's own (SSE-C)."""
    region: str = HOME_REGION
    policy: tuple[Statement, ...] = ()
    access_lists: bool = False


def build(aws: FakeAws, keys: dict[str, str]) -> dict[str, str]:
    """Create them; name -> owner."""
    for bucket in _BUCKETS:
        _create(aws.client("s3", bucket.account_id, bucket.region), bucket, keys)
    _replicate(aws.client("s3", DATA), keys)
    for account_id in (AUDIT, DATA):
        aws.client("s3control", account_id).put_public_access_block(
            AccountId=account_id,
            PublicAccessBlockConfiguration={
                "BlockPublicAcls": True,
                "IgnorePublicAcls": True,
                "BlockPublicPolicy": account_id == AUDIT,
                "RestrictPublicBuckets": account_id == AUDIT,
            },
        )
    return {bucket.name: bucket.account_id for bucket in _BUCKETS}


def _open(name: str, principal: Any, actions: list[str] | None = None) -> tuple[Statement, ...]:
    """Use of the objects, and a look at the list."""
    bucket, objects = bucket_arns(name)
    return (
        allow("Objects", actions or OBJECT_USE, objects, to=principal),
        allow("List", "s3:ListBucket", bucket, to=principal),
    )


def _through_access_points(name: str, account_id: str) -> Statement:
    """Leaves the decision to the access points of an account."""
    condition = {"StringEquals": {"s3:DataAccessPointAccount": account_id}}
    return allow("AccessPoints", "s3:GetObject", *bucket_arns(name), to="*", when=condition)


def _only_tls(name: str) -> Statement:
    return deny(
        "OnlyTls", "s3:*", *bucket_arns(name), to="*", when={"Bool": {"aws:SecureTransport": "false"}}
    )


_TRAIL = allow(
    "Trail", "s3:PutObject", bucket_arns("acme-org-logs")[1], to={"Service": "cloudtrail.amazonaws.com"}
)

_BUCKETS = (
    # The article's case done right, done wrong with the AWS managed key, and broken for want of a key policy.
    _Bucket(
        "acme-lake-curated",
        DATA,
        "lake",
        policy=(
            *_open("acme-lake-curated", ETL),
            _through_access_points("acme-lake-curated", DATA),
            _only_tls("acme-lake-curated"),
        ),
    ),
    _Bucket("acme-lake-reports", DATA, None, policy=_open("acme-lake-reports", ETL)),
    _Bucket("acme-lake-events", DATA, "events", bucket_key=False, policy=_open("acme-lake-events", ETL)),
    # The default key is a name that every writer's own account resolves for itself.
    _Bucket(
        "acme-lake-landing",
        DATA,
        "alias/lake",
        customer_keys=True,
        policy=_open("acme-lake-landing", ETL, ["s3:PutObject"]),
    ),
    # Keys in trouble.
    _Bucket(
        "acme-partner-exchange", DATA, "partner", policy=_open("acme-partner-exchange", ETL, ["s3:GetObject"])
    ),
    _Bucket("acme-partner-returns", DATA, "returns"),
    _Bucket("acme-archive", DATA, "archive"),
    _Bucket("acme-legacy-exports", DATA, "exports"),
    _Bucket("acme-quarantine", DATA, "quarantine"),
    _Bucket("acme-signatures", DATA, "signing"),
    # A second region.
    _Bucket("acme-lake-replica", DATA, "worldwide in the second region", region=SECOND_REGION),
    _Bucket("acme-batch-eu", COMPUTE, algorithm="AES256", region=SECOND_REGION),
    # Other accounts, and other accounts' keys.
    _Bucket(
        "acme-build-artifacts",
        COMPUTE,
        "artifacts",
        policy=_open("acme-build-artifacts", REPORTER, ["s3:GetObject"]),
    ),
    _Bucket("acme-compute-logs", COMPUTE, algorithm="AES256", access_lists=True),
    _Bucket("acme-notebooks", ANALYTICS, "lake"),
    _Bucket(
        "acme-search-index",
        ANALYTICS,
        "search",
        policy=_open("acme-search-index", root(STRANGER), ["s3:GetObject"]),
    ),
    _Bucket("acme-notebook-scratch", ANALYTICS, f"arn:aws:kms:{HOME_REGION}:{DATA}:alias/lake"),
    _Bucket(
        "acme-org-logs",
        AUDIT,
        "logs",
        policy=(_TRAIL, *_open("acme-org-logs", root(LOG_VENDOR), ["s3:GetObject"])),
    ),
    _Bucket("acme-ledger", AUDIT, "ledger", algorithm="aws:kms:dsse", bucket_key=False),
    _Bucket("acme-evidence", AUDIT, "forensics"),
)


def _create(s3: Any, bucket: _Bucket, keys: dict[str, str]) -> None:
    where = {"CreateBucketConfiguration": {"LocationConstraint": bucket.region}}
    s3.create_bucket(Bucket=bucket.name, **(where if bucket.region != HOME_REGION else {}))
    if bucket.algorithm != "AES256":
        default = {"SSEAlgorithm": bucket.algorithm}
        if bucket.key:
            default["KMSMasterKeyID"] = keys.get(bucket.key, bucket.key)
        rule: dict[str, Any] = {
            "ApplyServerSideEncryptionByDefault": default,
            "BucketKeyEnabled": bucket.bucket_key,
            "BlockedEncryptionTypes": {"EncryptionType": ["NONE" if bucket.customer_keys else "SSE-C"]},
        }
        s3.put_bucket_encryption(Bucket=bucket.name, ServerSideEncryptionConfiguration={"Rules": [rule]})
    if bucket.policy:
        s3.put_bucket_policy(Bucket=bucket.name, Policy=document(*bucket.policy))
    if bucket.access_lists:
        s3.put_bucket_ownership_controls(
            Bucket=bucket.name, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]}
        )
        s3.delete_public_access_block(Bucket=bucket.name)
        s3.put_bucket_acl(Bucket=bucket.name, ACL="log-delivery-write")
    s3.put_bucket_tagging(Bucket=bucket.name, Tagging={"TagSet": [{"Key": "team", "Value": "acme"}]})


def _replicate(s3: Any, keys: dict[str, str]) -> None:
    s3.put_bucket_versioning(Bucket="acme-lake-curated", VersioningConfiguration={"Status": "Enabled"})
    rule: dict[str, Any] = {
        "ID": "to-the-second-region",
        "Priority": 1,
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "DeleteMarkerReplication": {"Status": "Disabled"},
        "SourceSelectionCriteria": {"SseKmsEncryptedObjects": {"Status": "Enabled"}},
        "Destination": {
            "Bucket": "arn:aws:s3:::acme-lake-replica",
            "EncryptionConfiguration": {"ReplicaKmsKeyID": keys["worldwide in the second region"]},
        },
    }
    s3.put_bucket_replication(
        Bucket="acme-lake-curated",
        ReplicationConfiguration={"Role": role(DATA, "replicator"), "Rules": [rule]},
    )
