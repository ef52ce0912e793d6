"""moto keeps its state in the process; this sets it aside for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from moto.core import base_backend
from moto.moto_api._internal import mock_random
from moto.organizations.models import organizations_backends
from moto.s3.models import s3_backends

_IN_USE: list[Any] = vars(base_backend.BackendDict)["_instances"]
"""moto's own list of the services that hold anything."""


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
            if isinstance(holder, base_backend.BackendDict):
                _IN_USE.append(holder)
        mock_random.seed()


def _taken() -> list[tuple[dict[Any, Any], dict[Any, Any]]]:
    holders: list[dict[Any, Any]] = [
        *_IN_USE,
        s3_backends.bucket_accounts,
        organizations_backends.master_accounts,
    ]
    taken = [(holder, {key: dict.__getitem__(holder, key) for key in list(holder)}) for holder in holders]
    for holder in holders:
        holder.clear()
    _IN_USE.clear()
    return taken
