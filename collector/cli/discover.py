"""`keyreach discover`: what a sync would find, before there is one."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import typer

from collector.ask.answer import Answer
from collector.ask.formats import Format, writer
from collector.cli.output import FormatOption
from collector.cli.sync import ConfigArgument

if TYPE_CHECKING:
    from collector.sync.discovery import Found

INCOMPLETE = 4


def discover(ctx: typer.Context, config: ConfigArgument = None, format: FormatOption = Format.TABLE) -> None:
    """Show the caller, the accounts and their regions, and which permissions are missing. Writes nothing.

    Each operation is tried once per account, the regional ones in one region. What an account has nothing to
    try on (no key, no bucket) is not tested. A single key or bucket may still refuse what others allow.

    Exit codes: 0 nothing is missing; 4 something is.

    Example: keyreach discover keyreach.toml --format json
    """
    from collector import config as configuration
    from collector.collect.probe import NOT_TESTED
    from collector.sync.discovery import discover as find

    found = find(configuration.load(config))
    typer.echo(f"caller: {found.caller.arn} (partition {found.caller.partition})", err=True)
    refused = [f"{action}: {told}" for action, told in found.organization.items() if _is_missing(told)]
    for line in refused:
        typer.echo(f"organization: {line}", err=True)
    rows = [_row(account, NOT_TESTED) for account in found.accounts]
    if format in (Format.TABLE, Format.MARKDOWN):
        rows = [{name: _joined(value) for name, value in row.items()} for row in rows]
    writer(format)(Answer(tuple(rows[0]) if rows else (), (tuple(row.values()) for row in rows)), sys.stdout)
    if refused or any(row["problem"] or row["missing"] for row in rows):
        raise typer.Exit(INCOMPLETE)


def _row(account: Found, not_tested: str) -> dict[str, Any]:
    outcomes = account.outcomes.items()
    return {
        "account_id": account.account_id,
        "account_name": account.name,
        "role_arn": account.role_arn,
        "problem": account.problem,
        "regions": list(account.regions),
        "missing": [f"{action}: {told}" for action, told in outcomes if _is_missing(told)],
        "not_tested": [action for action, told in outcomes if told == not_tested],
    }


def _is_missing(told: str) -> bool:
    """Whether what came of an operation is neither complete nor untested."""
    return "(" in told


def _joined(value: Any) -> Any:
    return "\n".join(value) if isinstance(value, list) else value
