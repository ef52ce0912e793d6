from __future__ import annotations

from collections.abc import Iterator

import pytest

from bench.endpoint import Served, serving
from tests.bench.callers import ESTATE


@pytest.fixture(scope="session")
def served() -> Iterator[Served]:
    """One endpoint for all tests, because starting a process takes a while."""
    with serving(ESTATE) as endpoint:
        yield endpoint


@pytest.fixture
def endpoint(served: Served) -> Iterator[Served]:
    """That endpoint with its counters at nothing; what a test changes is put back."""
    before = served.settings()
    served.reset()
    yield served
    served.faults([])
    served.change(**before)
