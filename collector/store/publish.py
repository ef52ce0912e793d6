"""Staging to the published file: build the next one aside, then take the old one's place."""

from __future__ import annotations

import os
import shutil
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import msgspec

from collector.errors import KeyreachError, UsageError
from collector.store import catalog, ledger
from collector.store.merge import Merge, merge
from collector.store.private import private
from collector.store.staged import Staged
from collector.store.staging import Staging

_BLOCK_SIZE = "16384"
"""The smallest: with the default a file of a few hundred rows takes 21 MB for its indexes, with this 4."""
_MERGING, _DERIVING = "96MB", "64MB"
"""How much memory DuckDB may take: less where Python needs its share. What does not fit it spills.

Where one operation needs more, the file is built without a limit.
"""

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
    db: Path, staging: Staging, publication: Publication, derive: Sequence[Derive] = ()
) -> dict[str, Any]:
    """Replace `db` with a file that holds what is staged and, where that is incomplete, the last good rows.

    Returns the run's row of sync_runs. Readers are never blocked, and a crash at any instant leaves `db`
    as it was. Raises KeyreachError where the old file cannot be read or the new one not written; staging
    is kept then.
    """
    aside = db.with_name(db.name + ".new")
    try:
        with private():
            _replay(db)
            try:
                run = _write(aside, db, staging, publication, derive, sparing=True)
            except duckdb.OutOfMemoryException:
                run = _write(aside, db, staging, publication, derive, sparing=False)
        os.replace(aside, db)
        _sync_folder(db.parent)
        return run
    except RuntimeError as error:
        if isinstance(error.__cause__, KeyboardInterrupt):
            raise KeyboardInterrupt from error
        raise
    except (duckdb.Error, msgspec.DecodeError, EOFError, OSError, zlib.error) as error:
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
    aside: Path,
    db: Path,
    staging: Staging,
    publication: Publication,
    derive: Sequence[Derive],
    sparing: bool,
) -> dict[str, Any]:
    """Build the next file. Raises KeyreachError if it is incomplete and must not be."""
    _remove(aside)
    spill = _spill(aside)
    spill.mkdir()
    config: dict[str, Any] = {"default_block_size": _BLOCK_SIZE, "temp_directory": str(spill)}
    if sparing:  # each thread has buffers of its own
        config |= {"memory_limit": _MERGING, "threads": 1}
    with duckdb.connect(str(aside), config=config) as connection:
        run = _build(connection, db, Staged(connection, spill, staging.paths()), publication)
        if sparing:
            connection.execute(f"set memory_limit = {catalog.literal(_DERIVING)}")
        for each in derive:
            each(connection)
        if db.exists():
            connection.execute("detach old")
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
    staged: Staged,
    publication: Publication,
) -> dict[str, Any]:
    """Fill the collected tables and the ledger; the old file stays attached."""
    catalog.create(connection)
    connection.execute(
        "insert into keyreach values (?, ?, ?)",
        [catalog.SCHEMA_VERSION, publication.run["version"], publication.demo],
    )
    if db.exists():
        connection.execute(f"attach {catalog.literal(str(db))} as old (read_only)")
    connection.execute(
        "create temp table retired as select unnest($accounts::varchar[]) as account_id",
        {"accounts": sorted(publication.retired)},
    )
    run = ledger.load(connection, staged, publication.run, publication.keep_days, publication.accepted)
    for plan in publication.merges:
        merge(connection, plan, catalog.tables()[plan.name], staged, publication.run["run_id"])
    ledger.retire(connection, publication.run, publication.retired)
    for account_id, label in sorted(publication.trusted_accounts.items()):
        connection.execute("insert into trusted_accounts values (?, ?)", [account_id, label])
    return run


def _remove(aside: Path) -> None:
    """Remove what a build leaves: a log of one that was killed would spoil the next."""
    aside.unlink(missing_ok=True)
    aside.with_name(aside.name + ".wal").unlink(missing_ok=True)
    shutil.rmtree(_spill(aside), ignore_errors=True)


def _spill(aside: Path) -> Path:
    """The folder for what does not have to be in memory: DuckDB's own name for it."""
    return aside.with_name(aside.name + ".tmp")


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
