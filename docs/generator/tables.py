"""A page for every table and view: its columns, and where its rows come from."""

from __future__ import annotations

from collections import defaultdict
from importlib import import_module

from collector.ask.formats.markdown import cell
from collector.ask.library import library
from collector.ask.reads import reads
from collector.collect import registry
from collector.collect import tables as declarations
from collector.collect.table import Table
from collector.store import catalog
from collector.store.catalog import Relation
from generator import sources
from generator.inventory import empty
from generator.markdown import block, bullets, code, join, link, made_from, name_link, prose, table

LEDGER = "_ledger"
_TITLES = {
    LEDGER: "The ledger",
    "access": "Across services",
    "access_views": "What the queries share",
}
"""Headings for the files of `schema/` that belong to no service."""


def pages() -> dict[str, str]:
    """The index and the page of every relation, by file name."""
    relations = catalog.tables()
    return {"README.md": _index(), **{f"{name}.md": _page(found) for name, found in relations.items()}}


def _index() -> str:
    by_service: dict[str, list[Relation]] = defaultdict(list)
    for relation in catalog.tables().values():
        by_service[relation.service].append(relation)
    order = sorted(by_service, key=lambda service: (service in _TITLES, service))
    return join(
        made_from("schema/"),
        "# Tables",
        "Every table and view of the inventory. The same descriptions are in the file itself, as comments, "
        "and in `keyreach tables --columns`.",
        *(_service(service, by_service[service]) for service in order),
    )


def _service(service: str, relations: list[Relation]) -> str:
    rows = [[name_link(relation.name), relation.kind, prose(relation.comment)] for relation in relations]
    return join(f"## {_title(service)}", table(("Name", "Kind", "What it is"), rows)).rstrip()


def _title(service: str) -> str:
    """What a file of the schema is about: the first words of the declarations beside it."""
    if service in _TITLES or service not in registry.by_service():
        return _TITLES.get(service, service)
    described = import_module(f"{declarations.__name__}.{service}").__doc__ or service
    return described.partition(":")[0]


def _page(relation: Relation) -> str:
    return join(
        made_from(f"schema/{relation.service}.sql"),
        f"# {relation.name}",
        prose(relation.comment),
        "## Columns",
        _columns(relation),
        "## Where the rows come from",
        _origin(relation),
        *_readers(relation),
    )


def _columns(relation: Relation) -> str:
    if relation.kind == "view":
        rows = [[code(c.name), code(c.type), prose(c.comment)] for c in relation.columns]
        return table(("Column", "Type", "Meaning"), rows)
    keys, declared = _declared_key(relation), _declaration(relation)
    origins = sources.origins(declared) if declared else {}
    rows = [
        [
            code(column.name) + (" (key)" if column.name in keys else ""),
            code(column.type),
            "yes" if column.nullable else "no",
            *([origins.get(column.name, "")] if declared else []),
            prose(column.comment),
        ]
        for column in relation.columns
    ]
    note = "" if keys else "No primary key: a row is told apart by all of its columns."
    header = ("Column", "Type", "Null", *(["From"] if declared else []), "Meaning")
    return join(table(header, rows), note).rstrip()


def _declaration(relation: Relation) -> Table | None:
    """What fills the table, if it is collected."""
    return next((found for found in registry.tables() if found.name == relation.name), None)


def _declared_key(relation: Relation) -> tuple[str, ...]:
    """The primary key; empty where the schema declares none, for which the catalog names all columns."""
    everything = tuple(column.name for column in relation.columns)
    return () if relation.primary_key == everything else relation.primary_key


def _origin(relation: Relation) -> str:
    if declared := _declaration(relation):
        return sources.collected(declared)
    if relation.kind == "view":
        return _view(relation)
    shipped = _shipped_rows(relation)
    if shipped:
        header = [column.name for column in relation.columns]
        return join("They come with keyreach:", table(header, shipped)).rstrip()
    if relation.service == LEDGER:
        return "Every sync writes them itself; nothing is asked of AWS for them."
    return "They are derived from the collected tables whenever a sync publishes."


def _shipped_rows(relation: Relation) -> list[list[str]]:
    rows = empty().execute(f"from {relation.name} order by all").fetchall()
    return [[cell(value) for value in row] for row in rows]


def _view(relation: Relation) -> str:
    found = reads(relation.query)
    through = sorted(found.tables - found.relations)
    return join(
        "A view, computed whenever it is read, over:",
        bullets(name_link(name) for name in sorted(found.relations)),
        f"The views among them read {', '.join(map(name_link, through))}." if through else "",
        block(relation.query, "sql"),
    ).rstrip()


def _readers(relation: Relation) -> list[str]:
    """The views and queries that name the relation."""
    views = [
        name_link(view.name)
        for view in catalog.tables().values()
        if view.kind == "view" and relation.name in reads(view.query).relations
    ]
    queries = [
        link(query.id, f"../queries/{query.id}.md")
        for query in library().values()
        if relation.name in query.reads.relations
    ]
    lines = [
        f"{kind}: {', '.join(found)}" for kind, found in (("Views", views), ("Queries", queries)) if found
    ]
    return ["## What reads it", bullets(lines)] if lines else []
