"""What a sync has collected so far: one append-only file of compressed JSON lines per account.

A file is a series of gzip members, each synced to disk before the next begins. Every line names its
scope, and a scope's last line closes it, so what a killed process left is good up to its last whole
member, and of that the closed scopes.
"""

from __future__ import annotations

import base64
import gzip
import json
import os
import shutil
import time
import zlib
from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime
from itertools import chain
from pathlib import Path
from typing import IO, Any

from collector.errors import KeyreachError, UsageError

_FLUSH_BYTES, _FLUSH_SECONDS = 1 << 20, 10.0
CLOSED = ""
"""Name in place of a table's in the line that closes a scope."""


class Staging:
    """The staging folder of one sync."""

    def __init__(self, folder: Path) -> None:
        """Use `folder`, making it if needed, readable by its owner only."""
        self.folder = folder
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise UsageError(
                f"cannot write {folder}: {error.strerror}; move it, or name another --db"
            ) from error
        self._pending: dict[str, list[bytes]] = {}
        self._sizes: dict[str, int] = {}
        self._waiting_since: dict[str, float] = {}

    def restart(self, run: dict[str, Any]) -> None:
        """Forget what is there, and write down whose staging this is, so that a later run can resume it."""
        self.clear()
        self.folder.mkdir(mode=0o700)
        _write(self.folder / "run.json", json.dumps(run, sort_keys=True).encode())

    def description(self) -> dict[str, Any] | None:
        """What `restart` wrote; None if there is nothing to resume."""
        try:
            return dict(json.loads((self.folder / "run.json").read_bytes()))
        except (FileNotFoundError, ValueError):
            return None

    def add(self, account_id: str, scope: str, lines: Iterable[tuple[str, dict[str, Any]]]) -> None:
        """Add lines (table, row) to a scope that goes on. Raises KeyreachError when the disk is full."""
        found = [_line(scope, table, row) for table, row in lines]
        self._pending.setdefault(account_id, []).extend(found)
        self._sizes[account_id] = self._sizes.get(account_id, 0) + sum(map(len, found))
        waited = time.monotonic() - self._waiting_since.setdefault(account_id, time.monotonic())
        if self._sizes[account_id] >= _FLUSH_BYTES or waited >= _FLUSH_SECONDS:
            self.flush(account_id)

    def append(
        self,
        account_id: str,
        scope: str,
        lines: Iterable[tuple[str, dict[str, Any]]],
        complete: bool,
        finished_at: datetime,
        calls: int = 0,
    ) -> None:
        """Add a scope's last lines (table, row) and close it. Raises KeyreachError when the disk is full."""
        closing = {"complete": complete, "finished_at": finished_at, "calls": calls}
        self.add(account_id, scope, chain(lines, [(CLOSED, closing)]))

    def flush(self, account_id: str | None = None) -> None:
        """Put what was appended on disk: of one account, or of all."""
        for account in [account_id] if account_id else list(self._pending):
            lines = self._pending.pop(account, [])
            self._sizes.pop(account, None)
            self._waiting_since.pop(account, None)
            if lines:
                _append(self._path(account), gzip.compress(b"".join(lines), compresslevel=1, mtime=0))

    def resume(self, again: Collection[str] = ()) -> set[str]:
        """Keep the closed and complete scopes of an earlier run, drop the rest, and name those kept.

        Scopes of the services in `again` are dropped too, to be collected once more.
        """
        kept: set[str] = set()
        for path in self.paths():
            lines = list(_lines(path))
            closed = {line["scope"] for line in lines if line["table"] == CLOSED and line["row"]["complete"]}
            good = {scope for scope in closed if scope.partition("/")[0] not in again}
            text = b"".join(
                _line(line["scope"], line["table"], line["row"]) for line in lines if line["scope"] in good
            )
            _write(path, gzip.compress(text, compresslevel=1, mtime=0))
            kept |= good
        return kept

    def forget(self, scopes: Collection[str]) -> None:
        """Drop scopes of an earlier run that turned out to be there no more."""
        for path in self.paths():
            lines = list(_lines(path))
            if any(line["scope"] in scopes for line in lines):
                text = b"".join(
                    _line(line["scope"], line["table"], line["row"])
                    for line in lines
                    if line["scope"] not in scopes
                )
                _write(path, gzip.compress(text, compresslevel=1, mtime=0))

    def receive(self, account_id: str, stream: IO[bytes]) -> None:
        """Take what another machine has staged of an account, in place of what is here."""
        path = self._path(account_id)
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                shutil.copyfileobj(stream, file)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise _unwritable(path, error) from error

    def paths(self) -> list[Path]:
        """The accounts' files, in a fixed order."""
        return sorted(self.folder.glob("*.jsonl.gz"))

    def clear(self) -> None:
        """Remove everything."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _path(self, account_id: str) -> Path:
        return self.folder / f"{account_id}.jsonl.gz"


def _line(scope: str, table: str, row: dict[str, Any]) -> bytes:
    """One line. Half of a surrogate pair, which no reader of JSON takes, becomes a question mark."""
    text = _JSON.encode({"scope": scope, "table": table, "row": row})
    return text.encode("utf-8", "replace") + b"\n"


def _plain(value: Any) -> Any:
    """JSON for what botocore's parsers return."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(f"{type(value).__name__} has no JSON form")


_JSON = json.JSONEncoder(default=_plain, ensure_ascii=False)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of all whole members; a member cut short by a crash ends the file."""
    data = path.read_bytes()
    while data:
        member = zlib.decompressobj(wbits=31)
        try:
            text = member.decompress(data)
        except zlib.error:
            return
        if not member.eof:
            return
        for line in text.splitlines():
            yield json.loads(line)
        data = member.unused_data


def _append(path: Path, data: bytes) -> None:
    _put(path, data, os.O_APPEND)


def _write(path: Path, data: bytes) -> None:
    aside = path.with_name(path.name + ".new")
    _put(aside, data, os.O_TRUNC)
    try:
        aside.replace(path)
    except OSError as error:
        raise _unwritable(path, error) from error


def _put(path: Path, data: bytes, mode: int) -> None:
    before = path.stat().st_size if path.exists() else 0
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | mode, 0o600), "ab") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        if path.exists() and mode == os.O_APPEND:
            os.truncate(path, before)
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> KeyreachError:
    return KeyreachError(
        f"cannot write {path}: {error.strerror}; what was collected so far is kept, "
        "make room and run the same sync again to go on"
    )
