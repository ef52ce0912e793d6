"""A file of JSON lines, as DuckDB reads it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from collector.store.catalog import literal

_LEAST_BUFFER = 1 << 20
"""Bytes. DuckDB reads in blocks of several times what one line may take."""


def source(path: Path, columns: Mapping[str, str], longest: int) -> str:
    """What stands in SQL for the lines of a file. `columns`: name -> type; `longest`: bytes of a line."""
    shape = ", ".join(f'"{name}": {literal(type_)}' for name, type_ in columns.items())
    return (
        f"read_json({literal(str(path))}, format = 'newline_delimited', "
        f"maximum_object_size = {max(_LEAST_BUFFER, 2 * longest)}, columns = {{{shape}}})"
    )
