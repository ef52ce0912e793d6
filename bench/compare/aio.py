"""The same work as `sequential.py` with aiobotocore: one event loop and 128 calls in flight."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, TextIO

import uvloop
from aiobotocore.config import AioConfig
from aiobotocore.session import AioSession, get_session
from botocore.exceptions import ClientError

CALLS = 128
CONFIG = AioConfig(retries={"mode": "standard", "max_attempts": 5}, max_pool_connections=CALLS)
BUCKET_SETTINGS = {
    "get_bucket_encryption": "ServerSideEncryptionConfigurationNotFoundError",
    "get_public_access_block": "NoSuchPublicAccessBlockConfiguration",
    "get_bucket_ownership_controls": "OwnershipControlsNotFoundError",
    "get_bucket_versioning": "",
    "get_bucket_acl": "",
    "get_bucket_replication": "ReplicationConfigurationNotFoundError",
    "get_object_lock_configuration": "ObjectLockConfigurationNotFoundError",
    "get_bucket_logging": "",
    "get_bucket_tagging": "NoSuchTagSet",
}
"""What is asked of every bucket -> the error that says it is not configured."""
ROTATIONS = {"Limit": 1000, "IncludeKeyMaterial": "ALL_KEY_MATERIAL"}
DETAILS = {
    "RoleDetailList": "iam_roles",
    "UserDetailList": "iam_users",
    "GroupDetailList": "iam_groups",
    "Policies": "iam_policies",
}
"""Member of the account's authorization details -> file."""


def without_account_in_host(request: Any, **_: Any) -> None:
    """S3 Control puts the account in front of the host, which no endpoint of one's own can bear."""
    account = request.headers["x-amz-account-id"]
    account = account.decode() if isinstance(account, bytes) else account
    request.url = request.url.replace(f"//{account}.", "//")


class Collection:
    """Collects accounts into one file of JSON lines per kind of resource."""

    def __init__(self, session: AioSession, out: Path, role: str, regions: list[str]) -> None:
        """Collect these regions, or all that are enabled."""
        out.mkdir(parents=True, exist_ok=True)
        self._session, self._out, self._role, self._regions = session, out, role, regions
        self._home = session.get_config_variable("region")
        self._turns = asyncio.Semaphore(CALLS)
        self._files: dict[str, TextIO] = {}

    def write(self, kind: str, account: str, region: str, row: dict[str, Any]) -> None:
        """Add a line."""
        if kind not in self._files:
            self._files[kind] = (self._out / f"{kind}.jsonl").open("w", encoding="utf-8")
        row = {"account_id": account, "region": region, **row}
        print(json.dumps(row, default=str), file=self._files[kind])

    async def ask(
        self, client: Any, operation: str, not_configured: str = "", **params: Any
    ) -> dict[str, Any]:
        """One call. Nothing where the setting is not configured or cannot be read."""
        try:
            async with self._turns:
                answer: dict[str, Any] = await getattr(client, operation)(**params)
        except ClientError as error:
            if error.response["Error"]["Code"] != not_configured:
                print(f"{operation} {params}: {error}", file=sys.stderr)
            return {}
        answer.pop("ResponseMetadata", None)
        return answer

    async def pages(self, client: Any, operation: str, **params: Any) -> AsyncIterator[dict[str, Any]]:
        """All pages, each in its turn."""
        pages = aiter(client.get_paginator(operation).paginate(**params))
        while True:
            async with self._turns:
                page = await anext(pages, None)
            if page is None:
                return
            yield page

    async def listed(self, client: Any, operation: str, items: str, **params: Any) -> list[dict[str, Any]]:
        """The items of all pages."""
        try:
            return [item async for page in self.pages(client, operation, **params) for item in page[items]]
        except ClientError as error:
            print(f"{operation} {params}: {error}", file=sys.stderr)
            return []

    async def key(self, client: Any, account: str, region: str, entry: dict[str, Any]) -> None:
        """One key with what decides access to it."""
        key_id, arn = entry["KeyId"], entry["KeyArn"]
        described, policy, grants = await asyncio.gather(
            self.ask(client, "describe_key", KeyId=key_id),
            self.ask(client, "get_key_policy", KeyId=key_id, PolicyName="default"),
            self.listed(client, "list_grants", "Grants", KeyId=key_id, Limit=100),
        )
        found = described.get("KeyMetadata", {})
        self.write("kms_key_policies", account, region, {"KeyArn": arn, **policy})
        for grant in grants:
            self.write("kms_key_grants", account, region, {"KeyArn": arn, **grant})
        customer = found.get("KeyManager", "CUSTOMER") == "CUSTOMER"
        symmetric = found.get("KeySpec", "SYMMETRIC_DEFAULT") == "SYMMETRIC_DEFAULT"
        rotates = customer and symmetric and found.get("Origin", "AWS_KMS") in ("AWS_KMS", "EXTERNAL")
        if customer:
            found["Tags"] = await self.listed(client, "list_resource_tags", "Tags", KeyId=key_id, Limit=50)
        if rotates and found.get("KeyState", "Enabled") in ("Enabled", "Disabled"):
            found |= await self.ask(client, "get_key_rotation_status", KeyId=key_id)
        if rotates:
            listing = self.listed(client, "list_key_rotations", "Rotations", KeyId=key_id, **ROTATIONS)
            for rotation in await listing:
                self.write("kms_key_rotations", account, region, {"KeyArn": arn, **rotation})
        self.write("kms_keys", account, region, {**entry, **found})

    async def keys(self, client: Any, account: str, region: str) -> None:
        """The keys, aliases and custom key stores of one region."""
        for alias in await self.listed(client, "list_aliases", "Aliases", Limit=100):
            self.write("kms_aliases", account, region, alias)
        for store in await self.listed(client, "describe_custom_key_stores", "CustomKeyStores", Limit=1000):
            self.write("kms_custom_key_stores", account, region, store)
        keys = await self.listed(client, "list_keys", "Keys", Limit=1000)
        await asyncio.gather(*(self.key(client, account, region, entry) for entry in keys))

    async def bucket(self, client: Any, account: str, region: str, entry: dict[str, Any]) -> None:
        """One bucket with its settings."""
        name = entry["Name"]
        policy, *settings = await asyncio.gather(
            self.ask(client, "get_bucket_policy", "NoSuchBucketPolicy", Bucket=name),
            *(self.ask(client, operation, code, Bucket=name) for operation, code in BUCKET_SETTINGS.items()),
        )
        entry |= policy | dict(zip(BUCKET_SETTINGS, settings, strict=True))
        if policy:
            entry |= await self.ask(client, "get_bucket_policy_status", "NoSuchBucketPolicy", Bucket=name)
        self.write("s3_buckets", account, region, entry)

    async def access_points(self, client: Any, account: str, region: str) -> None:
        """The access points of one region."""
        points: list[dict[str, Any]] = []
        page: dict[str, Any] = {"AccountId": account, "MaxResults": 1000}
        while page:
            answer = await self.ask(client, "list_access_points", **page)
            points += answer.get("AccessPointList", [])
            token = answer.get("NextToken")
            page = {**page, "NextToken": token} if token else {}
        for point in points:
            params = {"AccountId": account, "Name": point["Name"]}
            point |= await self.ask(client, "get_access_point", **params)
            policy = await self.ask(client, "get_access_point_policy", "NoSuchAccessPointPolicy", **params)
            point |= policy
            if policy:
                code = "NoSuchAccessPointPolicy"
                point |= await self.ask(client, "get_access_point_policy_status", code, **params)
            self.write("s3_access_points", account, region, point)

    async def iam(self, client: Any, account: str) -> None:
        """Roles, users, groups and policies."""
        roles, users = await asyncio.gather(
            self.listed(client, "list_roles", "Roles", MaxItems=1000),
            self.listed(client, "list_users", "Users", MaxItems=1000),
        )
        more = {entry["Arn"]: entry for entry in roles + users}
        async for page in self.pages(client, "get_account_authorization_details", MaxItems=1000):
            for items, kind in DETAILS.items():
                for item in page[items]:
                    self.write(kind, account, "global", {**more.get(item["Arn"], {}), **item})

    async def account(self, sts: Any, account: str) -> None:
        """Everything of one account, with clients that are closed after it."""
        role = f"arn:aws:iam::{account}:role/{self._role}"
        credentials = (await sts.assume_role(RoleArn=role, RoleSessionName="bench"))["Credentials"]
        async with AsyncExitStack() as stack:

            async def client(service: str, region: str = self._home) -> Any:
                made = self._session.create_client(
                    service,
                    region_name=region,
                    aws_access_key_id=credentials["AccessKeyId"],
                    aws_secret_access_key=credentials["SecretAccessKey"],
                    aws_session_token=credentials["SessionToken"],
                    config=CONFIG,
                )
                entered = await stack.enter_async_context(made)
                if service == "s3control":
                    entered.meta.events.register("before-send.s3-control", without_account_in_host)
                return entered

            described = await (await client("ec2")).describe_regions()
            enabled = {region["RegionName"] for region in described["Regions"]}
            s3 = {}
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self.iam(await client("iam"), account))
                for region in sorted(enabled & set(self._regions or enabled)):
                    s3[region] = await client("s3", region)
                    tasks.create_task(self.keys(await client("kms", region), account, region))
                    s3control = await client("s3control", region)
                    tasks.create_task(self.access_points(s3control, account, region))
                home = await client("s3control")
                code = "NoSuchPublicAccessBlockConfiguration"
                block = await self.ask(home, "get_public_access_block", code, AccountId=account)
                self.write("s3_accounts", account, "global", block)
                listing = self.listed(await client("s3"), "list_buckets", "Buckets", MaxBuckets=10000)
                for entry in await listing:
                    region = entry.get("BucketRegion", self._home)
                    if region in s3:
                        tasks.create_task(self.bucket(s3[region], account, region, entry))

    async def run(self, accounts: list[str]) -> None:
        """Go through the accounts, all at once."""
        async with self._session.create_client("sts", config=CONFIG) as sts, asyncio.TaskGroup() as tasks:
            for account in accounts:
                tasks.create_task(self.account(sts, account))
        for file in self._files.values():
            file.close()


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--role", required=True)
    parser.add_argument("--accounts", nargs="+", required=True)
    parser.add_argument("--regions", nargs="+", default=[])
    given = parser.parse_args()
    uvloop.run(Collection(get_session(), given.out, given.role, given.regions).run(given.accounts))


if __name__ == "__main__":
    main()
