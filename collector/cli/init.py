"""`keyreach init`: a configuration to start from."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from collector.errors import UsageError

_TEMPLATE = """\
# keyreach.toml: which accounts are collected, and how. Every key is optional.
{caller}
[accounts]
# All active accounts of the organization; needs the management account or a delegated administrator.
organization = {organization}
# A role to assume for the calls to Organizations; without it the caller makes them.
# organization_role = "arn:aws:iam::111122223333:role/org-reader"
# A list instead of the organization; without either, the caller's own account.
# ids = ["111122223333", "444455556666"]
# Units, by id or path; and accounts to leave out.
# include_ous = ["ou-ab12-*"]
# skip_ous = ["ou-ab12-sandbox1"]
# skip = ["777788889999"]

# Assumed in every account but the caller's own; `keyreach role` prints what it needs.
[role]
# With its path in front, as in "audit/keyreach-reader".
{role}name = "keyreach-reader"
# The environment variable that holds the external id (or external_id = "...").
# external_id_env = "KEYREACH_EXTERNAL_ID"
# session_name = "keyreach"
# duration = "1h"

# Account -> another role; "" stands for the caller's own credentials.
# [role.overrides]
# "111122223333" = "another-reader"

# By default all regions that are enabled in an account.
# [regions]
# include = ["us-*", "eu-west-1"]
# skip = ["us-west-1"]

# [sync]
# tables = ["*"]
# skip_tables = ["aws_iam_group*"]
# Calls in flight.
# concurrency = 64
# Share of AWS's published request quotas.
# quota_share = 0.5
# Quotas that AWS raised for you, such as: [kms] ListGrants = 1000
# quota_file = "quotas.toml"
# When each key was last used: five keys a second, so slow for many.
# key_last_usage = false

# Partners; everything else outside the organization is external.
# [trusted_accounts]
# "123456789012" = "log vendor"

# Known gaps: still listed and unknown, but no reason for exit code 4.
# [[coverage.accepted]]
# accounts = ["444455556666"]
# regions = ["ap-*"]
# operations = ["*"]
# reason = "region denied by SCP"
# expires = 2027-01-31

# How long the ledger of syncs is kept.
# [history]
# keep = "30d"
"""


def init(
    path: Annotated[Path, typer.Argument(metavar="CONFIG", help="File to write.")] = Path("keyreach.toml"),
    org: Annotated[bool, typer.Option("--org", help="Collect all accounts of the organization.")] = False,
    profile: Annotated[
        str | None,
        typer.Option("--profile", metavar="P", help="Ask AWS who this profile is, and note it in the file."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file if it is there.")] = False,
) -> None:
    """Write a commented configuration. On a terminal it asks whether to collect the organization.

    Example: keyreach init --org
    """
    if path.exists() and not force:
        raise UsageError(f"{path} is there already: --force overwrites it")
    if not org and sys.stdin.isatty() and sys.stderr.isatty():
        org = typer.confirm("Collect all accounts of the organization?", default=False, err=True)
    caller = _caller(profile) if profile else ""
    text = _TEMPLATE.format(caller=caller, organization=str(org).lower(), role="" if org else "# ")
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from error
    typer.echo(f"wrote {path}; next: keyreach role, keyreach discover, keyreach sync", err=True)


def _caller(profile: str) -> str:
    """A comment that says who the profile is. Raises what `identify` raises."""

    from collector.collect.transport.credentials import identify
    from collector.collect.transport.session import new_session

    caller = identify(new_session(profile))
    return f"# Written for {caller.arn} (AWS_PROFILE={profile}).\n"
