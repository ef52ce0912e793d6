"""keyreach: who can reach which encrypted data, with which key."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Engine

__version__ = "0.1.0"
__all__ = ["__version__", "open_inventory"]


def open_inventory(path: str | Path) -> Engine:
    """An SQLAlchemy engine on the inventory at `path`, read-only: for notebooks, BI tools and scripts.

    See collector.ask.inventory.open_inventory.
    """
    from collector.ask.inventory import open_inventory as opened

    return opened(path)
