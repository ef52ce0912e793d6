"""Access points: a bucket's further doors, each with a policy of its own."""

from __future__ import annotations

from collector.demo.estate.documents import allow, document
from collector.demo.estate.members import NOTEBOOK
from collector.demo.estate.organization import DATA
from collector.demo.server import HOME_REGION, FakeAws

NAME = "curated-analytics"


def build(aws: FakeAws) -> None:
    """One, through which the analytics account reads the curated data."""
    s3control = aws.client("s3control", DATA)
    s3control.create_access_point(AccountId=DATA, Name=NAME, Bucket="acme-lake-curated")
    objects = f"arn:aws:s3:{HOME_REGION}:{DATA}:accesspoint/{NAME}/object/*"
    policy = document(allow("ReadByNotebook", "s3:GetObject", objects, to=NOTEBOOK))
    s3control.put_access_point_policy(AccountId=DATA, Name=NAME, Policy=policy)
