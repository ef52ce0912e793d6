from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from collector.collect.pace import rate
from collector.collect.transport import retry
from collector.demo.server import FakeAws
from tests.fault_server import Faults
from tests.sync.estate import Estate, build


@pytest.fixture(autouse=True, scope="module")
def impatient() -> Iterator[None]:
    """What fails for the moment is tried again at once, throttled or not."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rate, "FLOOR", 1000.0)
        patch.setattr(retry._BACKOFF, "_random", lambda: 0.0)
        yield


@pytest.fixture
def estate(tmp_path: Path) -> Iterator[Estate]:
    """A fresh organization that a test may change."""
    faults = Faults()
    with FakeAws(middleware=faults) as aws:
        yield Estate(aws, faults, tmp_path / "inventory.duckdb", build(aws))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Estate]:
    """An organization that the tests of a module leave as it is."""
    faults = Faults()
    with FakeAws(middleware=faults) as aws:
        yield Estate(aws, faults, tmp_path_factory.mktemp("built") / "inventory.duckdb", build(aws))


@pytest.fixture
def lasting(built: Estate, tmp_path: Path) -> Iterator[Estate]:
    """That organization, without faults and with no inventory yet."""
    built.faults.clear()
    yield replace(built, db=tmp_path / "inventory.duckdb")
    built.faults.clear()
