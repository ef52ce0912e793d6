"""`keyreach role`: what to allow the role that is assumed in every account."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated, assert_never

import typer

from collector.cli.sync import ConfigArgument
from collector.errors import UsageError


class RoleFormat(StrEnum):
    """How the role is written."""

    JSON = "json"
    CLOUDFORMATION = "cloudformation"
    TERRAFORM = "terraform"


EXAMPLE = "arn:aws:iam::111122223333:role/keyreach-collector"


def role(
    config: ConfigArgument = None,
    trust: Annotated[
        str,
        typer.Option("--trust", metavar="ARN", help="The principal that runs keyreach and assumes the role."),
    ] = EXAMPLE,
    format: Annotated[
        RoleFormat, typer.Option("--format", help="How the role is written.")
    ] = RoleFormat.JSON,
) -> None:
    """Print the least-privilege role: its policy, derived from the calls that are made, and its trust.

    Name and external id come from the configuration. For keys whose policy does not leave decisions to their
    account there is a key-policy statement: IAM permissions do not open those. Calls nothing.

    Example: keyreach role --trust arn:aws:iam::111122223333:role/keyreach-collector --format terraform
    """
    from collector import config as configuration
    from collector.collect.role import cloudformation, terraform
    from collector.collect.role.permissions import documents

    parts = trust.split(":")
    if len(parts) < 6 or parts[2] != "iam" or len(parts[4]) != 12:
        raise UsageError(f"--trust: {trust!r} is no ARN of a role, a user or an account's root")
    found = documents(configuration.load(config), trust)
    match format:
        case RoleFormat.JSON:
            typer.echo(json.dumps(found, indent=2))
            if trust == EXAMPLE:
                typer.echo(f"trusted is {EXAMPLE}, an example: say who it is with --trust", err=True)
        case RoleFormat.CLOUDFORMATION:
            typer.echo(json.dumps(cloudformation.template(found), indent=2))
            typer.echo(cloudformation.COMMANDS, err=True)
        case RoleFormat.TERRAFORM:
            typer.echo(terraform.module(found))
        case _:
            assert_never(format)
