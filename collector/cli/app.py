"""What holds for every command: global options, exit codes, and errors as one sentence on stderr."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from collector import __version__
from collector.ask.formats.cell import shown
from collector.cli.settings import LogFormat, LogLevel, Settings
from collector.errors import KeyreachError

INTERRUPTED = 130


class Commands(TyperGroup):
    """Turns what a command raises into an exit code and a message that says what to do next."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        before = signal.signal(signal.SIGTERM, _interrupt)
        try:
            return super().invoke(ctx)
        except KeyreachError as error:
            settings = ctx.obj
            if settings and settings.log_format is LogFormat.JSON:
                logging.getLogger("collector").error("%s", error)
            else:
                typer.echo(shown(f"keyreach: {error}", keep="\n"), err=True)
            raise typer.Exit(error.exit_code) from error
        except KeyboardInterrupt as error:
            typer.echo("keyreach: interrupted", err=True)
            _leave(INTERRUPTED)
            raise typer.Exit(INTERRUPTED) from error
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(0) from None
        finally:
            signal.signal(signal.SIGTERM, before)


def _leave(code: int) -> None:
    """End at once if calls are in flight: their threads would hold the process until they time out."""
    if any(thread is not threading.main_thread() and not thread.daemon for thread in threading.enumerate()):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _interrupt(*_: Any) -> None:
    raise KeyboardInterrupt


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"keyreach {__version__}")
        raise typer.Exit


app = typer.Typer(
    cls=Commands,
    name="keyreach",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=True,
)


@app.callback()
def main(
    ctx: typer.Context,
    db: Annotated[
        Path, typer.Option("--db", envvar="KEYREACH_DB", metavar="PATH", help="The inventory, a DuckDB file.")
    ] = Path("keyreach.duckdb"),
    log_level: Annotated[
        LogLevel | None,
        typer.Option("--log-level", envvar="KEYREACH_LOG_LEVEL", help="Least severe messages to show."),
    ] = None,
    log_format: Annotated[
        LogFormat, typer.Option("--log-format", help="Messages for people or for machines.")
    ] = (LogFormat.TEXT),
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show warnings and errors only.")] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Show every call that failed, and more.")
    ] = False,
    no_color: Annotated[bool, typer.Option("--no-color", help="No colours; NO_COLOR does the same.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Who can reach which encrypted data in AWS accounts, with which key, and where is it risky or broken?

    Start with `keyreach demo`, which needs no AWS account. Data goes to stdout, everything else to stderr.

    Exit codes: 0 done; 1 it broke; 2 wrong usage or configuration; 3 check: findings at or above --fail-on;
    4 done, but not everything was collected; 130 interrupted.
    """
    level = log_level or (LogLevel.WARNING if quiet else LogLevel.DEBUG if verbose else LogLevel.INFO)
    if no_color:
        os.environ["NO_COLOR"] = "1"
    ctx.obj = Settings(db.resolve() if db.is_symlink() else db, level, log_format)
    ctx.obj.start_logging()
