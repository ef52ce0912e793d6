"""What is known of a request: condition keys with their values, and those that may have any."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Values = tuple[str, ...]

UNKNOWN: Values = ("\0unknown",)
"""Stands for the values of a key of which only this is known: that it may be in the request."""


class StartsWith(str):
    """A value of which only the beginning is known."""


class Perhaps(Values):
    """Values of a key that may as well be absent."""


class Context(dict[str, Values | None]):
    """Condition keys in lower case -> values. A key that is not in it, or has None, is known to be absent."""

    @classmethod
    def of(cls, known: Mapping[str, Any], unknown: Iterable[str] = ()) -> Context:
        """The context of a request: keys with one value or a list, and keys that cannot be known."""
        found = cls()
        for key, value in known.items():
            if values := _texts(value):
                found[key.lower()] = values
        for key in unknown:
            found[key.lower()] = UNKNOWN
        return found


class PartlyKnown(Context):
    """A context in which a key that is not in it may be in the request, with any value."""

    closed: tuple[str, ...] = ()
    """Beginnings of keys of which all are known: what is not in it is absent."""

    def get(self, key: str, default: Any = UNKNOWN) -> Any:
        """The values of a key; None if it is known to be absent."""
        if self.closed and key.startswith(self.closed):
            default = None
        return super().get(key, default)


def _texts(value: Any) -> Values:
    """Values as policies compare them: as text."""
    if value is None:
        return ()
    if isinstance(value, list | tuple):
        return tuple(_text(part) for part in value if part is not None)
    return (_text(value),)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)
