"""What a sync will ask: accounts, regions and tables to scopes. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from collector.collect import registry
from collector.collect.outcome import Failure, Outcome
from collector.collect.records import Operation, Result, planned
from collector.collect.table import Each, Scope, Table
from collector.globs import matches, select

REGIONS_SERVICE, ORGANIZATION_SERVICE = "ec2", "organizations"
REGIONS = "aws_regions"
"""The table that is collected first: it tells in which regions the others are."""
ALL_REGIONS = "*"
"""Region of the records about regional tables while an account's regions are not known."""

REGION_DISABLED = "RegionDisabled"
"""Error code of what is recorded for a region that the account has not enabled."""

Services = Mapping[str, tuple[Table, ...]]
"""Stem of a file in `tables/` -> its selected tables."""


@dataclass(frozen=True)
class Task:
    """A scope and the tables that are collected in it."""

    scope: Scope
    tables: tuple[Table, ...]


@dataclass(frozen=True)
class RegionSet:
    """The regions of one account."""

    selected: tuple[str, ...] | None
    """Enabled, and selected in the configuration: these are asked. None: not known."""
    off: tuple[str, ...] = ()
    """Selected, but not enabled in the account."""


def services(
    include: Iterable[str], skip: Iterable[str], where: Sequence[str]
) -> dict[str, tuple[Table, ...]]:
    """The tables that the globs select, with the parents that their rows hang on, by service.

    Raises UsageError for a glob that matches no table.
    """
    known = {table.name: table for table in registry.tables()}
    names = set(select(known, include, skip, where))
    names |= {parent.name for name in names for parent in known[name].ancestors()}
    found = {
        service: tuple(table for table in tables if table.name in names)
        for service, tables in registry.by_service().items()
    }
    return {service: tables for service, tables in found.items() if tables}


def regions(rows: Iterable[Mapping[str, Any]], include: Sequence[str], skip: Sequence[str]) -> RegionSet:
    """Sort an account's regions, rows of aws_regions, into those that are asked and those that are off."""
    chosen = [row for row in rows if matches(include, row["region"]) and not matches(skip, row["region"])]
    return RegionSet(
        selected=tuple(sorted(row["region"] for row in chosen if row["enabled"])),
        off=tuple(sorted(row["region"] for row in chosen if not row["enabled"])),
    )


def named(include: Sequence[str], skip: Sequence[str] = (), narrowed: Sequence[str] = ("*",)) -> RegionSet:
    """What is known where an account's regions cannot be listed: those that the configuration names."""
    literal = not any(set(pattern) & set("*?[") for pattern in include)
    chosen = [r for r in include if not matches(skip, r) and matches(narrowed, r)]
    return RegionSet(tuple(sorted(chosen)) if literal else None)


def regions_scope(account: Scope) -> Scope:
    """The scope in which an account's regions are listed."""
    return replace(account, service=REGIONS_SERVICE)


def tasks(account: Scope, services: Services, found: RegionSet) -> list[Task]:
    """The scopes of an account. `account` is a scope that stands for it: its id, partition and home."""
    planned_tasks = []
    for service, tables in services.items():
        of_account, of_region = _by_reach(tables)
        here = replace(account, service=service, regions=found.selected)
        if of_account:
            planned_tasks.append(Task(replace(here, region="global"), of_account))
        if of_region:
            planned_tasks += [
                Task(replace(here, region=region), of_region) for region in found.selected or ()
            ]
    return planned_tasks


def switched_off(
    account: Scope, services: Services, found: RegionSet, options: frozenset[str]
) -> list[Result]:
    """What is recorded for the regions that the account has not enabled: there is nothing to collect."""
    failure = Failure(Outcome.DISABLED, REGION_DISABLED, "the account has not enabled the region")
    return [
        _result(replace(account, service=service, region=region), of_region, options, failure)
        for service, tables in services.items()
        if (of_region := _by_reach(tables)[1])
        for region in found.off
    ]


def refused(task: Task, options: frozenset[str], failure: Failure) -> Result:
    """What is recorded for a scope that cannot be asked."""
    return _result(task.scope, task.tables, options, failure)


def unreached(
    account: Scope, services: Services, options: frozenset[str], failure: Failure, regional_only: bool = False
) -> list[Result]:
    """What is recorded for an account that cannot be asked, or whose regions are not known."""
    results = []
    for service, tables in services.items():
        of_account, of_region = _by_reach(tables)
        scope = replace(account, service=service)
        if service == REGIONS_SERVICE:
            of_account = (*of_account, *(table for table in tables if table.name == REGIONS))
        if of_account and not regional_only:
            results.append(_result(replace(scope, region="global"), of_account, options, failure))
        if of_region:
            results.append(_result(replace(scope, region=ALL_REGIONS), of_region, options, failure))
    return results


def _by_reach(tables: tuple[Table, ...]) -> tuple[tuple[Table, ...], tuple[Table, ...]]:
    """Tables collected once an account, the regions apart, and those collected in every region."""
    return (
        tuple(table for table in tables if table.each is Each.ACCOUNT and table.name != REGIONS),
        tuple(table for table in tables if table.each is Each.REGION),
    )


def _result(scope: Scope, tables: tuple[Table, ...], options: frozenset[str], failure: Failure) -> Result:
    """One record per operation, all for the same reason."""
    by_name = {table.name: table for table in tables}
    records = []
    for name, operation in planned(tables, options):
        columns = None if by_name[name].lists(operation) else by_name[name].fills(operation)
        records.append(Operation(name, operation, columns, failure.outcome, failure, 0, 0, 0))
    return Result(scope, operations=records)
