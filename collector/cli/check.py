"""`keyreach check`: the library's verdicts about an inventory."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from collector.ask.answer import Answer
from collector.ask.formats import Format, writer
from collector.ask.verdict import Severity, Status
from collector.cli.output import FormatOption, OutputOption, RawOption, opened
from collector.cli.parameters import Given, values
from collector.cli.settings import Settings
from collector.errors import UsageError
from collector.globs import matches

if TYPE_CHECKING:
    from collector.ask.check import Finding, Result
    from collector.ask.library import Query

FINDINGS, INCOMPLETE = 3, 4


class FailOn(StrEnum):
    """The least severity of a finding that makes the command fail."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    NEVER = "never"


def check(
    ctx: typer.Context,
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="ID|GLOB", help="Checks to run. Default: all.")
    ] = None,
    severity: Annotated[
        Severity | None, typer.Option("--severity", help="Only findings of this severity or worse.")
    ] = None,
    framework: Annotated[
        list[str] | None,
        typer.Option(
            "--framework", metavar="GLOB", help="Only checks for these, as in cis_aws_3.0.0. Can be repeated."
        ),
    ] = None,
    status: Annotated[
        str, typer.Option("--status", metavar="LIST", help="Verdicts to show: fail, unknown, pass.")
    ] = "fail,unknown",
    fail_on: Annotated[
        FailOn, typer.Option("--fail-on", help="Exit 3 if there are findings of this severity or worse.")
    ] = FailOn.HIGH,
    param: Given = None,
    format: FormatOption = Format.TABLE,
    output: OutputOption = None,
    raw: RawOption = False,
) -> None:
    """Say what is risky or broken: fail, pass, or unknown where the inventory cannot tell.

    A pass that rests on something that was not collected is shown as unknown. The counts go to stderr.

    Exit codes: 0 nothing at or above --fail-on, and everything was collected; 3 findings; 4 not everything
    was collected that the checks read.

    Example: keyreach check 'kms-*' --fail-on medium --format json
    """
    from collector.ask.check import COLUMNS, run
    from collector.ask.formats.findings import write as write_for_people
    from collector.ask.inventory import open_inventory
    from collector.ask.library import chosen

    shown = _statuses(status)
    checks = [c for c in chosen(ids or [], "check") if not framework or _serves(c, framework)]
    if not checks:
        raise UsageError(f"no check is for {', '.join(framework or [])}: `keyreach queries` lists them")
    given = values(param)
    for name in given:
        if not any(name in c.parameters for c in checks):
            raise UsageError(f"none of the checks has a parameter {name}")
    engine = open_inventory(Settings.of(ctx).db)
    with engine.connect() as connection:
        results = run(connection, checks, given)
    engine.dispose()
    findings = [f for result in results for f in result.findings if f.at_least(severity)]
    findings.sort(key=lambda finding: finding.severity.rank)
    with opened(output) as stream:
        if format is Format.TABLE:
            write_for_people(results, shown, severity, stream)
        else:
            rows = ([getattr(f, column) for column in COLUMNS] for f in findings if f.status in shown)
            writer(format, raw)(Answer(COLUMNS, map(tuple, rows)), stream)
    _summarize(findings, results)
    failed = [f for f in findings if f.status is Status.FAIL]
    if fail_on is not FailOn.NEVER and any(f.at_least(Severity(fail_on.value)) for f in failed):
        raise typer.Exit(FINDINGS)
    if any(result.incomplete for result in results):
        raise typer.Exit(INCOMPLETE)


def _statuses(text: str) -> set[Status]:
    try:
        return {Status(part.strip()) for part in text.split(",")}
    except ValueError as error:
        raise UsageError(
            f"--status: {error}; write some of fail, unknown, pass with commas between"
        ) from error


def _serves(check: Query, frameworks: list[str]) -> bool:
    """Whether a check is for one of the frameworks, named with or without the control."""
    return any(
        matches(frameworks, name) or matches(frameworks, name.partition("/")[0]) for name in check.frameworks
    )


def _summarize(findings: list[Finding], results: list[Result]) -> None:
    counts = Counter(finding.status for finding in findings)
    failed = Counter(f.severity for f in findings if f.status is Status.FAIL)
    by_severity = ", ".join(
        f"{failed[severity]} {severity.value}" for severity in Severity if failed[severity]
    )
    typer.echo(
        f"{len(results)} checks: {counts[Status.FAIL]} fail{f' ({by_severity})' if by_severity else ''}, "
        f"{counts[Status.UNKNOWN]} unknown, {counts[Status.PASS]} pass",
        err=True,
    )
    if incomplete := sum(result.incomplete for result in results):
        typer.echo(
            f"not everything was collected that {incomplete} of them read: see `keyreach status`",
            err=True,
        )
