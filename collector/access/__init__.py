"""From the inventory to what it means: statements, access to keys, and the legs of every path."""

from collections.abc import Callable, Sequence
from typing import Any

Ask = Callable[[str], Sequence[Any]]
"""Runs a query over the inventory and returns its rows."""
