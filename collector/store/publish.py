"""Staging to the published file: build the next one aside, then take the old one's place."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from collector.errors import KeyreachError, UsageError
from collector.store import catalog, ledger
from collector.store.merge import Merge, merge
from collector.store.private import private
from collector.store.staging import Staging

_BLOCK_SIZE = "16384"
"""The smallest: with the default a file of a few hundred rows takes 21 MB for its indexes, with this 4."""

Derive = Callable[[duckdb.DuckDBPyConnection], None]
"""Fills derived tables of a file whose collected tables are complete."""


@dataclass(frozen=True)
class Publication:
    """What a sync hands over to be published."""

    run: dict[str, Any]
    """The row of `sync_runs`, apart from what only the staged rows tell."""
    merges: tuple[Merge, ...]
    retired: Mapping[str, str]
    """Accounts that are no longer collected, and why."""
    trusted_accounts: dict[str, str]
    keep_days: float
    """Age up to which the ledger is kept."""
    accepted: ledger.Accepted = ledger.nothing_accepted
    strict: bool = False
    """Whether an incomplete collection is not to be published."""
    demo: bool = False


def publish(
    db: Path, staging: Staging, publication: Publication, derive: Iterable[Derive] = ()
) -> dict[str, Any]:
    """Replace `db` with a file that holds what is staged and, where that is incomplete, the last good rows.

    Returns the run's row of sync_runs. Readers are never blocked, and a crash at any instant leaves `db`
    as it was. Raises KeyreachError where the old file cannot be read or the new one not written; staging
    is kept then.
    """
    aside = db.with_name(db.name + ".new")
    try:
        _remove(aside)
        with private():
            _replay(db)
            run = _write(aside, db, staging, publication, derive)
        os.replace(aside, db)
        _sync_folder(db.parent)
        return run
    except RuntimeError as error:
        if isinstance(error.__cause__, KeyboardInterrupt):
            raise KeyboardInterrupt from error
        raise
    except (duckdb.Error, OSError) as error:
        raise KeyreachError(
            f"cannot publish {db}: {error}; what was collected is kept, run the same sync again"
        ) from error
    finally:
        _remove(aside)


def check(db: Path) -> None:
    """Raise UsageError unless `db` is absent or a file that this version may replace."""
    if not db.exists():
        return
    try:
        with duckdb.connect(str(db), read_only=True) as connection:
            row = connection.execute("select schema_version, version from keyreach").fetchone()
    except duckdb.CatalogException as error:
        raise UsageError(f"{db} is a DuckDB file, but not keyreach's: name another with --db") from error
    except duckdb.IOException as error:
        if "Could not set lock" in str(error):
            raise KeyreachError(f"{db} is open for writing in another process: {error}") from error
        raise UsageError(f"{db} cannot be read as a DuckDB file: {error}") from error
    if row is None or row[0] > catalog.SCHEMA_VERSION:
        written_by = row[1] if row else "an unknown version"
        raise UsageError(f"{db} was written by keyreach {written_by}: upgrade keyreach, or name another file")


def _write(
    aside: Path, db: Path, staging: Staging, publication: Publication, derive: Iterable[Derive]
) -> dict[str, Any]:
    """Build the next file. Raises KeyreachError if it is incomplete and must not be."""
    with duckdb.connect(str(aside), config={"default_block_size": _BLOCK_SIZE}) as connection:
        run = _build(connection, db, staging, publication, derive)
        if publication.strict and run["outcome"] != "complete":
            raise KeyreachError(
                "the collection is incomplete, so nothing was published; what was collected is kept, and "
                "the next sync asks only for the rest. Without --strict it would have been published"
            )
        connection.execute("checkpoint")
    return run


def _build(
    connection: duckdb.DuckDBPyConnection,
    db: Path,
    staging: Staging,
    publication: Publication,
    derive: Iterable[Derive],
) -> dict[str, Any]:
    catalog.create(connection)
    connection.execute(
        "insert into keyreach values (?, ?, ?)",
        [catalog.SCHEMA_VERSION, publication.run["version"], publication.demo],
    )
    if db.exists():
        connection.execute(f"attach '{_quoted(db)}' as old (read_only)")
    _load(connection, staging)
    connection.execute(
        "create temp table retired as select unnest($accounts::varchar[]) as account_id",
        {"accounts": sorted(publication.retired)},
    )
    run = ledger.load(connection, publication.run, publication.keep_days, publication.accepted)
    for plan in publication.merges:
        merge(connection, plan, catalog.tables()[plan.name], publication.run["run_id"])
    connection.execute("drop table staged")
    ledger.retire(connection, publication.run, publication.retired)
    for account_id, label in sorted(publication.trusted_accounts.items()):
        connection.execute("insert into trusted_accounts values (?, ?)", [account_id, label])
    for each in derive:
        each(connection)
    if db.exists():
        connection.execute("detach old")
    return run


def _load(connection: duckdb.DuckDBPyConnection, staging: Staging) -> None:
    """Make `staged`: every line of every closed scope, with the time at which its scope was collected.

    The files are read twice, because in memory the lines may take several times as much.
    """
    connection.execute(
        'create temp table staged (scope varchar, "table" varchar, row json, collected_at timestamptz)'
    )
    if paths := ", ".join(f"'{_quoted(path)}'" for path in staging.paths()):
        lines = (
            f"read_json([{paths}], format = 'newline_delimited', maximum_object_size = 268435456, "
            """columns = {scope: 'varchar', "table": 'varchar', row: 'json'})"""
        )
        connection.execute(
            "create temp table closed as select scope, (row ->> 'finished_at')::timestamptz as collected_at "
            f"from {lines} where \"table\" = ''"
        )
        connection.execute(
            f"insert into staged select lines.*, collected_at from {lines} lines join closed using (scope)"
        )


def _remove(aside: Path) -> None:
    """Remove what a build leaves: a log of one that was killed would spoil the next."""
    aside.unlink(missing_ok=True)
    aside.with_name(aside.name + ".wal").unlink(missing_ok=True)


def _replay(db: Path) -> None:
    """A log left beside the file by a crashed writer belongs to it: let DuckDB write it in."""
    if db.exists() and db.with_name(db.name + ".wal").exists():
        duckdb.connect(str(db)).close()


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
