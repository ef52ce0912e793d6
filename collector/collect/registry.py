"""All tables that are declared, found by their presence in `tables/`."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from collector.collect import tables as package
from collector.collect.table import Table


@cache
def by_service() -> dict[str, tuple[Table, ...]]:
    """The tables of each file in `tables/`, by its stem, parents before their children."""
    return {module.name: _declared(module.name) for module in iter_modules(package.__path__)}


def tables() -> tuple[Table, ...]:
    """Every declared table."""
    return tuple(table for declared in by_service().values() for table in declared)


def _declared(name: str) -> tuple[Table, ...]:
    module = import_module(f"{package.__name__}.{name}")
    found = [value for value in vars(module).values() if isinstance(value, Table)]
    return tuple(sorted(found, key=lambda table: len(list(table.ancestors()))))
