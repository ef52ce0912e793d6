"""What the conditions of a statement bind it to, in one word: how far an Allow really reaches."""

from __future__ import annotations

from collector.access.names import binding
from collector.policy.statement import Statement

_CLASSES: tuple[tuple[str, frozenset[str]], ...] = (
    ("org_bound", frozenset({"aws:principalorgid", "aws:principalorgpaths"})),
    (
        "account_bound",
        frozenset(
            {
                "aws:principalaccount",
                "kms:calleraccount",
                "s3:dataaccesspointaccount",
                "s3:dataaccesspointarn",
            }
        ),
    ),
    ("principal_bound", frozenset({"aws:principalarn", "aws:userid", "aws:username"})),
    (
        "service_bound",
        frozenset(
            {
                "aws:sourceaccount",
                "aws:sourceowner",
                "aws:sourcearn",
                "aws:sourceorgid",
                "aws:sourceorgpaths",
                "aws:principalservicename",
            }
        ),
    ),
    ("network_bound", frozenset({"aws:sourceip", "aws:sourcevpc", "aws:sourcevpce"})),
)
_EVERYTHING = {"*", "0.0.0.0/0", "::/0"}


def bound(statement: Statement) -> tuple[str, list[str]]:
    """The strongest class of the statement's conditions, and the values that bind it."""
    if statement.open_because:
        return "unknown", []
    if not statement.conditions:
        return "none", []
    held: dict[str, list[str]] = {}
    for condition in statement.conditions:
        if binding(condition) and not _EVERYTHING & set(condition.values):
            held.setdefault(condition.key.lower(), []).extend(condition.values)
    for name, keys in _CLASSES:
        if found := sorted({value for key in keys & held.keys() for value in held[key]}):
            return name, found
    return "weak", []
