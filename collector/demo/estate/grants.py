"""Grants: access to keys that stands in no policy."""

from __future__ import annotations

from collector.demo.estate.documents import root
from collector.demo.estate.members import ETL, NOTEBOOK
from collector.demo.estate.organization import DATA, STRANGER
from collector.demo.server import FakeAws


def build(aws: FakeAws, keys: dict[str, str]) -> None:
    """Create them on the data account's keys."""
    kms = aws.client("kms", DATA)
    kms.create_grant(
        KeyId=keys["lake"], Name="migration-2024", GranteePrincipal=root(STRANGER), Operations=["Decrypt"]
    )
    kms.create_grant(
        KeyId=keys["lake"], Name="etl", GranteePrincipal=ETL, Operations=["Decrypt", "CreateGrant"]
    )
    for _ in range(2):
        kms.create_grant(
            KeyId=keys["quarantine"], Name="nightly", GranteePrincipal=ETL, Operations=["GenerateDataKey"]
        )
    kms.create_grant(
        KeyId=keys["lake"],
        Name="notebooks",
        GranteePrincipal=NOTEBOOK,
        RetiringPrincipal=root(DATA),
        Operations=["Decrypt", "DescribeKey"],
        Constraints={"EncryptionContextSubset": {"aws:s3:arn": "arn:aws:s3:::acme-lake-curated"}},
    )
