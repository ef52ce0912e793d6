"""Files for their owner only: an inventory tells an attacker where to look."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def private() -> Iterator[None]:
    """Whatever this process creates meanwhile, temporary files and logs included, is for its owner only."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)
