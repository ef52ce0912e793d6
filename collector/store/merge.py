"""How staged rows replace the last ones: the rule that a failure never removes a row, as SQL."""

from __future__ import annotations

from dataclasses import dataclass, field

import duckdb

from collector.store.catalog import Relation
from collector.store.staged import Staged

_COMPLETE = "coalesce(len(_missing), 0) = 0"
"""Whether every operation about a staged row succeeded."""


@dataclass(frozen=True)
class Merge:
    """What the store has to know of a table to merge it."""

    name: str
    root: str
    """The table whose listing the rows hang on: itself, or a child's topmost parent."""
    each: str
    """`organization`, `account` or `region`: how far one complete listing reaches."""
    parent_column: str = ""
    """In a child table, the column that names the parent."""
    fills: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Detail operation -> columns that keep their last values when it fails."""


def merge(
    connection: duckdb.DuckDBPyConnection, plan: Merge, relation: Relation, staged: Staged, run_id: str
) -> None:
    """Fill one table with what is staged and, where it is attached, from the database `old`.

    New rows win by primary key. Old rows stay where no listing of this run was complete, and children
    stay where the call about their parent failed.
    """
    old = _old_columns(connection, relation.name)
    _stage(connection, relation, staged, run_id)
    names = [column.name for column in relation.columns]
    connection.execute(
        f"insert into {relation.name} by name select {', '.join(names)} from merging "
        + (f"where {_COMPLETE}" if old else "")
    )
    if old:
        taken = {name: _last_good(name, plan) if name in old else f"s.{name}" for name in names}
        new = ", ".join(f"{expression} as {name}" for name, expression in taken.items())
        same = " and ".join(f"s.{key} is not distinct from o.{key}" for key in relation.primary_key)
        connection.execute(
            f"insert into {relation.name} by name select {new} from merging s "
            f"left join old.main.{relation.name} o on {same} where not {_COMPLETE}"
        )
        kept = ", ".join(f"o.{name}" for name in names if name in old)
        connection.execute(
            f"insert into {relation.name} by name select {kept} from old.main.{relation.name} o "
            f"where not exists (from merging s where {same}) "
            "and o.account_id not in (from retired) "
            f"and (not exists (from listed l where l.table_name = '{plan.root}' {_reach(plan)}) "
            f"{_failed_parent(plan)})"
        )
    connection.execute("drop table merging")


def _stage(connection: duckdb.DuckDBPyConnection, relation: Relation, staged: Staged, run_id: str) -> None:
    """Make `merging`: the staged rows of one table, typed, once each, ordered by account."""
    types = {c.name: c.type for c in relation.columns if c.name not in ("run_id", "collected_at")}
    types["_missing"] = "VARCHAR[]"
    columns = ", ".join(f'"{name}" {type_}' for name, type_ in types.items())
    keys = ", ".join(relation.primary_key)
    connection.execute(f"create temp table merging ({columns}, run_id varchar, collected_at timestamptz)")
    for rows in staged.rows(relation.name, types):
        connection.execute(
            f"insert into merging by name select *, $run_id as run_id from {rows} order by {keys}",
            {"run_id": run_id},
        )
    connection.execute(
        "delete from merging where rowid not in "
        f"(select arg_max(rowid, collected_at) from merging group by {keys})"
    )


def _last_good(name: str, plan: Merge) -> str:
    """The new value, or the old one where the operation that fills the column failed."""
    if name == "raw" and plan.fills:
        return "json_merge_patch(coalesce(o.raw, '{}'), s.raw)"
    for operation, columns in plan.fills.items():
        if name in columns:
            return f"case when list_contains(s._missing, '{operation}') then o.{name} else s.{name} end"
    return f"s.{name}"


def _reach(plan: Merge) -> str:
    return {
        "organization": "",
        "account": "and l.account_id = o.account_id",
        "region": "and l.account_id = o.account_id and l.region = o.region",
    }[plan.each]


def _failed_parent(plan: Merge) -> str:
    if not plan.parent_column:
        return ""
    return (
        f"or exists (from sync_failures f where f.table_name = '{plan.name}' "
        f"and f.account_id = o.account_id and f.resource_arn = o.{plan.parent_column})"
    )


def _old_columns(connection: duckdb.DuckDBPyConnection, name: str) -> set[str]:
    try:
        found = connection.execute(f"from old.main.{name} limit 0").description
    except (duckdb.BinderException, duckdb.CatalogException):
        return set()
    return {column[0] for column in found or ()}
