"""What the checks say about the demonstration, worked out by hand from collector/demo/estate."""

from __future__ import annotations

import json
import os
import re
import shlex
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from collector.cli.main import app
from collector.demo.estate import Estate
from tests.inventory import inventory

EXPECTED = "".join(path.read_text() for path in sorted(Path(__file__).with_name("expected").glob("*.txt")))
"""Of each check every row: account and verdict, then the resource, or `resource > related`, by their names.

`forensics` is the key whose policy lets nobody look at it.
"""
UNREACHED = ("sandbox", "unknown", "sandbox")
"""And of every check this: the account has no reader role, so it may hold anything."""

KEYS = {
    "data-lake": (
        "lake",
        "events",
        "exports",
        "quarantine",
        "retired",
        "forgotten",
        "signing",
        "tokens",
        "partner",
        "returns",
        "archive",
        "worldwide",
        "worldwide in the second region",
    ),
    "security-audit": ("logs", "ledger"),
    "compute": ("artifacts",),
    "analytics": ("search",),
}
"""The customer managed keys that can be looked at."""

SEVERITIES = {
    "kms-grant-external-account": {"lake": "critical"},
    "kms-imported-material-expiring": {"partner": "critical"},
    "kms-key-pending-deletion-in-use": {"exports": "critical"},
    "kms-material-missing-in-use": {"returns": "critical"},
    "kms-origin-outside-standard": {"partner": "medium", "returns": "medium", "archive": "medium"},
    "s3-default-key-alias-or-short-id": {"acme-lake-landing": "high", "acme-notebook-scratch": "medium"},
    "s3-sse-kms-aws-managed-key": {"acme-lake-reports": "medium"},
}
"""Of checks whose findings are not all as bad as each other: another account writes to `landing`, for one."""


def expected() -> dict[str, Counter[tuple[str, str, str]]]:
    """Check -> account's name, verdict and resource of every row, with how many there are of it."""
    checks: dict[str, Counter[tuple[str, str, str]]] = {}
    for line in re.sub(r"\n {4,}", " ", EXPECTED).strip().splitlines():
        if not line.startswith(" "):
            rows = checks[line] = Counter([UNREACHED])
        elif line == "  every other key":
            rows.update(_others(rows))
        elif not line.startswith("  #"):
            place, _, resources = line.partition(": ")
            account, status = place.split()
            rows.update((account, status, resource) for resource in resources.split(", "))
    return checks


def _others(rows: Counter[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """A pass for every customer managed key without a row, and an unknown for the one that nobody may see."""
    named = {resource.partition(" > ")[0] for _, _, resource in rows}
    keys = ((account, key) for account, keys in KEYS.items() for key in keys if key not in named)
    return [("security-audit", "unknown", "forensics"), *((account, "pass", key) for account, key in keys)]


def about(finding: dict[str, Any], estate: Estate) -> str:
    """What a finding is about, by the names in the estate; of a grant its own."""
    names = {id: name for name, id in {**estate.keys, **estate.accounts}.items()}
    if finding["check_id"].startswith("kms-grant-") and finding["evidence"]:
        names[finding["related_id"]] = finding["evidence"]["name"]
    names |= {f"arn:aws:iam::{id}:root": f"account {name}" for id, name in names.items() if id.isdigit()}
    ids = [id for id in (finding["resource_id"], finding["related_id"]) if id]
    return " > ".join(names.get(id) or _short(id) for id in ids)


def _short(id: str) -> str:
    account = re.sub(r"^arn:aws:iam::(\d+):root$", r"account \1", id)
    return re.sub("^cks-.*", "archive-hsm", account).rpartition(":")[2]


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Path, float]:
    """`keyreach demo`, run once: what came of it, its file, and the seconds it took."""
    folder = tmp_path_factory.mktemp("demo")
    before, began = Path.cwd(), time.monotonic()
    os.chdir(folder)
    try:
        result = CliRunner().invoke(app, ["demo"])
    finally:
        os.chdir(before)
    return result, folder / "keyreach-demo.duckdb", time.monotonic() - began


@pytest.fixture(scope="module")
def findings(shown: tuple[Any, Path, float]) -> list[dict[str, Any]]:
    """All verdicts about the demonstration's inventory."""
    arguments = ["--db", str(shown[1]), "check", "--status", "fail,unknown,pass", "--format", "json"]
    return list(json.loads(CliRunner().invoke(app, arguments).stdout))


@pytest.mark.parametrize("check", expected())
def test_every_row_of_every_check(check: str, findings: list[dict[str, Any]], estate: Estate) -> None:
    rows = [f for f in findings if f["check_id"] == check]
    assert Counter((f["account_name"], f["status"], about(f, estate)) for f in rows) == expected()[check]


def test_no_other_check_says_anything(findings: list[dict[str, Any]]) -> None:
    assert {finding["check_id"] for finding in findings} == set(expected())


def severities(check: str, findings: list[dict[str, Any]], estate: Estate) -> dict[str, str]:
    failed = [f for f in findings if f["check_id"] == check and f["status"] == "fail"]
    return {about(f, estate).partition(" > ")[0]: f["severity"] for f in failed}


@pytest.mark.parametrize("check", SEVERITIES)
def test_how_bad_they_are(check: str, findings: list[dict[str, Any]], estate: Estate) -> None:
    assert severities(check, findings, estate) == SEVERITIES[check]


def test_findings_say_whose_they_are(findings: list[dict[str, Any]], estate: Estate) -> None:
    assert {f["account_name"]: f["ou_path"] for f in findings} == {
        "security-audit": "Root/Security",
        "data-lake": "Root/Workloads/Data",
        "compute": "Root/Workloads",
        "analytics": "Root/Workloads",
        "sandbox": "Root/Sandbox",
    }
    assert [f for f in findings if estate.accounts[f["account_name"]] != f["account_id"]] == []


def test_it_prints_findings_and_three_next_commands_and_exits_0(shown: tuple[Any, Path, float]) -> None:
    result, db, seconds = shown
    assert result.exit_code == 0 and seconds < 60
    assert "kms-key-pending-deletion-in-use" in result.stdout
    commands = [line for line in result.stderr.splitlines() if line.startswith("  keyreach --db")]
    assert len(commands) == 3
    assert db.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in db.parent.iterdir()) == [db.name, f"{db.name}.lock"]


def test_the_next_commands_work(shown: tuple[Any, Path, float], monkeypatch: pytest.MonkeyPatch) -> None:
    result, db, _ = shown
    monkeypatch.chdir(db.parent)
    for line in [line for line in result.stderr.splitlines() if line.startswith("  keyreach --db")]:
        ran = CliRunner().invoke(app, shlex.split(line)[1:])
        assert ran.exit_code in (0, 3, 4) and ran.stdout, line


def test_it_runs_again_over_itself_but_not_over_a_real_inventory(
    shown: tuple[Any, Path, float], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert CliRunner().invoke(app, ["demo", "--db", str(shown[1])]).exit_code == 0
    real = inventory(tmp_path / "real.duckdb", {})
    before = real.read_bytes()
    for arguments in (["demo", "--db", str(real)], ["--db", str(real), "demo"]):
        result = CliRunner().invoke(app, arguments)
        assert result.exit_code == 2 and "real inventory" in result.stderr
    monkeypatch.setenv("KEYREACH_DB", str(real))
    assert CliRunner().invoke(app, ["demo"]).exit_code == 2
    assert real.read_bytes() == before
