"""What the checks say about the demonstration, worked out by hand from collector/demo/estate."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from collector.cli.demo import refuse_real_inventory
from collector.cli.main import app
from collector.demo.estate import Estate
from collector.demo.estate.organization import AUDIT, DATA, SANDBOX
from tests.inventory import inventory

LOCKED = ("unknown", "forensics", "")
"""The key of the audit account whose policy lets nobody look at it."""
UNSEEN = ("unknown", SANDBOX, "")
"""The account without a reader role."""

EXPECTED = {
    "kms-alias-hygiene": {
        ("fail", "alias/exports", "exports"),
        ("fail", "alias/quarantine", "quarantine"),
        ("fail", "alias/retired", "retired"),
        ("fail", "forgotten", ""),
        ("unknown", "alias/forensics", "forensics"),
        LOCKED,
        UNSEEN,
    },
    "kms-custom-key-store-unhealthy": {
        ("fail", "archive-hsm", ""),
        ("fail", "archive", "archive-hsm"),
        LOCKED,
        UNSEEN,
    },
    "kms-grant-external-account": {("fail", "lake", "migration-2024"), LOCKED, UNSEEN},
    "kms-grant-redelegation": {("fail", "lake", "etl"), LOCKED, UNSEEN},
    "kms-grant-stale-or-duplicate": {
        ("fail", "lake", "migration-2024"),
        ("fail", "lake", "etl"),
        ("fail", "lake", "notebooks"),
        ("fail", "quarantine", "nightly"),
        LOCKED,
        UNSEEN,
    },
    "kms-grant-unconstrained-decrypt": {
        ("fail", "lake", "migration-2024"),
        ("fail", "lake", "etl"),
        ("fail", "quarantine", "nightly"),
        LOCKED,
        UNSEEN,
    },
    "kms-imported-material-expiring": {("fail", "partner", ""), LOCKED, UNSEEN},
    "kms-key-disabled-in-use": {("fail", "quarantine", ""), LOCKED, UNSEEN},
    "kms-key-pending-deletion-in-use": {("fail", "exports", ""), ("unknown", "retired", ""), LOCKED, UNSEEN},
    "kms-key-pending-deletion-recent": {("fail", "retired", ""), LOCKED, UNSEEN},
    "kms-key-unused": {("unknown", "forgotten", ""), LOCKED, UNSEEN},
    "kms-material-missing-in-use": {("fail", "returns", ""), LOCKED, UNSEEN},
    "kms-origin-outside-standard": {
        ("fail", "partner", ""),
        ("fail", "returns", ""),
        ("fail", "archive", ""),
        LOCKED,
        UNSEEN,
    },
    "kms-policy-unreadable": {("fail", "forensics", ""), UNSEEN},
    "kms-rotation-manual-overdue": {
        ("fail", "partner", ""),
        ("fail", "signing", ""),
        ("fail", "tokens", ""),
        LOCKED,
        UNSEEN,
    },
    "kms-rotation-off-eligible": {
        ("fail", "events", ""),
        ("fail", "forgotten", ""),
        ("fail", "search", ""),
        LOCKED,
        UNSEEN,
    },
    "kms-rotation-period-over-policy": {LOCKED, UNSEEN},
    "kms-spec-unusable-for-service": {
        ("fail", "acme-signatures", "signing"),
        ("unknown", "acme-evidence", "forensics"),
        UNSEEN,
    },
    "s3-bucket-key-off": {("fail", "acme-lake-events", ""), UNSEEN},
    "s3-default-key-alias-or-short-id": {
        ("fail", "acme-lake-landing", ""),
        ("fail", "acme-notebook-scratch", ""),
        UNSEEN,
    },
    "s3-sse-kms-aws-managed-key": {
        ("fail", "acme-lake-reports", f"aws/s3 of {DATA}"),
        ("unknown", "acme-evidence", "forensics"),
        UNSEEN,
    },
}
"""Check -> verdict, resource and related resource of every row that does not pass, by their names."""

CRITICAL = {
    ("kms-grant-external-account", "lake"),
    ("kms-imported-material-expiring", "partner"),
    ("kms-key-pending-deletion-in-use", "exports"),
    ("kms-material-missing-in-use", "returns"),
}


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Path]:
    """`keyreach demo`, run once."""
    folder = tmp_path_factory.mktemp("demo")
    before = Path.cwd()
    os.chdir(folder)
    try:
        return CliRunner().invoke(app, ["demo"]), folder / "keyreach-demo.duckdb"
    finally:
        os.chdir(before)


@pytest.fixture(scope="module")
def findings(shown: tuple[Any, Path]) -> list[dict[str, Any]]:
    """All verdicts about the demonstration's inventory."""
    arguments = ["--db", str(shown[1]), "check", "--status", "fail,unknown,pass", "--format", "json"]
    return list(json.loads(CliRunner().invoke(app, arguments).stdout))


def named(text: str | None, estate: Estate, evidence: Any) -> str:
    """A resource by its name in the estate; a grant by the name that its evidence tells."""
    if not text:
        return ""
    names = {arn: name for name, arn in estate.keys.items()}
    if text in names:
        return names[text]
    if text.startswith("cks-"):
        return "archive-hsm"
    if isinstance(evidence, dict) and "operations" in evidence and not text.startswith("arn:"):
        return str(evidence["name"])
    return text.rpartition(":")[2]


@pytest.mark.parametrize("check", EXPECTED)
def test_every_verdict_that_is_no_pass(check: str, findings: list[dict[str, Any]], estate: Estate) -> None:
    found = {
        (f["status"], named(f["resource_id"], estate, None), named(f["related_id"], estate, f["evidence"]))
        for f in findings
        if f["check_id"] == check and f["status"] != "pass"
    }
    assert found == EXPECTED[check]


def test_no_check_says_anything_else(findings: list[dict[str, Any]], estate: Estate) -> None:
    assert {finding["check_id"] for finding in findings} == set(EXPECTED)
    critical = {
        (f["check_id"], named(f["resource_id"], estate, None))
        for f in findings
        if f["severity"] == "critical" and f["status"] == "fail"
    }
    assert critical == CRITICAL


def test_what_is_well_passes(findings: list[dict[str, Any]], estate: Estate) -> None:
    rotating = {
        named(f["resource_id"], estate, None)
        for f in findings
        if f["check_id"] == "kms-rotation-off-eligible" and f["status"] == "pass"
    }
    assert rotating == {"lake", "worldwide", "logs", "ledger", "artifacts"}


def test_findings_say_whose_they_are(findings: list[dict[str, Any]]) -> None:
    places = {(f["account_id"], f["account_name"], f["ou_path"]) for f in findings}
    assert (DATA, "data-lake", "Root/Workloads/Data") in places
    assert (AUDIT, "security-audit", "Root/Security") in places


def test_it_prints_findings_and_three_next_commands_and_exits_0(shown: tuple[Any, Path]) -> None:
    result, db = shown
    assert result.exit_code == 0
    assert "kms-key-pending-deletion-in-use" in result.stdout
    commands = [line for line in result.stderr.splitlines() if line.startswith("  keyreach --db")]
    assert len(commands) == 3
    assert db.stat().st_mode & 0o777 == 0o600


def test_it_may_run_again_over_itself_but_not_over_a_real_inventory(
    shown: tuple[Any, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_real_inventory(shown[1])
    real = inventory(tmp_path / "real.duckdb", {})
    before = real.read_bytes()
    for arguments in (["demo", "--db", str(real)], ["--db", str(real), "demo"]):
        result = CliRunner().invoke(app, arguments)
        assert result.exit_code == 2 and "real inventory" in result.stderr
    monkeypatch.setenv("KEYREACH_DB", str(real))
    assert CliRunner().invoke(app, ["demo"]).exit_code == 2
    assert real.read_bytes() == before
