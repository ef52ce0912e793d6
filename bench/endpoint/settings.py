"""How the endpoint behaves, whatever the estate."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from bench.endpoint.throttle import published


@dataclass(frozen=True)
class Settings:
    """Latency, limits, clocks and checks."""

    latency: float = 0.0
    """Seconds between a request and its answer."""
    quotas: Mapping[str, float] = field(default_factory=dict)
    """Requests a second of an account and region, by `service:operation`; none: no throttling."""
    token_seconds: float = 0.0
    """Age at which a session's token is refused, whatever it said itself; 0: when it said."""
    clock_offset: float = 0.0
    """Seconds by which the endpoint's clock is ahead."""
    check_clock: bool = True
    """Whether requests that were signed more than five minutes off are refused."""
    verify: bool = False
    """Whether signatures are computed again and compared, which is slow."""
    wrong_region: str = "redirect"
    """Answer to a call about a bucket elsewhere: `redirect` (301) or `malformed` (400)."""
    cache_bytes: int = 512 * 2**20
    """Room for answers that are kept."""
    seed: int = 0
    """Chooses the calls that fail."""

    def as_json(self) -> str:
        """The settings as text."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Settings:
        """The settings of such a text. Raises TypeError for unknown ones."""
        values: dict[str, Any] = json.loads(text)
        return cls(**values)


def quotas_of(choice: bool | Mapping[str, float]) -> dict[str, float]:
    """AWS's published quotas, none, or those that are given."""
    if isinstance(choice, bool):
        return published() if choice else {}
    return dict(choice)
