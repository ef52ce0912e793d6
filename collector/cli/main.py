"""All commands, put together."""

from __future__ import annotations

from collector.cli import (
    check,
    demo,
    discover,
    explain,
    export,
    init,
    queries,
    query,
    role,
    simulate,
    sql,
    status,
    sync,
    tables,
)
from collector.cli.app import app
from collector.cli.parameters import WithParameters

app.command()(demo.demo)
app.command()(init.init)
app.command()(role.role)
app.command()(discover.discover)
app.command()(sync.sync)
app.command(cls=WithParameters)(check.check)
app.command(cls=WithParameters)(query.query)
app.command(cls=WithParameters)(sql.sql)
app.command()(export.export)
app.command()(explain.explain)
app.command()(simulate.simulate)
app.command()(tables.tables)
app.command()(queries.queries)
app.command()(status.status)

__all__ = ["app"]
