"""What a table declares: the API calls that fill it and the columns that each call fills.

Nothing here talks to AWS or knows SQL. `plan` reads the declarations to say what will be called,
`fetch` executes them, `cli role` derives the permissions from them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

from botocore import xform_name

ACCOUNT_ID = object()
"""Stands in `Call.params` for the id of the account that is being collected."""

Answers = Mapping[str, Any]
"""What was answered about one item: operation -> answer. A call that failed has no entry."""

Column = str | Callable[[Any, "Scope"], Any]
"""How a column is read from an answer: a JMESPath, or a pure function of the answer and its scope."""


class Each(Enum):
    """How often a table is collected."""

    ORGANIZATION = "organization"
    """Once, from the account that answers for the organization."""
    ACCOUNT = "account"
    """Once an account; its scope's region is `global`."""
    REGION = "region"
    """Once an account and enabled region."""


@dataclass(frozen=True)
class Scope:
    """What is collected, recorded and resumed as one: one service in one account and region."""

    service: str
    """Stem of the file in `tables/` that declares the tables."""
    account_id: str
    region: str
    """Region name, or `global`."""
    partition: str = "aws"
    home_region: str = "us-east-1"
    """Region whose endpoint answers the global calls."""
    identity: str = ""
    """Whose credentials make the calls; empty: the account's."""
    regions: tuple[str, ...] | None = None
    """Those of the account that are enabled and selected; nothing is asked elsewhere. None: not known."""


@dataclass(frozen=True)
class Call:
    """One read-only API operation and the columns its answer fills. Names are botocore's own."""

    operation: str
    """As in the API reference: `ListKeys`."""
    items: str = "@"
    """JMESPath of the answer's useful part; for a listing, of its items, or of its only one."""
    columns: Mapping[str, Column] = field(default_factory=dict)
    params: Mapping[str, Any] = field(default_factory=dict)
    """Fixed parameters: page sizes, filters, ACCOUNT_ID."""
    given: Mapping[str, str] = field(default_factory=dict)
    """Parameter -> JMESPath in the item (for a child table: in the parent's item)."""
    over: tuple[str, tuple[str, ...]] | None = None
    """A parameter and its values: the listing is made once for each."""
    match: str = ""
    """The call lists all items of the scope at once; this member joins them to the table's items."""
    when: Callable[[Answers], bool] | None = None
    """Whether the call can have an answer, judged by the earlier ones. Unknown should mean yes."""
    empty: Mapping[str, Any] = field(default_factory=dict)
    """Error code that means "not configured" -> the answer it stands for, before `items`."""
    service: str = ""
    """botocore's service name where it is not the table's."""
    permission: str = ""
    """IAM action where it is not `service:operation`."""
    drop: tuple[str, ...] = ()
    """Members of the useful part, with dots between, that are never stored."""
    option: str = ""
    """The `[sync]` switch that asks for the call; empty: always made."""
    token: tuple[str, str] | None = None
    """Input and output token of a paged operation for which botocore ships no paginator."""

    @property
    def action(self) -> str:
        """The IAM action that allows the call."""
        return self.permission or f"{self.service}:{self.operation}"


@dataclass(frozen=True)
class Table:
    """One table: where its rows come from. Its columns and their types stand in `schema/`."""

    name: str
    service: str
    """botocore's service name."""
    each: Each
    list: Call
    """Lists the items, one row each. In a child table it is called once for every row of the parent,
    or, if the parent makes the same operation, read from the parent's answer."""
    details: tuple[Call, ...] = ()
    """Called for every item. Those without `when` go first, together."""
    tree: Call | None = None
    """Lists an item's own items, which are rows too, down to the leaves."""
    parent: Table | None = None
    inherit: Mapping[str, str] = field(default_factory=dict)
    """Column -> column of the parent's row. The first names the parent (`key_arn`)."""
    region: str = ""
    """JMESPath of the region an item lives in, where a global listing returns regional items."""
    region_filter: str = ""
    """Parameter of `list` that asks for one region's items: used when the answer leaves `region` out."""

    def __post_init__(self) -> None:
        """Give every call the table's service unless it names its own."""
        for name in ("list", "tree"):
            call = getattr(self, name)
            if call is not None and not call.service:
                object.__setattr__(self, name, _in_service(call, self.service))
        details = tuple(c if c.service else _in_service(c, self.service) for c in self.details)
        object.__setattr__(self, "details", details)

    @property
    def calls(self) -> tuple[Call, ...]:
        """Every call of the table, in the order it is made."""
        return (self.list, *((self.tree,) if self.tree else ()), *self.details)

    @property
    def from_parent(self) -> bool:
        """Whether the rows are read from the parent's answers, without a call of their own."""
        return self.parent is not None and any(
            call.operation == self.list.operation for call in self.parent.calls
        )

    def lists(self, operation: str) -> bool:
        """Whether rows depend on this operation, and not only some of their columns."""
        return operation in (self.list.operation, self.tree.operation if self.tree else "")

    def reads_parent(self, call: Call) -> bool:
        """Whether this call of the table is never made, because the parent's answer is read instead."""
        return self.from_parent and call is self.list

    def made(self, call: Call) -> Call:
        """The call that is really made for this one: the parent's, where its answer is read."""
        if self.parent is None or not self.reads_parent(call):
            return call
        return next(made for made in self.parent.calls if made.operation == call.operation)

    def fills(self, operation: str) -> tuple[str, ...]:
        """Columns that stay unfilled when this detail call fails; empty for the listing, which fills all."""
        return tuple(
            column for call in self.details if call.operation == operation for column in call.columns
        )

    def ancestors(self) -> Iterator[Table]:
        """The parent, its parent, and so on."""
        if self.parent:
            yield self.parent
            yield from self.parent.ancestors()


def fields(*members: str, **renamed: Column) -> dict[str, Column]:
    """Columns named as the API's members in snake case, and those that are named otherwise."""
    return {**{xform_name(member): member for member in members}, **renamed}


def _in_service(call: Call, service: str) -> Call:
    return replace(call, service=service)
