"""`keyreach demo`: a small organization on a fake AWS inside the process, synced for real and checked."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from collector.errors import UsageError

DEFAULT_DB = Path("keyreach-demo.duckdb")

_NEXT = """
Try next:
  {keyreach} --db {db} explain --principal arn:aws:iam::444444444444:role/etl --bucket acme-lake-events
  {keyreach} --db {db} sql "select key_arn, key_type, automatic_rotation from kms_key_types"
  {keyreach} --db {db} check 'kms-grant-*' --format json
"""


def demo(
    ctx: typer.Context,
    db: Annotated[
        Path | None, typer.Option("--db", metavar="PATH", help=f"File to write. Default: {DEFAULT_DB}.")
    ] = None,
) -> None:
    """See keyreach at work, without an AWS account.

    Builds a small organization on a fake AWS inside this process, syncs it as any other organization and
    runs all checks on it. Exits 0 whatever they find. Needs moto, which the extra `demo` installs.

    Example: keyreach demo
    """
    path = db or _db_given_before_the_command(ctx) or DEFAULT_DB
    refuse_real_inventory(path)
    try:
        from collector.demo.estate import seed
        from collector.demo.server import FakeAws
    except ImportError as error:
        raise UsageError(f"The demonstration needs moto ({error}): pip install 'keyreach[demo]'") from error
    typer.echo("Building a small organization on a fake AWS inside this process ...", err=True)
    with FakeAws() as aws:
        estate = seed(aws)
        with aws.as_caller(estate.caller_account, estate.caller_user):
            _sync(estate.config, path)
    _print_findings(ctx, path)
    typer.echo(_NEXT.format(keyreach=_command(), db=path), err=True)


def _command() -> str:
    """How to call keyreach again: by its path, where the shell would not find it."""
    called = Path(sys.argv[0])
    return str(called) if called.name == "keyreach" and shutil.which("keyreach") is None else "keyreach"


def refuse_real_inventory(path: Path) -> None:
    """Raise unless the demonstration may write there: nothing is there yet, or an earlier demonstration."""
    from collector.store.previous import is_demo
    from collector.store.publish import check

    check(path)
    if path.exists() and not is_demo(path):
        raise UsageError(f"{path} holds a real inventory, and the demonstration does not overwrite it")


def _db_given_before_the_command(ctx: typer.Context) -> Path | None:
    """`keyreach --db PATH demo` or KEYREACH_DB; the global default does not count."""
    root = ctx.find_root()
    source = root.get_parameter_source("db")
    value: Any = root.params.get("db") if source is not None and source.name != "DEFAULT" else None
    return Path(value) if value else None


def _sync(config_text: str, db: Path) -> None:
    """The same sync as anybody's."""
    from collector.cli.progress import Lines
    from collector.config import parse
    from collector.sync import sync

    sync(parse(config_text), db, demo=True, observer=Lines())


def _print_findings(ctx: typer.Context, db: Path) -> None:
    """What `keyreach --db DB check` prints; findings and gaps do not fail a demonstration."""
    arguments = ["--db", str(db), "check", "--fail-on", "never"]
    ctx.find_root().command.main(arguments, prog_name="keyreach", standalone_mode=False)
