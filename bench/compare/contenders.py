"""Who takes part: how each is started, and where what it found stands."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bench.compare import environments, found
from bench.endpoint import READER

HERE = Path(__file__).parent
CONFIG = """\
[accounts]
ids = {accounts}

[role]
name = "{role}"

[sync]
tables = ["aws_kms_*", "aws_s3_*", "aws_iam_*"]
quota_share = 1
"""


@dataclass(frozen=True)
class Job:
    """What a contender is to collect, and where it puts it."""

    accounts: tuple[str, ...]
    regions: tuple[str, ...]
    folder: Path
    concurrency: int
    environments: Path


@dataclass(frozen=True)
class Contender:
    """One of those that are compared."""

    name: str
    what: str
    command: Callable[[Job], list[str]]
    """Its command line."""
    found: Callable[[Path], dict[str, int]]
    """How many keys, grants, buckets and roles its output holds."""
    one_account: bool = False
    """Whether it is measured on a single account: it is too slow for the whole estate, or made for one."""
    rounds: int | None = None
    """How often it is measured at most."""
    done: tuple[int, ...] = (0,)
    """Exit codes that say that it did its work."""
    collected: Callable[[Path], float] | None = None
    """When it had collected everything, if it does more after that."""


def keyreach(transport: str) -> Callable[[Job], list[str]]:
    """A sync by one of the transports."""

    def command(job: Job) -> list[str]:
        config = job.folder / "keyreach.toml"
        config.write_text(CONFIG.format(accounts=json.dumps(job.accounts), role=READER), encoding="utf-8")
        return [
            *(sys.executable, "-m", "collector", "--db", str(job.folder / "keyreach.duckdb")),
            *("sync", str(config), "--transport", transport, "--concurrency", str(job.concurrency)),
            *("--summary", str(job.folder / "summary.json")),
        ]

    return command


def collected_by_keyreach(folder: Path) -> float:
    """When a sync had collected everything; it decides and writes its file after that."""
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    return datetime.fromisoformat(summary["finished_at"]).timestamp()


def script(name: str, tool: str = "") -> Callable[[Job], list[str]]:
    """A script of this folder, in our own environment or in a tool's."""

    def command(job: Job) -> list[str]:
        python = str(environments.python_of(tool, job.environments)) if tool else sys.executable
        return [
            *(python, str(HERE / name), "--out", str(job.folder), "--role", READER),
            *("--accounts", *job.accounts, "--regions", *job.regions),
        ]

    return command


def tool(name: str, *arguments: str, regions: str, folder: str) -> Callable[[Job], list[str]]:
    """Another tool's command, with the names of its options for regions and its output."""

    def command(job: Job) -> list[str]:
        python = environments.python_of(name, job.environments)
        return [
            *(str(python), str(HERE / "at_endpoint.py"), *arguments),
            *(regions, *job.regions, folder, str(job.folder)),
        ]

    return command


SERVICES = ("--services", "kms", "s3", "iam")

ALL = (
    Contender("keyreach", "keyreach sync", keyreach("http"), found.keyreach, collected=collected_by_keyreach),
    Contender(
        "keyreach-boto3",
        "keyreach sync --transport boto3",
        keyreach("boto3"),
        found.keyreach,
        collected=collected_by_keyreach,
    ),
    Contender("pool", "boto3, 32 threads", script("pool.py"), found.lines),
    Contender("aiobotocore", "aiobotocore, 128 calls", script("aio.py", "aiobotocore"), found.lines),
    Contender(
        "sequential", "boto3, one call at a time", script("sequential.py"), found.lines, one_account=True
    ),
    Contender(
        "prowler",
        "prowler aws",
        tool(
            "prowler",
            *("prowler", "aws", *SERVICES, "--no-banner", "--no-color", "-z", "--output-formats", "csv"),
            regions="--region",
            folder="--output-directory",
        ),
        found.prowler,
        one_account=True,
        rounds=1,
    ),
    Contender(
        "scoutsuite",
        "scout aws",
        tool(
            "scoutsuite",
            *("scout", "aws", *SERVICES, "--no-browser", "--force"),
            regions="--regions",
            folder="--report-dir",
        ),
        found.scoutsuite,
        one_account=True,
        rounds=1,
        done=(0, 200),
    ),
)
