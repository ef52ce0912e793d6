"""A small organization on a fake AWS: three accounts, a few keys and buckets, and a reader role."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
from typer.testing import CliRunner

from collector.cli.main import app
from collector.config import parse
from collector.demo.faithful.organizations import next_account_ids
from collector.demo.server import FakeAws
from collector.sync import Report, sync
from collector.sync.collection import Filters
from tests.fault_server import Faults

MANAGEMENT, DATA, SPARE = "111111111111", "222222222222", "333333333333"
EXTERNAL_ID = "an-external-id-that-nobody-may-see"
CONFIG = f"""
[accounts]
organization = true
[role]
name = "audit/reader"
external_id = "{EXTERNAL_ID}"
"""


def only(*tables: str) -> str:
    """The configuration, for fewer tables: a sync that is sooner over."""
    return f"{CONFIG}\n[sync]\ntables = {json.dumps(tables)}\n"


@dataclass
class Estate:
    """The fake AWS with its faults, and one inventory of it."""

    aws: FakeAws
    faults: Faults
    db: Path
    keys: dict[str, str]
    """Name -> key ARN."""
    config: str = CONFIG
    """What it is collected with, where nothing else is said."""
    firsts: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    """Configuration -> run and file of the first sync with it."""

    def caller(self) -> AbstractContextManager[None]:
        """This process is the management account's root user meanwhile."""
        return self.aws.as_caller(MANAGEMENT)

    def sync(self, config: str | None = None, filters: Filters | None = None, **rest: Any) -> Report:
        """Collect it."""
        found = parse(self.config if config is None else config)
        with self.caller():
            return sync(found, self.db, filters, **rest)

    def settled(self, config: str | None = None) -> str:
        """Have what a first, good sync gives, made once for an organization that lasts; the run's id."""
        text = self.config if config is None else config
        if text in self.firsts:
            self.db.write_bytes(self.firsts[text][1])
        else:
            report = self.sync(text)
            assert report.complete
            self.firsts[text] = (report.run["run_id"], self.db.read_bytes())
        return self.firsts[text][0]

    def configure(self, text: str | None = None) -> str:
        """Write a configuration beside the inventory; where it is."""
        path = self.db.parent / "keyreach.toml"
        path.write_text(self.config if text is None else text)
        return str(path)

    def command(self, *arguments: str) -> Any:
        """Run a command line on the inventory, in this process."""
        with self.caller():
            return CliRunner().invoke(app, ["--db", str(self.db), *arguments])

    def start(self, *arguments: str, program: tuple[str, ...] = ("-m", "collector")) -> Any:
        """Run a command line on the inventory as a process of its own."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "KEYREACH_"))}
        return subprocess.Popen(
            [sys.executable, *program, *arguments],
            cwd=self.db.parent,
            env={**kept, **self.aws.environment(MANAGEMENT), "KEYREACH_DB": str(self.db)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    @property
    def staging(self) -> Path:
        """Where a sync keeps what it has collected."""
        return self.db.with_name(self.db.name + ".staging")

    def staged(self) -> list[Path]:
        """The accounts' files in there."""
        return sorted(self.staging.glob("*.jsonl.gz"))

    def ask(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Rows of the inventory."""
        with duckdb.connect(str(self.db), read_only=True) as connection:
            connection.execute("set TimeZone = 'UTC'")
            return connection.execute(sql, list(parameters)).fetchall()

    def column(self, sql: str, *parameters: Any) -> list[Any]:
        """The first column."""
        return [row[0] for row in self.ask(sql, *parameters)]

    def deny(self, operation: str, account: str = "", **rest: Any) -> None:
        """Have an operation denied from now on."""
        self.faults.add(operation=operation, account=account, **{"error": "AccessDeniedException", **rest})


def build(aws: FakeAws) -> dict[str, str]:
    """Make everything; the keys by name."""
    client = aws.client("organizations", MANAGEMENT)
    client.create_organization(FeatureSet="ALL")
    root = client.list_roots()["Roots"][0]["Id"]
    unit = client.create_organizational_unit(ParentId=root, Name="Data")["OrganizationalUnit"]["Id"]
    next_account_ids.clear()
    for account_id, name in ((DATA, "data"), (SPARE, "spare")):
        next_account_ids.append(account_id)
        client.create_account(AccountName=name, Email=f"{name}@acme.example")
        reader(aws, account_id)
    client.move_account(AccountId=DATA, SourceParentId=root, DestinationParentId=unit)
    kms, s3 = aws.client("kms", DATA), aws.client("s3", DATA)
    keys = {name: kms.create_key()["KeyMetadata"]["Arn"] for name in ("one", "two")}
    keys["eu"] = aws.client("kms", DATA, "eu-west-1").create_key()["KeyMetadata"]["Arn"]
    kms.enable_key_rotation(KeyId=keys["one"])
    kms.create_grant(KeyId=keys["one"], GranteePrincipal=f"arn:aws:iam::{SPARE}:root", Operations=["Decrypt"])
    s3.create_bucket(Bucket="here")
    where = {"LocationConstraint": "eu-west-1"}
    aws.client("s3", DATA, "eu-west-1").create_bucket(Bucket="there", CreateBucketConfiguration=where)
    return keys


def reader(aws: FakeAws, account_id: str) -> None:
    """The role that is assumed in a member account."""
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{MANAGEMENT}:root"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": EXTERNAL_ID}},
    }
    aws.client("iam", account_id).create_role(
        RoleName="reader",
        Path="/audit/",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )
