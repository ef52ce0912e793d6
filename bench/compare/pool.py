"""The same work as `sequential.py` with 32 threads, which is what that script becomes.

One session makes all clients, and each is kept: making one costs more than ten calls.
"""

from __future__ import annotations

import argparse
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import sequential
from botocore.config import Config

THREADS = 32
CONFIG = Config(retries={"mode": "standard", "max_attempts": 5}, max_pool_connections=THREADS)

Job = tuple[Callable[..., Any], tuple[Any, ...]]
"""A function and what it is called with, in one of the threads."""


class Files(sequential.Files):
    """The same files, written by all threads."""

    def __init__(self, folder: Path) -> None:
        """Write them into a folder."""
        super().__init__(folder)
        self._lock = threading.Lock()

    def write(self, kind: str, account: str, region: str, row: dict[str, Any]) -> None:
        """Add a line."""
        with self._lock:
            super().write(kind, account, region, row)


class Clients:
    """One client per account, service and region, for all threads."""

    def __init__(self, role: str) -> None:
        """Make clients that have assumed the role."""
        self._role, self._session, self._lock = role, boto3.Session(), threading.Lock()
        self._sts = self._session.client("sts", config=CONFIG)
        self._credentials: dict[str, dict[str, str]] = {}
        self._clients: dict[tuple[str, str, str | None], Any] = {}
        self.home = self._session.region_name

    def reach(self, account: str) -> None:
        """Assume the role in an account."""
        role = f"arn:aws:iam::{account}:role/{self._role}"
        assumed = self._sts.assume_role(RoleArn=role, RoleSessionName="bench")
        self._credentials[account] = assumed["Credentials"]

    def get(self, account: str, service: str, region: str | None = None) -> Any:
        """The client. Making clients is not safe in several threads, using them is."""
        key, credentials = (account, service, region or self.home), self._credentials[account]
        with self._lock:
            if key not in self._clients:
                client = self._session.client(
                    service,
                    region_name=region,
                    aws_access_key_id=credentials["AccessKeyId"],
                    aws_secret_access_key=credentials["SecretAccessKey"],
                    aws_session_token=credentials["SessionToken"],
                    config=CONFIG,
                )
                if service == "s3control":
                    hook = sequential.without_account_in_host
                    client.meta.events.register("before-send.s3-control", hook)
                self._clients[key] = client
            return self._clients[key]


class Collection:
    """What the threads do: three rounds, each of which finds the jobs of the next."""

    def __init__(self, clients: Clients, files: Files, regions: list[str]) -> None:
        """Collect these regions, or all that are enabled."""
        self._clients, self._files, self._regions = clients, files, regions

    def account(self, account: str) -> list[Job]:
        """Reach an account, and find what there is to list."""
        self._clients.reach(account)
        described = self._clients.get(account, "ec2").describe_regions()["Regions"]
        enabled = {region["RegionName"] for region in described}
        regions = sorted(enabled & set(self._regions or enabled))
        jobs: list[Job] = [(self.buckets, (account, regions)), (self.of_account, (account,))]
        return jobs + [(self.of_region, (account, region)) for region in regions]

    def of_account(self, account: str) -> list[Job]:
        """IAM, and the account's own public access block."""
        sequential.iam(self._clients.get(account, "iam"), account, self._files)
        sequential.block(self._clients.get(account, "s3control"), account, self._files)
        return []

    def of_region(self, account: str, region: str) -> list[Job]:
        """The keys and access points of a region."""
        kms, s3control = (self._clients.get(account, service, region) for service in ("kms", "s3control"))
        keys = sequential.of_region(kms, account, region, self._files)
        points = sequential.access_points(s3control, account)
        return [
            *((sequential.key, (kms, account, region, key, self._files)) for key in keys),
            *((sequential.access_point, (s3control, account, region, p, self._files)) for p in points),
        ]

    def buckets(self, account: str, regions: list[str]) -> list[Job]:
        """The buckets of an account."""
        home, jobs = self._clients.get(account, "s3"), []
        for bucket in sequential.listed(home, "list_buckets", "Buckets", MaxBuckets=10000):
            region = bucket.get("BucketRegion", self._clients.home)
            if region in regions:
                client = self._clients.get(account, "s3", region)
                jobs.append((sequential.bucket, (client, account, region, bucket, self._files)))
        return jobs


def main() -> None:
    """Go through the accounts, a round at a time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--role", required=True)
    parser.add_argument("--accounts", nargs="+", required=True)
    parser.add_argument("--regions", nargs="+", default=[])
    given = parser.parse_args()
    files = Files(given.out)
    collection = Collection(Clients(given.role), files, given.regions)
    jobs: list[Job] = [(collection.account, (account,)) for account in given.accounts]
    with ThreadPoolExecutor(THREADS) as threads:
        while jobs:
            found = threads.map(lambda job: job[0](*job[1]), jobs)
            jobs = [job for further in found for job in further or ()]
    files.close()


if __name__ == "__main__":
    main()
