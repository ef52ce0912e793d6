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

EXPECTED = """
kms-alias-hygiene
  # An alias and its key; then the keys that have an alias or none, but for those that are being deleted.
  data-lake fail: alias/exports > exports, alias/quarantine > quarantine, alias/retired > retired,
      alias/returns > returns, alias/archive > archive, forgotten
  data-lake pass: alias/lake > lake, alias/events > events, alias/signing > signing,
      alias/tokens > tokens, alias/partner > partner,
      alias/worldwide > worldwide, alias/worldwide > worldwide in the second region, lake, events,
      quarantine, signing, tokens, partner, returns, archive, worldwide, worldwide in the second region
  security-audit unknown: alias/forensics > forensics, forensics
  security-audit pass: alias/logs > logs, alias/ledger > ledger, logs, ledger
  compute pass: alias/artifacts > artifacts, artifacts
  analytics pass: alias/search > search, search
kms-custom-key-store-unhealthy
  data-lake fail: archive-hsm, archive > archive-hsm
  security-audit unknown: forensics
kms-grant-external-account
  # Five grants: three on lake, of which one to a stranger; the same one twice on quarantine.
  data-lake fail: lake > migration-2024
  data-lake pass: lake > etl, lake > notebooks, quarantine > nightly, quarantine > nightly
  security-audit unknown: forensics
kms-grant-redelegation
  data-lake fail: lake > etl
  data-lake pass: lake > migration-2024, lake > notebooks, quarantine > nightly, quarantine > nightly
  security-audit unknown: forensics
kms-grant-stale-or-duplicate
  # All are of June 2025; the keys are far from having too many.
  data-lake fail: lake > migration-2024, lake > etl, lake > notebooks, quarantine > nightly,
      quarantine > nightly
  data-lake pass: lake, quarantine
  security-audit unknown: forensics
kms-grant-unconstrained-decrypt
  # The notebooks' is bound to an encryption context.
  data-lake fail: lake > migration-2024, lake > etl, quarantine > nightly, quarantine > nightly
  data-lake pass: lake > notebooks
  security-audit unknown: forensics
kms-imported-material-expiring
  # Five days are left for one; the other has no material that could expire.
  data-lake fail: partner
  data-lake pass: returns
  security-audit unknown: forensics
kms-key-disabled-in-use
  data-lake fail: quarantine
  security-audit unknown: forensics
kms-key-pending-deletion-in-use
  # Nothing names `retired`, as far as it was collected.
  data-lake fail: exports
  data-lake unknown: retired
  security-audit unknown: forensics
kms-key-pending-deletion-recent
  data-lake fail: retired
  security-audit unknown: forensics
kms-key-unused
  # Only enabled keys; one has no alias, and whether the sandbox's buckets name it is not known.
  data-lake unknown: forgotten
  data-lake pass: lake, events, signing, tokens, partner, worldwide, worldwide in the second region
  security-audit pass: logs, ledger
  compute pass: artifacts
  analytics pass: search
  security-audit unknown: forensics
kms-material-missing-in-use
  data-lake fail: returns
  security-audit unknown: forensics
kms-origin-outside-standard
  data-lake fail: partner, returns, archive
  data-lake pass: lake, events, exports, quarantine, retired, forgotten, signing, tokens, worldwide,
      worldwide in the second region
  security-audit pass: logs, ledger
  compute pass: artifacts
  analytics pass: search
  security-audit unknown: forensics
kms-policy-unreadable
  # Every key has a policy, AWS's own too.
  security-audit fail: forensics
  data-lake pass: lake, events, exports, quarantine, retired, forgotten, signing, tokens, partner,
      returns, archive, worldwide, worldwide in the second region, aws/s3 of 333333333333
  security-audit pass: logs, ledger
  compute pass: artifacts, aws/s3 of 444444444444
  analytics pass: search
kms-rotation-manual-overdue
  # Enabled and made in March 2024; `returns` and `archive` cannot be used now.
  data-lake fail: partner, signing, tokens
  security-audit unknown: forensics
kms-rotation-off-eligible
  data-lake fail: events, forgotten
  data-lake pass: lake, worldwide
  security-audit pass: logs, ledger
  compute pass: artifacts
  analytics fail: search
  security-audit unknown: forensics
kms-rotation-period-over-policy
  # The one with 730 days is disabled, so it does not rotate at all.
  data-lake pass: lake, worldwide
  security-audit pass: logs, ledger
  compute pass: artifacts
  security-audit unknown: forensics
kms-spec-unusable-for-service
  # Every bucket under KMS and its key, and the key that replicas of `curated` get.
  data-lake fail: acme-signatures > signing
  data-lake pass: acme-lake-curated > lake, acme-lake-curated > worldwide in the second region,
      acme-lake-reports > aws/s3 of 333333333333, acme-lake-events > events, acme-lake-landing > lake,
      acme-partner-exchange > partner, acme-partner-returns > returns, acme-archive > archive,
      acme-legacy-exports > exports, acme-quarantine > quarantine,
      acme-lake-replica > worldwide in the second region
  compute pass: acme-build-artifacts > artifacts
  analytics pass: acme-notebooks > lake, acme-search-index > search, acme-notebook-scratch > lake
  security-audit pass: acme-org-logs > logs, acme-ledger > ledger
  security-audit unknown: acme-evidence > forensics
s3-bucket-key-off
  # Not under KMS: acme-batch-eu, acme-compute-logs. Encrypted twice, without bucket keys: acme-ledger.
  data-lake fail: acme-lake-events
  data-lake pass: acme-lake-curated, acme-lake-reports, acme-lake-landing, acme-partner-exchange,
      acme-partner-returns, acme-archive, acme-legacy-exports, acme-quarantine, acme-signatures,
      acme-lake-replica
  compute pass: acme-build-artifacts
  analytics pass: acme-notebooks, acme-search-index, acme-notebook-scratch
  security-audit pass: acme-org-logs, acme-evidence
s3-default-key-alias-or-short-id
  # Names no key at all: acme-lake-reports.
  data-lake fail: acme-lake-landing
  data-lake pass: acme-lake-curated, acme-lake-events, acme-partner-exchange, acme-partner-returns,
      acme-archive, acme-legacy-exports, acme-quarantine, acme-signatures, acme-lake-replica
  compute pass: acme-build-artifacts
  analytics fail: acme-notebook-scratch
  analytics pass: acme-notebooks, acme-search-index
  security-audit pass: acme-org-logs, acme-ledger, acme-evidence
s3-sse-kms-aws-managed-key
  data-lake fail: acme-lake-reports > aws/s3 of 333333333333
  data-lake pass: acme-lake-curated > lake, acme-lake-events > events, acme-lake-landing > lake,
      acme-partner-exchange > partner, acme-partner-returns > returns, acme-archive > archive,
      acme-legacy-exports > exports, acme-quarantine > quarantine, acme-signatures > signing,
      acme-lake-replica > worldwide in the second region
  compute pass: acme-build-artifacts > artifacts
  analytics pass: acme-notebooks > lake, acme-search-index > search, acme-notebook-scratch > lake
  security-audit pass: acme-org-logs > logs, acme-ledger > ledger
  security-audit unknown: acme-evidence > forensics
"""
"""Of each check every row: account and verdict, then the resource, or `resource > related`, by their names.

`forensics` is the key whose policy lets nobody look at it.
"""
UNREACHED = ("sandbox", "unknown", "sandbox")
"""And of every check this: the account has no reader role, so it may hold anything."""

SEVERITIES = {
    "kms-grant-external-account": {"lake": "critical"},
    "kms-imported-material-expiring": {"partner": "critical"},
    "kms-key-pending-deletion-in-use": {"exports": "critical"},
    "kms-material-missing-in-use": {"returns": "critical"},
    "kms-origin-outside-standard": {"partner": "medium", "returns": "medium", "archive": "medium"},
}
"""Of checks whose findings are not all as bad as each other."""
SHARED = {
    "s3-default-key-alias-or-short-id": {"acme-lake-landing": "high", "acme-notebook-scratch": "medium"},
    "s3-sse-kms-aws-managed-key": {"acme-lake-reports": "medium"},
}
"""Of checks that are worse where other accounts are let in: one writes to `landing` and to `reports`."""


def expected() -> dict[str, Counter[tuple[str, str, str]]]:
    """Check -> account's name, verdict and resource of every row, with how many there are of it."""
    checks: dict[str, Counter[tuple[str, str, str]]] = {}
    for line in re.sub(r"\n {4,}", " ", EXPECTED).strip().splitlines():
        if not line.startswith(" "):
            rows = checks[line] = Counter([UNREACHED])
        elif not line.startswith("  #"):
            place, _, resources = line.partition(": ")
            account, status = place.split()
            rows.update((account, status, resource) for resource in resources.split(", "))
    return checks


def about(finding: dict[str, Any], estate: Estate) -> str:
    """What a finding is about, by the names in the estate; of a grant its own."""
    names = {id: name for name, id in {**estate.keys, **estate.accounts}.items()}
    if finding["check_id"].startswith("kms-grant-") and finding["evidence"]:
        names[finding["related_id"]] = finding["evidence"]["name"]
    ids = [id for id in (finding["resource_id"], finding["related_id"]) if id]
    return " > ".join(names.get(id) or re.sub("^cks-.*", "archive-hsm", id).rpartition(":")[2] for id in ids)


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


@pytest.mark.parametrize("check", SHARED)
@pytest.mark.xfail(strict=True, reason="whom else the bucket lets in is not looked at")
def test_how_bad_they_are_for_shared_buckets(
    check: str, findings: list[dict[str, Any]], estate: Estate
) -> None:
    assert severities(check, findings, estate) == SHARED[check]


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
