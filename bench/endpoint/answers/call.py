"""One call, as the functions that answer it see it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bench.endpoint.credentials import Identity, Keyring
from bench.endpoint.estate import Estate
from bench.endpoint.paging import Paging, page
from bench.endpoint.refusal import Refusal, refusal


@dataclass(frozen=True)
class Call:
    """Who asks what, where."""

    estate: Estate
    keyring: Keyring
    identity: Identity
    service: str
    operation: str
    protocol: str
    region: str
    """Name of the region that the call is signed for."""
    params: dict[str, Any]
    now: float

    @property
    def account(self) -> int:
        """Index of the caller's account."""
        return self.identity.account

    @property
    def account_id(self) -> str:
        """The caller's account."""
        return self.estate.account_id(self.identity.account)

    @property
    def region_index(self) -> int | None:
        """Index of the region; None: it has no resources."""
        return self.estate.region(self.region)

    def refusal(self, kind: str, message: str = "") -> Refusal:
        """An error of a general kind, in the service's words."""
        return refusal(kind, self.service, self.protocol, message)

    def denied(self, action: str, resource: str) -> Refusal:
        """The error for what the caller may not do."""
        return self.refusal(
            "denied",
            f"User: {self.identity.arn} is not authorized to perform: {action} on resource: {resource}",
        )

    def page(
        self,
        paging: Paging,
        count: int,
        item: Callable[[int], Any],
        bad_token: Callable[[], Exception] | None = None,
    ) -> tuple[list[Any], dict[str, Any]]:
        """The items of one page, and the members that tell of the next."""

        def invalid(message: str) -> Refusal:
            return self.refusal("invalid", message)

        def bad() -> Refusal:
            return self.refusal("invalid", f"Invalid {paging.given}")

        return page(self.operation, paging, self.params, count, item, invalid, bad_token or bad)
