"""From the inventory to what it means: statements, access to keys, and the legs of every path."""

from collections.abc import Callable, Sequence
from typing import Any

Ask = Callable[..., Sequence[Any]]
"""Runs a query over the inventory, with a mapping of its `$name` parameters if it has some; its rows."""
