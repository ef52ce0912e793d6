"""Tags as one object, whatever the service calls their members."""

from __future__ import annotations

from typing import Any

from collector.collect.table import Column, Scope


def as_object(key: str = "Key", value: str = "Value") -> Column:
    """A column with the tags of a list as an object; an empty one where there are none."""

    def column(answer: Any, _: Scope) -> dict[str, str]:
        return {tag[key]: tag[value] for tag in answer or []}

    return column
