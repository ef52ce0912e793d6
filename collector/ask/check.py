"""Runs checks: the library's verdicts, and what the gaps of the inventory make of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection

from collector.ask.coverage import EVERYWHERE, Gap, concerned, coverage, place_of
from collector.ask.inventory import ask
from collector.ask.library import Query
from collector.ask.members import Members
from collector.ask.verdict import Severity, Status
from collector.errors import KeyreachError


@dataclass(frozen=True)
class Finding:
    """One verdict about one resource."""

    check_id: str
    title: str
    severity: Severity
    status: Status
    account_id: str
    account_name: str | None
    ou_path: str | None
    region: str
    resource_id: str
    related_id: str | None
    reason: str
    evidence: Any
    gap: bool = field(default=False, repr=False)
    """Whether it stands for what was not collected, so that no row could tell."""

    def at_least(self, severity: Severity | None) -> bool:
        """Whether it is so severe or worse."""
        return severity is None or self.severity.rank <= severity.rank


COLUMNS = tuple(name for name in Finding.__dataclass_fields__ if name != "gap")
"""The columns of a finding, as they are written."""


@dataclass(frozen=True)
class Result:
    """What one check found."""

    check: Query
    findings: tuple[Finding, ...]
    gaps: tuple[Gap, ...]
    """What was not collected of the tables that it reads."""

    @property
    def counts(self) -> Counter[Status]:
        """Findings by status."""
        return Counter(finding.status for finding in self.findings)

    @property
    def incomplete(self) -> bool:
        """Whether something is missing that the configuration does not accept."""
        return any(not gap.accepted for gap in self.gaps)


def run(connection: Connection, checks: Iterable[Query], given: dict[str, str] | None = None) -> list[Result]:
    """Run the checks over an inventory. Raises KeyreachError if one cannot be run."""
    known, members = coverage(connection), Members.read(connection)
    return [_run(connection, check, known.behind(check.reads), members, given or {}) for check in checks]


def _run(
    connection: Connection, check: Query, gaps: list[Gap], members: Members, given: dict[str, str]
) -> Result:
    values = check.values({name: text for name, text in given.items() if name in check.parameters})
    try:
        rows = list(ask(connection, check.sql, values).dicts())
    except KeyreachError as error:
        raise KeyreachError(
            f"{check.id} cannot be run: {error}; a file of another version may lack what it reads: sync again"
        ) from error
    findings = [_weighed(check, _finding(check, row, members), gaps) for row in rows]
    findings += _not_seen(check, findings, gaps, members)
    return Result(check, tuple(sorted(findings, key=_order)), tuple(gaps))


def _finding(check: Query, row: dict[str, Any], members: Members) -> Finding:
    return Finding(
        check_id=check.id,
        title=check.title,
        severity=Severity(row.get("severity") or check.severity),
        status=Status(row["status"]),
        account_id=row["account_id"],
        account_name=members.name(row["account_id"]),
        ou_path=members.ou_path(row["account_id"]),
        region=row["region"],
        resource_id=row["resource_id"],
        related_id=row.get("related_id"),
        reason=row["reason"],
        evidence=row.get("evidence"),
    )


def _weighed(check: Query, finding: Finding, gaps: list[Gap]) -> Finding:
    """A pass that rests on what was not collected is unknown; a fail stands."""
    if finding.status is not Status.PASS or not gaps:
        return finding
    resources = {finding.resource_id, *([finding.related_id] if finding.related_id else [])}
    places = {(finding.account_id, finding.region)}
    places |= {place for place in map(place_of, resources) if place}
    behind = gaps if check.reach == "organization" else list(concerned(gaps, places, resources))
    if not behind:
        return finding
    return replace(finding, status=Status.UNKNOWN, reason=f"{finding.reason}; but {_told(behind)}")


def _not_seen(check: Query, findings: list[Finding], gaps: list[Gap], members: Members) -> list[Finding]:
    """One unknown for every place, and every resource without a verdict, of which rows may be missing."""
    seen = {id for finding in findings for id in (finding.resource_id, finding.related_id)}
    missing: dict[tuple[str, str, str], list[Gap]] = defaultdict(list)
    for gap in gaps:
        if gap.columns is not None:
            continue
        region = "*" if gap.region in EVERYWHERE else gap.region
        for resource in gap.resources - seen:
            _, own_region = place_of(resource) or ("", region)
            missing[gap.account_id, own_region, resource].append(gap)
        if not gap.resources:
            missing[gap.account_id, region, gap.account_id].append(gap)
    row = {"status": "unknown", "related_id": None, "evidence": None}
    return [
        replace(
            _finding(
                check,
                {
                    **row,
                    "account_id": account,
                    "region": region,
                    "resource_id": resource,
                    "reason": _told(why),
                },
                members,
            ),
            gap=True,
        )
        for (account, region, resource), why in missing.items()
    ]


def _told(gaps: list[Gap]) -> str:
    """In words, with the first cause."""
    first = next((gap for gap in gaps if not gap.accepted), gaps[0])
    names = sorted({gap.operation for gap in gaps})
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"not collected: {', '.join(names[:3])}{more} ({first.error_code or 'failed'})"


def _order(finding: Finding) -> tuple[Any, ...]:
    return (
        finding.severity.rank,
        finding.check_id,
        list(Status).index(finding.status),
        finding.account_id,
        finding.region,
        finding.resource_id,
        finding.related_id or "",
    )
