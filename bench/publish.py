"""How fast staged rows become an inventory, and how long the checks take on it.

Stages keys, their policies and grants, and buckets of many invented accounts, publishes them into a new file
and then once more over the old one, and runs every check. Prints one line per step: seconds, rows a second,
and the most memory the process has had.

    python bench/publish.py --accounts 200 --keys 200
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from collector.ask.check import run
from collector.ask.inventory import open_inventory
from collector.ask.library import chosen
from collector.store.publish import Publication, publish
from collector.store.staging import Staging
from collector.sync.lines import merges

REGION = "eu-west-1"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
POLICY = {"Version": "2012-10-17", "Statement": [{"Sid": f"s{n}", "Action": "kms:*"} for n in range(8)]}


def rows(account: str, keys: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """The rows of one account: as many buckets as keys, and two grants a key."""
    here = {"account_id": account, "region": REGION, "_missing": []}
    for number in range(keys):
        key_id = f"{number:08d}-0000-0000-0000-000000000000"
        arn = f"arn:aws:kms:{REGION}:{account}:key/{key_id}"
        metadata = {
            "arn": arn,
            "key_id": key_id,
            "key_manager": "CUSTOMER",
            "origin": "AWS_KMS",
            "key_spec": "SYMMETRIC_DEFAULT",
            "key_usage": "ENCRYPT_DECRYPT",
            "key_state": "Enabled",
            "rotation_enabled": number % 2 == 0,
            "tags": {"team": f"team-{number % 7}"},
        }
        yield "aws_kms_keys", {**here, **metadata, "raw": {"DescribeKey": metadata}}
        text = json.dumps(POLICY)
        policy = {"key_arn": arn, "name": "default", "policy": POLICY, "policy_text": text}
        yield "aws_kms_key_policies", {**here, **policy, "raw": {"Policy": text}}
        for grant in range(2):
            granted = {
                "key_arn": arn,
                "grant_id": f"{number}-{grant}",
                "operations": ["Decrypt"],
                "grantee_principal": f"arn:aws:iam::{account}:role/app-{grant}",
            }
            yield "aws_kms_key_grants", {**here, **granted, "raw": granted}
        name = f"bucket-{account}-{number}"
        bucket = {
            "arn": f"arn:aws:s3:::{name}",
            "name": name,
            "sse_algorithm": "aws:kms",
            "kms_master_key_id": arn,
            "bucket_key_enabled": True,
        }
        yield "aws_s3_buckets", {**here, **bucket, "raw": {"ListBuckets": bucket}}


def facts(number: int) -> dict[str, Any]:
    """What a run says of itself."""
    return {
        "run_id": f"run-{number}",
        "started_at": NOW.isoformat(),
        "finished_at": NOW.isoformat(),
        "version": "bench",
        "account_id": "000000000000",
        "caller_arn": "arn:aws:iam::000000000000:root",
        "partition": "aws",
        "config": "{}",
        "config_fingerprint": "",
        "resumed": False,
        "accounts": 0,
    }


def told(step: str, began: float, count: int) -> None:
    """Print what a step took."""
    seconds = time.perf_counter() - began
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{step:<22} {seconds:8.2f} s {count / seconds:12,.0f} rows/s {memory:8.0f} MB at most")


def main() -> None:
    """Run the steps one after the other."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--accounts", type=int, default=100)
    parser.add_argument("--keys", type=int, default=100, help="keys, and buckets, of each account")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        db = Path(folder) / "bench.duckdb"
        for number in range(2):
            staging = Staging(Path(folder) / "staging")
            staging.restart({"run_id": f"run-{number}"})
            began, count = time.perf_counter(), 0
            for account in range(arguments.accounts):
                account_id = f"{account:012d}"
                found = list(rows(account_id, arguments.keys))
                staging.append(account_id, f"kms/{account_id}/{REGION}", found, True, NOW)
                count += len(found)
            staging.flush()
            told("stage", began, count)
            began = time.perf_counter()
            publish(db, staging, Publication(facts(number), merges(), {}, {}, 30))
            told("publish, new file" if number == 0 else "publish, over the old", began, count)
        print(f"{'file':<22} {db.stat().st_size / 1e6:8.1f} MB")
        began = time.perf_counter()
        engine = open_inventory(db)
        with engine.connect() as connection:
            results = run(connection, chosen([], "check"))
        told("all checks", began, sum(len(result.findings) for result in results))


if __name__ == "__main__":
    main()
