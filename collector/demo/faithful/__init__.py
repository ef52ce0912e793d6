"""What moto gets wrong, set right: the one place where the fake AWS is made to answer as AWS does.

Each file lists replacements of moto's own functions as (owner, name, replacement).
`set_right` puts them in place and takes them out again. Written against moto 5.2.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from collector.demo.faithful import (
    account_settings,
    buckets,
    custom_key_stores,
    grants,
    imported_material,
    keys,
    organizations,
    rotation,
    sessions,
)

_MODULES = (
    keys,
    custom_key_stores,
    imported_material,
    rotation,
    grants,
    buckets,
    organizations,
    sessions,
    account_settings,
)
_ABSENT = object()


@contextmanager
def set_right() -> Iterator[None]:
    """Have moto answer as AWS does until the context ends."""
    undo = []
    for module in _MODULES:
        for owner, name, replacement in module.REPLACEMENTS:
            undo.append((owner, name, vars(owner).get(name, _ABSENT)))
            setattr(owner, name, replacement)
    try:
        yield
    finally:
        for owner, name, original in reversed(undo):
            if original is _ABSENT:
                delattr(owner, name)
            else:
                setattr(owner, name, original)
