"""Where the rows of a collected table come from: its calls, in words."""

from __future__ import annotations

import inspect
from typing import assert_never

from collector.collect import registry
from collector.collect.table import Call, Each, Table
from generator.markdown import code, join, name_link, names, prose, table


def collected(declared: Table) -> str:
    """How often a table is collected, by which calls, and what a failed one does to its rows."""
    rows = [
        [code(call.operation), code(declared.made(call).action), _called(declared, call)]
        for call in declared.calls
    ]
    return join(
        f"Collected {_each(declared)}, by read-only API operations:",
        table(("Operation", "IAM permission", "Called"), rows),
        _regions(declared),
        _not_configured(declared),
        _when_it_fails(declared),
    ).rstrip()


def origins(declared: Table) -> dict[str, str]:
    """The operation, or the table above, that each column is filled from."""
    found = {column: name_link(declared.parent.name) for column in declared.inherit if declared.parent}
    for call in declared.calls:
        found |= {column: code(call.operation) for column in call.columns}
    return found


def _each(declared: Table) -> str:
    match declared.each:
        case Each.ORGANIZATION:
            return "once, from the account that answers for the organization"
        case Each.ACCOUNT:
            return "once per account"
        case Each.REGION:
            return "once per account and enabled region"
    assert_never(declared.each)


def _called(declared: Table, call: Call) -> str:
    if declared.reads_parent(call) and declared.parent:
        return f"not for this table: the answer for {name_link(declared.parent.name)} is read"
    words = _reach(declared, call)
    if call.over:
        parameter, values = call.over
        words += f" for each {code(parameter)}: {names(values)}"
    if call.option:
        words += f", only with {code(f'sync.{call.option} = true')}"
    if read_by := _read_by(declared, call):
        words += f"; the answer is read for {', '.join(map(name_link, read_by))} too"
    return words + _condition(call)


def _reach(declared: Table, call: Call) -> str:
    if declared.parent and call is declared.list:
        return f"for every row of {name_link(declared.parent.name)}"
    if call is declared.list:
        return "once"
    if call is declared.tree:
        return "for every row, down to the leaves"
    if call.match:
        return f"once; its entries are joined to the rows by {code(call.match)}"
    return "for every row" if call.given else "once"


def _read_by(declared: Table, call: Call) -> list[str]:
    """Child tables whose rows are read from the answer."""
    return [
        child.name
        for child in registry.tables()
        if child.parent is declared and child.from_parent and child.list.operation == call.operation
    ]


def _condition(call: Call) -> str:
    """When the call can have an answer, as its function says, or the function that made that one."""
    if call.when is None:
        return ""
    name, made, _ = getattr(call.when, "__qualname__", "").partition(".<locals>")
    function = getattr(inspect.getmodule(call.when), name, None) if made else call.when
    reason = (inspect.getdoc(function) or "").partition("\n\n")[0]
    if reason.startswith("Whether "):
        return f", if {prose(reason.removeprefix('Whether ').rstrip('.'))}"
    return f", where there can be an answer. {prose(reason)}"


def _not_configured(declared: Table) -> str:
    codes = sorted({code for call in declared.calls for code in declared.made(call).empty})
    if not codes:
        return ""
    return f"Errors that count as an answer, because they say that nothing is configured: {names(codes)}."


def _regions(declared: Table) -> str:
    if not (declared.region and declared.details):
        return ""
    return (
        "The listing covers every region. The other calls go to the region of the row, and are made only if "
        "it is enabled and selected in `[regions]`."
    )


def _when_it_fails(declared: Table) -> str:
    operation, parent = code(declared.list.operation), declared.parent
    scopes, failures, coverage = map(name_link, ("sync_scopes", "sync_failures", "sync_coverage"))
    if parent and declared.list.operation != parent.list.operation:
        rows = (
            f"When {operation} fails for a row of {name_link(parent.name)}, the rows that were last "
            f"collected for it stay, and {failures} names it. When {code(parent.list.operation)} fails, all "
            f"rows of {_scope(declared)} stay."
        )
    else:
        rows = (
            f"When {operation} fails, the rows that were last collected from {_scope(declared)} stay, and "
            f"{scopes} says so."
        )
    details = [call for call in declared.details if call.columns]
    if details:
        rows += (
            " When another call fails, the columns that it fills keep their last good values, or NULL if "
            f"they were never read, and {scopes} says so"
        )
        rows += f"; {failures} names the resource." if any(not call.match for call in details) else "."
    return f"{rows} What is missing now is in {coverage}."


def _scope(declared: Table) -> str:
    match declared.each:
        case Each.ORGANIZATION:
            return "the organization"
        case Each.ACCOUNT:
            return "the account"
        case Each.REGION:
            return "the account and region"
    assert_never(declared.each)
