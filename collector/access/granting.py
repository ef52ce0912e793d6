"""The grants of a key, found by whom they name: there can be 50,000."""

from __future__ import annotations

from collections.abc import Iterable

from collector.access.people import Who
from collector.policy.grants import Grant

Naming = tuple[tuple[Grant, int, int], ...]
"""Grants that may bear on somebody, with how each names him: as its grantee, as who may retire it."""


class Granting:
    """Whom the grants of a key name."""

    def __init__(self, grants: Iterable[Grant]) -> None:
        """All grants of the key, in their order."""
        self._by_handle: dict[str, dict[Grant, None]] = {}
        for grant in grants:
            for handle in grant.grantee.handles | grant.retirer.handles:
                self._by_handle.setdefault(handle, {})[grant] = None

    def naming(self, who: Who) -> Naming:
        """The grants that may bear on somebody. All others say nothing about him."""
        if not self._by_handle:
            return ()
        found: dict[Grant, None] = {}
        for handle in who.principal.handles:
            found |= self._by_handle.get(handle, {})
        return tuple(
            (grant, grant.grantee.names(who.principal), grant.retirer.names(who.principal)) for grant in found
        )
