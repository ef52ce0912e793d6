"""Keys, buckets and roles of many accounts, one call after another: the script that is written first."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any, TextIO

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

RETRIES = Config(retries={"mode": "standard", "max_attempts": 5})
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


class Files:
    """One file of JSON lines per kind of resource."""

    def __init__(self, folder: Path) -> None:
        """Write them into a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._files: dict[str, TextIO] = {}

    def write(self, kind: str, account: str, region: str, row: dict[str, Any]) -> None:
        """Add a line."""
        if kind not in self._files:
            self._files[kind] = (self._folder / f"{kind}.jsonl").open("w", encoding="utf-8")
        row = {"account_id": account, "region": region, **row}
        print(json.dumps(row, default=str), file=self._files[kind])

    def close(self) -> None:
        """Close all files."""
        for file in self._files.values():
            file.close()


def ask(client: Any, operation: str, not_configured: str = "", **params: Any) -> dict[str, Any]:
    """One call. Nothing where the setting is not configured or cannot be read."""
    try:
        answer: dict[str, Any] = getattr(client, operation)(**params)
    except ClientError as error:
        if error.response["Error"]["Code"] != not_configured:
            print(f"{operation} {params}: {error}", file=sys.stderr)
        return {}
    answer.pop("ResponseMetadata", None)
    return answer


def listed(client: Any, operation: str, items: str, **params: Any) -> list[dict[str, Any]]:
    """The items of all pages."""
    try:
        pages = client.get_paginator(operation).paginate(**params)
        return [item for page in pages for item in page[items]]
    except ClientError as error:
        print(f"{operation} {params}: {error}", file=sys.stderr)
        return []


def of_region(client: Any, account: str, region: str, files: Files) -> list[dict[str, Any]]:
    """The aliases and custom key stores of one region; returns its keys as listed."""
    for alias in listed(client, "list_aliases", "Aliases", Limit=100):
        files.write("kms_aliases", account, region, alias)
    for store in listed(client, "describe_custom_key_stores", "CustomKeyStores", Limit=1000):
        files.write("kms_custom_key_stores", account, region, store)
    return listed(client, "list_keys", "Keys", Limit=1000)


def key(client: Any, account: str, region: str, entry: dict[str, Any], files: Files) -> None:
    """One key with what decides access to it."""
    key_id, arn = entry["KeyId"], entry["KeyArn"]
    found = ask(client, "describe_key", KeyId=key_id).get("KeyMetadata", {})
    policy = ask(client, "get_key_policy", KeyId=key_id, PolicyName="default")
    files.write("kms_key_policies", account, region, {"KeyArn": arn, **policy})
    for grant in listed(client, "list_grants", "Grants", KeyId=key_id, Limit=100):
        files.write("kms_key_grants", account, region, {"KeyArn": arn, **grant})
    if customer(found):
        found["Tags"] = listed(client, "list_resource_tags", "Tags", KeyId=key_id, Limit=50)
    if has_rotation_status(found):
        found |= ask(client, "get_key_rotation_status", KeyId=key_id)
    if rotates(found):
        for rotation in listed(client, "list_key_rotations", "Rotations", KeyId=key_id, **ROTATIONS):
            files.write("kms_key_rotations", account, region, {"KeyArn": arn, **rotation})
    files.write("kms_keys", account, region, {**entry, **found})


def customer(key: dict[str, Any]) -> bool:
    """Whether a key is customer managed, or could not be described."""
    return bool(key.get("KeyManager", "CUSTOMER") == "CUSTOMER")


def rotates(key: dict[str, Any]) -> bool:
    """Whether a key can be rotated, on a schedule or on demand."""
    symmetric = key.get("KeySpec", "SYMMETRIC_DEFAULT") == "SYMMETRIC_DEFAULT"
    return customer(key) and symmetric and key.get("Origin", "AWS_KMS") in ("AWS_KMS", "EXTERNAL")


def has_rotation_status(key: dict[str, Any]) -> bool:
    """Whether a key can be asked for its rotation."""
    return rotates(key) and key.get("KeyState", "Enabled") in ("Enabled", "Disabled")


def bucket(client: Any, account: str, region: str, entry: dict[str, Any], files: Files) -> None:
    """One bucket with its settings."""
    name = entry["Name"]
    policy = ask(client, "get_bucket_policy", "NoSuchBucketPolicy", Bucket=name)
    entry |= policy
    if policy:
        entry |= ask(client, "get_bucket_policy_status", "NoSuchBucketPolicy", Bucket=name)
    for operation, not_configured in BUCKET_SETTINGS.items():
        entry[operation] = ask(client, operation, not_configured, Bucket=name)
    files.write("s3_buckets", account, region, entry)


def access_points(client: Any, account: str) -> list[dict[str, Any]]:
    """The access points of one region as listed. boto3 has no paginator for them."""
    points: list[dict[str, Any]] = []
    page: dict[str, Any] = {"AccountId": account, "MaxResults": 1000}
    while page:
        answer = ask(client, "list_access_points", **page)
        points += answer.get("AccessPointList", [])
        token = answer.get("NextToken")
        page = {**page, "NextToken": token} if token else {}
    return points


def access_point(client: Any, account: str, region: str, entry: dict[str, Any], files: Files) -> None:
    """One access point with its policy."""
    params = {"AccountId": account, "Name": entry["Name"]}
    entry |= ask(client, "get_access_point", **params)
    policy = ask(client, "get_access_point_policy", "NoSuchAccessPointPolicy", **params)
    entry |= policy
    if policy:
        entry |= ask(client, "get_access_point_policy_status", "NoSuchAccessPointPolicy", **params)
    files.write("s3_access_points", account, region, entry)


def block(client: Any, account: str, files: Files) -> None:
    """The account's own public access block."""
    not_configured = "NoSuchPublicAccessBlockConfiguration"
    found = ask(client, "get_public_access_block", not_configured, AccountId=account)
    files.write("s3_accounts", account, "global", found)


def iam(client: Any, account: str, files: Files) -> None:
    """Roles, users, groups and policies."""
    more = {role["Arn"]: role for role in listed(client, "list_roles", "Roles", MaxItems=1000)}
    more |= {user["Arn"]: user for user in listed(client, "list_users", "Users", MaxItems=1000)}
    for page in client.get_paginator("get_account_authorization_details").paginate(MaxItems=1000):
        for items, kind in DETAILS.items():
            for item in page[items]:
                files.write(kind, account, "global", {**more.get(item["Arn"], {}), **item})


def without_account_in_host(request: Any, **_: Any) -> None:
    """S3 Control puts the account in front of the host, which no endpoint of one's own can bear."""
    account = request.headers["x-amz-account-id"]
    account = account.decode() if isinstance(account, bytes) else account
    request.url = request.url.replace(f"//{account}.", "//")


def account(credentials: dict[str, str], account_id: str, regions: list[str], files: Files) -> None:
    """Everything of one account."""
    session = boto3.Session(
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
    )

    def client(service: str, region: str | None = None) -> Any:
        made = session.client(service, region_name=region, config=RETRIES)
        if service == "s3control":
            made.meta.events.register("before-send.s3-control", without_account_in_host)
        return made

    enabled = [region["RegionName"] for region in client("ec2").describe_regions()["Regions"]]
    s3_clients = {}
    for region in sorted(set(enabled) & set(regions or enabled)):
        kms = client("kms", region)
        for entry in of_region(kms, account_id, region, files):
            key(kms, account_id, region, entry, files)
        s3control = client("s3control", region)
        for entry in access_points(s3control, account_id):
            access_point(s3control, account_id, region, entry, files)
        s3_clients[region] = client("s3", region)
    block(client("s3control"), account_id, files)
    for entry in listed(client("s3"), "list_buckets", "Buckets", MaxBuckets=10000):
        region = entry.get("BucketRegion", session.region_name)
        if region in s3_clients:
            bucket(s3_clients[region], account_id, region, entry, files)
    iam(client("iam"), account_id, files)


def main() -> None:
    """Go through the accounts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--role", required=True)
    parser.add_argument("--accounts", nargs="+", required=True)
    parser.add_argument("--regions", nargs="+", default=[])
    given = parser.parse_args()
    sts, files = boto3.client("sts", config=RETRIES), Files(given.out)
    for account_id in given.accounts:
        role = f"arn:aws:iam::{account_id}:role/{given.role}"
        assumed = sts.assume_role(RoleArn=role, RoleSessionName="bench")
        account(assumed["Credentials"], account_id, given.regions, files)
    files.close()


if __name__ == "__main__":
    main()
