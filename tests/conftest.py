"""What all tests share."""

import signal

import pytest


@pytest.fixture(scope="session", autouse=True)
def interruptible():
    """Programs that tests start can be interrupted, also where the tests themselves run in the background.

    There SIGINT is ignored, and what is ignored stays so in every program that is started.
    """
    before = signal.getsignal(signal.SIGINT)
    if before is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
