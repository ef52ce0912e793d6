"""Tags as one object, whatever the service calls their members."""

from __future__ import annotations

from typing import Any

from collector.collect.table import Column, Scope


def as_object(key: str = "Key", value: str = "Value", member: str = "") -> Column:
    """A column with a list of tags as an object; an empty one where there are none.

    The list is the answer itself, or one of its members.
    """

    def column(answer: Any, _: Scope) -> dict[str, str]:
        tags = answer.get(member) if member else answer
        return {tag[key]: tag[value] for tag in tags or []}

    return column
