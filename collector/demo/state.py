"""moto keeps its state in the process; this sets it aside for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from moto.core.base_backend import BackendDict
from moto.moto_api._internal import mock_random
from moto.organizations.models import organizations_backends
from moto.s3.models import s3_backends


@contextmanager
def set_aside() -> Iterator[None]:
    """Begin with an empty fake AWS, and on leaving bring back what was there before."""
    before = _taken()
    try:
        yield
    finally:
        _taken()
        for holder, content in before:
            holder.update(content)
            if isinstance(holder, BackendDict):
                BackendDict._instances.append(holder)
        mock_random.seed()


def _taken() -> list[tuple[dict[Any, Any], dict[Any, Any]]]:
    holders: list[dict[Any, Any]] = [
        *BackendDict._instances,
        s3_backends.bucket_accounts,
        organizations_backends.master_accounts,
    ]
    taken = [(holder, {key: dict.__getitem__(holder, key) for key in list(holder)}) for holder in holders]
    for holder in holders:
        holder.clear()
    BackendDict._instances.clear()
    return taken
