"""The command line: what `--help` says, word for word, and what exit codes mean."""

from __future__ import annotations

import inspect
from typing import Any

import typer

from collector.cli import app as whole
from collector.cli.check import FINDINGS
from collector.cli.main import app
from collector.cli.sync import INCOMPLETE
from collector.errors import KeyreachError, UsageError
from generator.markdown import block, bullets, code, join, link, made_from, names, prose, table

WIDTH = 100


def page() -> str:
    """The page."""
    group: Any = typer.main.get_command(app)
    context = _context(group, None)
    commands: dict[str, Any] = {name: group.commands[name] for name in group.list_commands(context)}
    return join(
        made_from("collector/cli/"),
        "# Command line",
        block(group.get_help(context), "text"),
        "## Environment",
        _environment([group, *commands.values()]),
        "## Exit codes",
        table(("Code", "Meaning", "Commands"), _exit_codes(commands)),
        "## Commands",
        bullets(link(name, f"#{name}") for name in commands),
        *(_command(name, command, context) for name, command in commands.items()),
    )


def _context(command: Any, parent: Any) -> Any:
    """What a command is rendered in: as wide as the page, whatever the terminal."""
    name = "keyreach" if parent is None else command.name
    return command.context_class(
        command, info_name=name, parent=parent, terminal_width=WIDTH, max_content_width=WIDTH
    )


def _command(name: str, command: Any, parent: Any) -> str:
    return join(f"### {name}", block(command.get_help(_context(command, parent)), "text")).rstrip()


def _environment(commands: list[Any]) -> str:
    variables = {
        parameter.envvar: prose(parameter.help)
        for command in commands
        for parameter in command.params
        if getattr(parameter, "envvar", None)
    }
    rows = [[code(variable), told] for variable, told in variables.items()]
    return join(
        table(("Variable", "Stands for"), rows),
        "Credentials, region and endpoint are taken from AWS's own variables and profiles, "
        "`AWS_PROFILE`, `AWS_REGION` and `AWS_ENDPOINT_URL` among them.",
    ).rstrip()


def _exit_codes(commands: dict[str, Any]) -> list[list[str]]:
    everywhere = "all"
    return [
        ["0", "Done; for `check`: nothing at or above `--fail-on`, and all was collected.", everywhere],
        [str(KeyreachError.exit_code), _first_sentence(KeyreachError), everywhere],
        [str(UsageError.exit_code), _first_sentence(UsageError), everywhere],
        [str(FINDINGS), "Findings at or above `--fail-on`. Wins over 4.", _with("FINDINGS", commands)],
        [
            str(INCOMPLETE),
            "Done, but something was not collected, accepted gaps aside.",
            _with("INCOMPLETE", commands),
        ],
        [str(whole.INTERRUPTED), "Interrupted by SIGINT or SIGTERM.", everywhere],
    ]


def _first_sentence(error: type[Exception]) -> str:
    return prose((inspect.getdoc(error) or "").partition(". ")[0].rstrip(".") + ".")


def _with(constant: str, commands: dict[str, Any]) -> str:
    """The commands whose module speaks of an exit code."""
    return names(
        name for name, command in commands.items() if hasattr(inspect.getmodule(command.callback), constant)
    )
