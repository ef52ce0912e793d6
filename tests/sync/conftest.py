from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from collector.demo.server import FakeAws
from tests.fault_server import Faults
from tests.sync.estate import Estate, build


@pytest.fixture
def estate(tmp_path: Path) -> Iterator[Estate]:
    """A fresh organization that a test may change."""
    faults = Faults()
    with FakeAws(middleware=faults) as aws:
        yield Estate(aws, faults, tmp_path / "inventory.duckdb", build(aws))
