"""What the process remembers of its calls, and forgets when they are made."""

from __future__ import annotations

import gc

from collector.collect.transport import session, signing


def forget() -> None:
    """Let go of service models, which take tens of megabytes, and of keys that requests were signed with.

    Where a call is made after all, they are there again.
    """
    for remembered in (session.operation_model, session.service_model, session.models, signing.derived):
        remembered.cache_clear()
    gc.collect()
