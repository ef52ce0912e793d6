"""Every key of `keyreach.toml`, from the dataclasses that read it."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import textwrap
from collections.abc import Iterator
from contextlib import redirect_stderr
from datetime import date
from io import StringIO
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from msgspec import Meta

from collector import config, typed_toml
from collector.cli.init import init
from generator.markdown import block, bullets, code, join, made_from, prose, table

_NOUNS: dict[object, str] = {
    bool: "true or false",
    str: "string",
    int: "whole number",
    float: "number",
    date: "date",
}


@dataclasses.dataclass(frozen=True)
class Key:
    """One key of the file."""

    name: str
    type: str
    default: str
    description: str


def page() -> str:
    """The page."""
    return join(
        made_from("collector/config.py and collector/cli/init.py"),
        "# Configuration",
        "`keyreach.toml`, or the file that `KEYREACH_CONFIG` or the command line names. Every key is "
        "optional unless it says otherwise, and an unknown one is an error. Without a file, the caller's own "
        "account is collected.",
        _rules(config.Config),
        *_sections(config.Config, ""),
        "## A file to start from",
        "`keyreach init --org` writes this one:",
        block(_template(), "toml"),
    )


def keys(kind: type) -> list[Key]:
    """The keys of one section, those that hold sections of their own left out."""
    hints, told = get_type_hints(kind, include_extras=True), _descriptions(kind)
    return [
        Key(
            field.name,
            _words(hints[field.name], glob="Glob" in str(field.type)),
            _default(field),
            told.get(field.name, ""),
        )
        for field in typed_toml.keys(kind)
        if _section(hints[field.name]) is None and not _is_free_table(hints[field.name], kind)
    ]


def _sections(kind: type, prefix: str) -> Iterator[str]:
    """The blocks about every section, outer ones first."""
    hints, told = get_type_hints(kind, include_extras=True), _descriptions(kind)
    for field in typed_toml.keys(kind):
        hint, name = hints[field.name], f"{prefix}{field.name}"
        if _is_free_table(hint, kind):
            yield f"## [{name}]"
            yield prose(told.get(field.name, ""))
            yield f"A {_words(hint)}. Default: empty."
        elif section := _section(hint):
            inner = keys(section)
            if inner:
                many = get_origin(hint) is tuple
                yield f"## [[{name}]]" if many else f"## [{name}]"
                yield prose((inspect.getdoc(section) or "").partition("\n\n")[0])
                yield _table(inner)
                yield _rules(section)
            yield from _sections(section, f"{name}.")


def _table(found: list[Key]) -> str:
    rows = [[code(key.name), key.type, key.default, prose(key.description)] for key in found]
    return table(("Key", "Type", "Default", "Meaning"), rows)


def _section(hint: Any) -> type | None:
    """The dataclass that reads the key's value, alone or in a list."""
    found = next((t for t in (hint, *get_args(hint)) if dataclasses.is_dataclass(t)), None)
    return found if isinstance(found, type) else None


def _is_free_table(hint: Any, kind: type) -> bool:
    """Whether the key is a section of the file whose own keys are anybody's."""
    return kind is config.Config and get_origin(hint) is dict


def _words(hint: Any, glob: bool = False) -> str:
    """A type in words, as whoever writes TOML knows them."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _bounded(_words(arguments[0], glob), arguments[1])
    if origin is tuple:
        return f"list of: {_words(arguments[0], glob)}"
    if origin is dict:
        return f"table of: {_words(arguments[0])} = {_words(arguments[1])}"
    if origin in (UnionType, Union):
        return " or ".join(_words(part, glob) for part in arguments if part is not type(None))
    return "glob" if glob and hint is str else _NOUNS[hint]


def _bounded(noun: str, limits: Meta) -> str:
    if limits.pattern:
        return f"{noun} ({prose(config.PATTERNS[limits.pattern])})"
    if limits.min_length:
        return f"{noun}, not empty" if noun == "string" else noun
    bounds = [
        f"{words} {bound}"
        for words, bound in (
            ("at least", limits.ge),
            ("more than", limits.gt),
            ("at most", limits.le),
            ("less than", limits.lt),
        )
        if bound is not None
    ]
    return f"{noun}, {', '.join(bounds)}"


def _default(field: dataclasses.Field[Any]) -> str:
    value = field.default
    if field.default_factory is not dataclasses.MISSING:
        value = field.default_factory()
    if value is dataclasses.MISSING:
        return "must be given"
    if value is None:
        return "not set"
    return code(_toml(value))


def _toml(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return f'"{value}"'
        case tuple():
            return f"[{', '.join(map(_toml, value))}]"
        case dict():
            return "{}"
        case _:
            return str(value)


def _descriptions(kind: type) -> dict[str, str]:
    """The strings under the fields of a dataclass."""
    body = _class(kind).body
    return {
        field.target.id: str(text.value.value)
        for field, text in pairwise(body)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant)
    }


def _rules(kind: type) -> str:
    """What a section's own errors say: rules that no type can express."""
    errors = (node.exc for node in ast.walk(_class(kind)) if isinstance(node, ast.Raise))
    texts = (text for error in errors if isinstance(error, ast.Call) for text in error.args)
    rules = [prose(str(text.value)) for text in texts if isinstance(text, ast.Constant)]
    return join("Also checked:", bullets(rules)).rstrip() if rules else ""


def _class(kind: type) -> ast.ClassDef:
    (node,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    assert isinstance(node, ast.ClassDef)
    return node


def _template() -> str:
    """What `keyreach init --org` writes."""
    with TemporaryDirectory() as folder, redirect_stderr(StringIO()):
        path = Path(folder) / config.DEFAULT_PATH
        init(path, org=True, profile=None, force=False)
        return path.read_text(encoding="utf-8")
