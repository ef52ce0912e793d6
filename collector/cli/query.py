"""`keyreach query`: one check or report of the library, as it is."""

from __future__ import annotations

from typing import Annotated

import typer

from collector.ask.formats import Format, writer
from collector.cli.output import FormatOption, OutputOption, RawOption, opened
from collector.cli.parameters import Given, values
from collector.cli.settings import Settings
from collector.errors import UsageError

INCOMPLETE = 4


def query(
    ctx: typer.Context,
    id: Annotated[str, typer.Argument(metavar="ID", help="A query of the library: see `keyreach queries`.")],
    param: Given = None,
    format: FormatOption = Format.TABLE,
    output: OutputOption = None,
    raw: RawOption = False,
) -> None:
    """Run one report, or one check with all its verdicts.

    What was not collected of the tables that it reads is told on stderr.

    Exit codes: 0 done; 4 not everything that the query reads was collected.

    Example: keyreach query s3-encryption-inventory --format csv -o buckets.csv
    """
    from collector.ask import check
    from collector.ask.answer import Answer
    from collector.ask.coverage import coverage
    from collector.ask.inventory import ask, open_inventory
    from collector.ask.library import chosen

    (found, *others) = chosen([id])
    if others:
        raise UsageError(f"{id} matches {1 + len(others)} queries: name one")
    given = values(param)
    parameters = found.values(given)
    engine = open_inventory(Settings.of(ctx).db)
    with engine.connect() as connection:
        if found.kind == "check":
            (result,) = check.run(connection, [found], given)
            gaps = list(result.gaps)
            rows = (tuple(getattr(f, column) for column in check.COLUMNS) for f in result.findings)
            answer = Answer(check.COLUMNS, rows)
        else:
            gaps = coverage(connection).behind(found.reads)
            answer = ask(connection, found.sql, parameters)
        with opened(output) as stream:
            writer(format, raw)(answer, stream)
    engine.dispose()
    missing = sorted({f"{gap.account_id} {gap.region}" for gap in gaps if not gap.accepted})
    if missing:
        typer.echo(f"not complete: something was not collected in {', '.join(missing)}", err=True)
        raise typer.Exit(INCOMPLETE)
