"""Findings for people: check by check, the worst first, with what was not collected beside each."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TextIO

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from collector.ask.check import Finding, Result
from collector.ask.formats.cell import shown
from collector.ask.formats.table import console
from collector.ask.verdict import Severity, Status

_STYLES = {
    Severity.CRITICAL: "bold red",
    Severity.HIGH: "red",
    Severity.MEDIUM: "yellow",
    Severity.LOW: "cyan",
    Severity.INFO: "dim",
}


def write(
    results: Sequence[Result], statuses: Collection[Status], least: Severity | None, stream: TextIO
) -> None:
    """Write the findings with these verdicts that are at least so severe, and what each check lacks."""
    out = console(stream)
    for result in sorted(results, key=_worst):
        findings = [f for f in result.findings if f.status in statuses and not f.gap and f.at_least(least)]
        if findings or result.gaps:
            _check(out, result, findings)


def _worst(result: Result) -> tuple[int, int, str]:
    failed = [f.severity.rank for f in result.findings if f.status is Status.FAIL]
    return (min(failed, default=len(Severity)), result.check.severity.rank, result.check.id)


def _check(out: Console, result: Result, findings: list[Finding]) -> None:
    out.print(Text.assemble((result.check.id, "bold"), "  ", result.check.title))
    for finding in findings:
        _finding(out, finding)
    counts = result.counts
    told = ", ".join(f"{counts[status]} {status.value}" for status in Status)
    out.print(_indented(Text(told, style="dim"), 2))
    if result.gaps:
        places = sorted({f"{gap.account_id} {gap.region}" for gap in result.gaps})
        more = f" and {len(places) - 4} more" if len(places) > 4 else ""
        text = Text(f"not everything was collected: {', '.join(places[:4])}{more}", style="dim")
        out.print(_indented(text, 2))
    if result.check.remediation and any(f.status is Status.FAIL for f in findings):
        out.print(_indented(Text(f"to mend it: {result.check.remediation}", style="dim"), 2))
    out.print()


def _finding(out: Console, finding: Finding) -> None:
    verdict = finding.severity.value if finding.status is Status.FAIL else finding.status.value
    style = _STYLES[finding.severity] if finding.status is Status.FAIL else "dim"
    account = " ".join(filter(None, (finding.account_name, finding.account_id, finding.region)))
    resource = " ".join(filter(None, (finding.resource_id, finding.related_id)))
    lines = Text.assemble((f"{verdict:<9}", style), shown(account), "  ", shown(resource))
    out.print(_indented(lines, 2))
    out.print(_indented(Text(shown(finding.reason)), 11))


def _indented(text: Text, columns: int) -> Padding:
    return Padding(text, (0, 0, 0, columns), expand=False)
