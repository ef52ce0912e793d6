"""Commands through their runner, with stdout and stderr apart, on a small inventory."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from collector.cli.main import app
from tests.inventory import KEY, failure, gap, inventory, rotating

OTHER = "444455556666"
BUCKET = "arn:aws:s3:::"

COMPLETE: dict[str, list[dict[str, Any]]] = {
    "aws_kms_keys": [
        rotating("on", rotation_period_in_days=90),
        rotating("off", False),
        rotating("leaving", key_state="PendingDeletion", deletion_date="2026-07-15T00:00:00Z"),
    ],
    "aws_s3_buckets": [
        {
            "arn": BUCKET + "b1",
            "name": "b1",
            "sse_algorithm": "aws:kms",
            "bucket_key_enabled": True,
            "kms_master_key_id": KEY + "leaving",
        }
    ],
    "aws_organizations_accounts": [{"arn": "o", "id": "111122223333", "name": "data", "state": "ACTIVE"}],
}
INCOMPLETE = {
    **COMPLETE,
    "sync_scopes": [gap("aws_kms_keys", "GetKeyRotationStatus", columns=["rotation_enabled"], message="no")],
    "sync_failures": [failure("aws_kms_keys", "GetKeyRotationStatus", KEY + "on")],
}


@pytest.fixture
def keyreach(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Run a command in an empty folder, without AWS settings."""
    monkeypatch.chdir(tmp_path)
    for variable in [v for v in os.environ if v.startswith(("AWS_", "KEYREACH_"))]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HOME", str(tmp_path))

    def run(*arguments: str, input: str | None = None) -> Any:
        return CliRunner().invoke(app, arguments, input=input)

    return run


@pytest.fixture
def complete(tmp_path: Path) -> str:
    """An inventory of which nothing is missing."""
    return str(inventory(tmp_path / "complete.duckdb", COMPLETE))


@pytest.fixture
def incomplete(tmp_path: Path) -> str:
    """The same, but for the rotation of one key."""
    return str(inventory(tmp_path / "incomplete.duckdb", INCOMPLETE))
