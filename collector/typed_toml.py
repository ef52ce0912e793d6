"""TOML to frozen dataclasses: an unknown key or a value of the wrong type is an error that says where."""

from __future__ import annotations

import dataclasses
import difflib
import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import msgspec

T = TypeVar("T")

NOT_A_KEY = {"toml": False}
"""Metadata of a field that TOML cannot set."""

_WORDS = {
    "`array`": "a list",
    "`object`": "a table",
    "`str`": "a string",
    "`int`": "a whole number",
    "`bool`": "true or false",
    "`float`": "a number",
}


def read(text: str, kind: type[T], patterns: Mapping[str, str] | None = None) -> T:
    """An instance of the dataclass `kind` from TOML.

    `patterns` says in words what a regular expression in the types asks for. Raises ValueError with the
    key and, for an unknown one, the nearest that exists.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"not valid TOML: {error}") from error
    for problem in _unknown(data, kind, ""):
        raise ValueError(problem)
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        raise ValueError(_readable(str(error), patterns or {})) from error


def keys(kind: type) -> list[dataclasses.Field[Any]]:
    """The fields of a dataclass that TOML may set: those that are not marked as NOT_A_KEY."""
    return [field for field in dataclasses.fields(kind) if field.metadata != NOT_A_KEY]


def _unknown(data: Mapping[str, Any], kind: type, prefix: str) -> Iterator[str]:
    """One message for each key that does not exist, with the nearest that does."""
    types = get_type_hints(kind)
    hints = {field.name: types[field.name] for field in keys(kind)}
    for key, value in data.items():
        if key not in hints:
            near = difflib.get_close_matches(key, hints, 1, cutoff=0)
            yield f"unknown key {prefix}{key}; did you mean {prefix}{near[0]}?"
            continue
        for part, inner in _parts(value, hints[key]):
            yield from _unknown(part, inner, f"{prefix}{key}.")


def _parts(value: Any, hint: Any) -> Iterator[tuple[Mapping[str, Any], type]]:
    """The tables in a value, with the dataclass that each must fit: itself, or what a list or table holds."""
    inner = next((t for t in (hint, *get_args(hint)) if dataclasses.is_dataclass(t)), None)
    if not isinstance(inner, type):
        return
    if get_origin(hint) is dict and isinstance(value, Mapping):
        value = list(value.values())
    for part in value if isinstance(value, list) else [value]:
        if isinstance(part, Mapping):
            yield part, inner


def _readable(message: str, patterns: Mapping[str, str]) -> str:
    """The key in front, what is wrong with it behind, in TOML's words."""
    text, _, where = message.rpartition(" - at ")
    for theirs, ours in _WORDS.items():
        text = text.replace(theirs, ours)
    for pattern, meaning in patterns.items():
        text = text.replace(f" matching regex {pattern!r}", f": {meaning}")
    key = re.sub(r"`key` in `\$\.?(.*)`", r"a key of \1", where).replace("`", "").removeprefix("$.")
    return f"{key}: {text}" if text else message
