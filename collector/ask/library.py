"""The query library: one `.sql` file per check or report, which carries its description and its cases.

A file is SQL that runs unchanged in a DuckDB shell. Comment blocks around it hold TOML:

    -- /// check
    -- title = "..."
    -- ///
    select ...;

    -- /// cases
    -- [[case]]
    -- ///
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from collector import typed_toml
from collector.ask.reads import Reads, reads
from collector.ask.verdict import Severity
from collector.errors import KeyreachError, UsageError
from collector.globs import select
from collector.paths import data_dir

_BLOCK = re.compile(r"^-- /// (\w+)\n((?:--.*\n)*?)-- ///\n", re.MULTILINE)


@dataclass(frozen=True)
class Parameter:
    """A value that whoever runs the query may set: `$name` in its SQL."""

    help: str
    default: str | int | float | None = None
    """None: it must be given, or stands for no restriction if the help says so."""
    required: bool = False


@dataclass(frozen=True)
class Case:
    """Rows to start from and what the query must make of them."""

    name: str
    given: dict[str, list[dict[str, Any]]]
    """Table -> rows."""
    expect: dict[str, str] | list[dict[str, Any]]
    """Of a check: resource id (and related id after a space) -> status. Of a report: columns of each row."""
    parameters: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class _Cases:
    case: tuple[Case, ...] = ()


@dataclass(frozen=True)
class _Header:
    title: Annotated[str, msgspec.Meta(min_length=1)]
    description: str = ""
    severity: Severity = Severity.INFO
    frameworks: tuple[str, ...] = ()
    remediation: str = ""
    reach: Literal["account", "organization"] = "account"
    parameters: dict[str, Parameter] = field(default_factory=dict)


@dataclass(frozen=True)
class Query:
    """A check or a report of the library."""

    id: str
    """Stem of its file."""
    kind: Literal["check", "report"]
    theme: str
    """Folder of its file."""
    title: str
    description: str
    """Why it matters, and what it takes for an answer."""
    severity: Severity
    frameworks: tuple[str, ...]
    """Framework, version and control, as in cis_aws_3.0.0/3.6."""
    remediation: str
    reach: Literal["account", "organization"]
    """How far a gap in the inventory can change a verdict: within its account, or from anywhere."""
    parameters: dict[str, Parameter]
    sql: str
    cases: tuple[Case, ...]

    @property
    def reads(self) -> Reads:
        """Tables and columns it depends on."""
        return reads(self.sql)

    @property
    def asks(self) -> bool:
        """Whether it cannot run without a parameter."""
        return any(parameter.required for parameter in self.parameters.values())

    def values(self, given: dict[str, str]) -> dict[str, Any]:
        """Its parameters with the given texts in place of defaults. Raises UsageError if they do not fit."""
        for name in given:
            if name not in self.parameters:
                known = ", ".join(self.parameters) or "none"
                raise UsageError(f"{self.id} has no parameter {name}; it has: {known}")
        for name, parameter in self.parameters.items():
            if parameter.required and name not in given:
                raise UsageError(f"{self.id} needs a value: -p {name} VALUE ({parameter.help})")
        return {
            name: _typed(given[name], parameter.default) if name in given else parameter.default
            for name, parameter in self.parameters.items()
        }


@cache
def library() -> dict[str, Query]:
    """Every query by id, in the order of themes and ids."""
    paths = sorted(data_dir("queries").glob("*/*.sql"))
    return {path.stem: load(path) for path in paths}


def chosen(patterns: list[str], kind: str = "") -> list[Query]:
    """The queries whose ids the globs match; all of a kind if there are none. Raises UsageError."""
    known = {id: query for id, query in library().items() if kind in ("", query.kind)}
    return [known[id] for id in select(known, patterns or ["*"], where=(kind or "query", ""))]


def load(path: Path) -> Query:
    """Read one file of the library. Raises KeyreachError if it is not well formed."""
    text = path.read_text(encoding="utf-8")
    blocks = {match[1]: match[2] for match in _BLOCK.finditer(text)}
    kind = next((name for name in ("check", "report") if name in blocks), None)
    try:
        if kind is None:
            raise ValueError("it has neither a check nor a report block")
        header = typed_toml.read(_uncommented(blocks[kind]), _Header)
        cases = typed_toml.read(_uncommented(blocks.get("cases", "")), _Cases)
    except ValueError as error:
        raise KeyreachError(f"{path}: {error}") from error
    return Query(
        id=path.stem,
        kind=kind,  # type: ignore[arg-type]
        theme=path.parent.name,
        title=header.title,
        description=header.description.strip(),
        severity=header.severity,
        frameworks=header.frameworks,
        remediation=header.remediation.strip(),
        reach=header.reach,
        parameters=header.parameters,
        sql=_BLOCK.sub("", text).strip().removesuffix(";"),
        cases=cases.case,
    )


def _uncommented(block: str) -> str:
    return "".join(line.removeprefix("--").removeprefix(" ") for line in block.splitlines(True))


def _typed(text: str, like: str | int | float | None) -> Any:
    """A given text as a value of the default's type. Raises UsageError."""
    try:
        return type(like)(text) if isinstance(like, int | float) else text
    except ValueError as error:
        raise UsageError(f"{text!r} is not a number") from error
