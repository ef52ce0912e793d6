"""What an answer is read for: its useful part, the values of columns, and what stands for an error."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any

import jmespath
from botocore.exceptions import BotoCoreError, ClientError

from collector.collect.table import Call, Scope


def variants(call: Call) -> list[dict[str, Any]]:
    """The parameters of each listing that a call stands for."""
    if call.over is None:
        return [{}]
    name, values = call.over
    return [{name: value} for value in values]


def not_configured(call: Call, error: BotoCoreError | ClientError) -> Any:
    """The answer that a "not configured" error stands for; None for every other error."""
    if not isinstance(error, ClientError):
        return None
    return call.empty.get(error.response.get("Error", {}).get("Code", ""))


def useful(call: Call, answer: Any) -> Any:
    """The part of an answer that a call is for, without what must not be stored."""
    part = search(call.items, answer)
    for path in call.drop:
        *above, member = path.split(".")
        for item in part if isinstance(part, list) else [part]:
            holder = search(".".join(above), item) if above else item
            if isinstance(holder, dict):
                holder.pop(member, None)
    return part


def search(path: str, value: Any) -> Any:
    """What a JMESPath finds in a value."""
    return _reader(path)(value)


def columns(call: Call, answer: Any, scope: Scope) -> dict[str, Any]:
    """The columns that an answer fills."""
    return {
        name: read(answer, scope) if callable(read) else _reader(read)(answer)
        for name, read in call.columns.items()
    }


@cache
def _reader(path: str) -> Callable[[Any], Any]:
    """A path as a function. Most are names of members with dots between, which need no interpreter."""
    if path == "@":
        return _itself
    names = path.split(".")
    if all(map(str.isidentifier, names)):
        return partial(_member, names)
    found: Callable[[Any], Any] = jmespath.compile(path).search
    return found


def _itself(value: Any) -> Any:
    return value


def _member(names: list[str], value: Any) -> Any:
    for name in names:
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value
