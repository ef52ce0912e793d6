"""One seeded estate for all tests of this folder; they only read it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from collector.demo.estate import Estate, seed
from collector.demo.server import FakeAws


@pytest.fixture(scope="package")
def built() -> Iterator[tuple[FakeAws, Estate]]:
    """The fake AWS and what was built on it."""
    with FakeAws() as aws:
        yield aws, seed(aws)


@pytest.fixture
def aws(built: tuple[FakeAws, Estate]) -> FakeAws:
    """The fake AWS, seeded."""
    return built[0]


@pytest.fixture
def estate(built: tuple[FakeAws, Estate]) -> Estate:
    """What was built, by name."""
    return built[1]
