"""What every transport can do."""

from __future__ import annotations

from typing import Any, Protocol


class Transport(Protocol):
    """Makes one API call as one identity in one region."""

    async def reach(self, identity: str) -> None:
        """See to an identity's credentials. Raises botocore's errors where they cannot be had."""
        ...

    async def call(
        self, identity: str, region: str, service: str, operation: str, params: dict[str, Any]
    ) -> dict[str, Any]:
        """Make one call, once, and return its answer. Raises botocore's ClientError and BotoCoreError."""
        ...

    async def renew(self, identity: str) -> bool:
        """Have an identity's expired credentials replaced. False: they are not ours to renew."""
        ...

    async def release(self, identity: str) -> None:
        """Let go of what is kept for an identity: it makes no more calls."""
        ...

    async def close(self) -> None:
        """Let go of connections and threads, without waiting for calls in flight."""
        ...
