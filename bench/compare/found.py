"""How many keys, grants, buckets and roles are in what a contender wrote."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

from bench.endpoint import Estate

TABLES = {"keys": "kms_keys", "grants": "kms_key_grants", "buckets": "s3_buckets", "roles": "iam_roles"}


def there_are(estate: Estate, accounts: int) -> dict[str, int]:
    """What there is to find in the first accounts of an estate."""
    places = [(account, region) for account in range(accounts) for region in range(estate.regions)]
    keys = sum(estate.keys_in(*place) for place in places)
    grants = sum(estate.grants_on(*place, key) for place in places for key in range(estate.keys_in(*place)))
    return {
        "keys": keys + estate.managed_keys * len(places),
        "grants": grants,
        "buckets": estate.buckets * accounts,
        "roles": estate.roles * accounts,
    }


def keyreach(folder: Path) -> dict[str, int]:
    """Rows of the inventory."""
    import duckdb

    with duckdb.connect(str(folder / "keyreach.duckdb"), read_only=True) as inventory:
        return {
            kind: inventory.execute(f"select count(*) from aws_{table}").fetchone()[0]  # type: ignore[index]
            for kind, table in TABLES.items()
        }


def lines(folder: Path) -> dict[str, int]:
    """Lines of the scripts' files."""
    return {kind: _lines(folder / f"{table}.jsonl") for kind, table in TABLES.items()}


def prowler(folder: Path) -> dict[str, int]:
    """Different resources among the findings. They have no grants."""
    resources = set()
    csv.field_size_limit(sys.maxsize)
    for path in folder.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            resources |= {row["RESOURCE_UID"] for row in csv.DictReader(file, delimiter=";")}
    return {
        "keys": sum(":kms:" in arn and ":key/" in arn for arn in resources),
        "grants": 0,
        "buckets": sum(arn.startswith("arn:aws:s3:::") for arn in resources),
        "roles": sum(":iam:" in arn and ":role/" in arn for arn in resources),
    }


def scoutsuite(folder: Path) -> dict[str, int]:
    """Resources in the report's data."""
    (path,) = folder.glob("scoutsuite-results/scoutsuite_results_*.js")
    _, _, text = path.read_text(encoding="utf-8").partition("\n")
    services = json.loads(text)["services"]
    keys = [key for region in services["kms"]["regions"].values() for key in region["keys"].values()]
    return {
        "keys": len(keys),
        "grants": sum(len(key["grants"]) for key in keys),
        "buckets": len(services["s3"]["buckets"]),
        "roles": len(services["iam"]["roles"]),
    }


def _lines(path: Path) -> int:
    return sum(1 for _ in path.open(encoding="utf-8")) if path.exists() else 0
