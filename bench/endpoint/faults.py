"""Calls that fail on purpose, the same ones in every run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from bench.endpoint.request import Request
from bench.endpoint.scramble import digest


@dataclass
class Rule:
    """Which calls fail, and how. What is left empty matches every call."""

    operation: str = ""
    """As in the API reference, or with its service: `kms:ListKeys`."""
    service: str = ""
    account: str = ""
    """Id of the account whose credentials the call has; for AssumeRole of the role's."""
    region: str = ""
    resource: str = ""
    """Substring of the path, the query or the body."""
    error: str = ""
    """Error code, or a general kind in the service's words: `denied`, `throttled`, `internal`."""
    status: int = 0
    """HTTP status; 0: what AWS commonly sends with the code."""
    delay: float = 0.0
    """Seconds to wait, beside the latency."""
    reset: bool = False
    """Cut the connection instead of answering."""
    close: bool = False
    """Answer, and end the connection after it."""
    truncate: int = -1
    """Send so many bytes of the body, and end the connection."""
    chunk: int = 0
    """Send the body in pieces of so many bytes ..."""
    interval: float = 0.01
    """... with so many seconds between them."""
    rate: float = 1.0
    """Share of the calls it applies to, chosen by the call and the seed."""
    times: int | None = None
    """How many calls it applies to; None: all."""

    def matches(self, request: Request, account: str) -> bool:
        """Whether the rule is about this call, its share and times apart."""
        return (
            self.operation in ("", request.operation, request.name)
            and self.service in ("", request.service)
            and self.account in ("", account)
            and self.region in ("", request.region)
            and self.resource in request.text
        )


class Faults:
    """The rules that are in force; the first that applies to a call decides."""

    def __init__(self, rules: Iterable[Rule | dict[str, Any]] = (), seed: int = 0) -> None:
        """Raises TypeError for a rule with unknown members."""
        self._seed = seed
        self.replace(rules)

    def replace(self, rules: Iterable[Rule | dict[str, Any]]) -> None:
        """These rules, and no others."""
        self.rules = [rule if isinstance(rule, Rule) else Rule(**rule) for rule in rules]
        self._hits: Counter[int] = Counter()
        self._tries: Counter[tuple[int, bytes]] = Counter()

    def of(self, request: Request, account: str) -> Rule | None:
        """The rule that applies to a call, if one does."""
        for number, rule in enumerate(self.rules):
            if not rule.matches(request, account):
                continue
            if rule.times is not None and self._hits[number] >= rule.times:
                continue
            if rule.rate < 1.0 and not self._chosen(number, rule.rate, request, account):
                continue
            self._hits[number] += 1
            return rule
        return None

    def _chosen(self, number: int, rate: float, request: Request, account: str) -> bool:
        """By the call itself and how often it was made, so that the order of calls does not matter."""
        call = digest(request.name, account, request.region, request.text)
        self._tries[number, call] += 1
        lot = digest(self._seed, number, call.hex(), self._tries[number, call])
        return int.from_bytes(lot[:6], "big") < rate * 2**48


def as_json(rules: Iterable[Rule | dict[str, Any]]) -> list[dict[str, Any]]:
    """Rules as plain data."""
    return [asdict(rule) if isinstance(rule, Rule) else dict(rule) for rule in rules]
