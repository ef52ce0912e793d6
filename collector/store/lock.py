"""One sync at a time for a file."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from collector.errors import KeyreachError, UsageError


@contextmanager
def exclusive(db: Path) -> Iterator[None]:
    """Hold the lock beside `db`. Raises KeyreachError if another process has it.

    Raises UsageError if it cannot be made.

    The lock ends with the process, however that ends. The empty file stays: removing it would let two
    processes hold locks on two files of one name.
    """
    path = db.with_name(db.name + ".lock")
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise UsageError(
            f"cannot write beside {db}: {error.strerror}; name a file in a folder of yours with --db"
        ) from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(handle, 20, 0).decode(errors="replace").strip() or "unknown"
            raise KeyreachError(
                f"another sync is writing {db} (process {holder}): wait for it, or sync to another file"
            ) from error
        try:
            os.truncate(handle, 0)
            os.pwrite(handle, str(os.getpid()).encode(), 0)
        except OSError as error:
            raise UsageError(f"cannot write {path}: {error.strerror}") from error
        yield
    finally:
        os.close(handle)
