"""What was asked: counts, rates and calls in flight."""

from __future__ import annotations

import resource
import time
from collections import Counter, defaultdict, deque
from typing import Any

Place = tuple[str, str, str]
"""Account, region and operation."""

_WINDOW = 1.0


class Rate:
    """The most calls in any window of one second."""

    __slots__ = ("peak", "times")

    def __init__(self) -> None:
        """Nothing yet."""
        self.times: deque[float] = deque()
        self.peak = 0

    def add(self, now: float) -> None:
        """One call."""
        times = self.times
        times.append(now)
        while times[0] <= now - _WINDOW:
            times.popleft()
        if len(times) > self.peak:
            self.peak = len(times)


class Stats:
    """Counters since the start or the last reset."""

    def __init__(self) -> None:
        """Everything at nothing."""
        self.in_flight = 0
        self.open_connections = 0
        self.reset()

    def reset(self) -> None:
        """Count from here. Calls in flight and open connections go on being counted."""
        self.started = time.monotonic()
        self.cpu = _cpu()
        self.calls: Counter[Place] = Counter()
        self.errors: Counter[tuple[str, str]] = Counter()
        self.throttled: Counter[Place] = Counter()
        self.faults: Counter[str] = Counter()
        self.rates: dict[Place, Rate] = defaultdict(Rate)
        self.operation_rates: dict[str, Rate] = defaultdict(Rate)
        self.total_rate = Rate()
        self.max_in_flight = self.in_flight
        self.operation_in_flight: Counter[str] = Counter()
        self.max_operation_in_flight: Counter[str] = Counter()
        self.connections = 0
        self.max_open_connections = self.open_connections
        self.sent = 0
        self.first = self.last = 0.0

    def begin(self, account: str, region: str, operation: str, now: float) -> None:
        """A call came in."""
        place = (account, region, operation)
        self.calls[place] += 1
        self.rates[place].add(now)
        self.operation_rates[operation].add(now)
        self.total_rate.add(now)
        self.in_flight += 1
        if self.in_flight > self.max_in_flight:
            self.max_in_flight = self.in_flight
        flying = self.operation_in_flight[operation] = self.operation_in_flight[operation] + 1
        if flying > self.max_operation_in_flight[operation]:
            self.max_operation_in_flight[operation] = flying
        self.first = self.first or now

    def end(self, operation: str, sent: int) -> None:
        """It was answered, or its connection is gone."""
        self.in_flight -= 1
        if self.operation_in_flight[operation]:
            self.operation_in_flight[operation] -= 1
        self.sent += sent
        self.last = time.monotonic()

    def connect(self) -> None:
        """A connection was opened."""
        self.connections += 1
        self.open_connections += 1
        self.max_open_connections = max(self.max_open_connections, self.open_connections)

    def as_json(self) -> dict[str, Any]:
        """Everything, as plain data."""
        by_operation: Counter[str] = Counter()
        throttled: Counter[str] = Counter()
        peaks: dict[str, int] = defaultdict(int)
        for (_, _, operation), count in self.calls.items():
            by_operation[operation] += count
        for (_, _, operation), count in self.throttled.items():
            throttled[operation] += count
        for (_, _, operation), rate in self.rates.items():
            peaks[operation] = max(peaks[operation], rate.peak)
        return {
            "calls": sum(by_operation.values()),
            "by_operation": dict(sorted(by_operation.items())),
            "by_account_region_operation": [
                {
                    "account": account,
                    "region": region,
                    "operation": operation,
                    "calls": count,
                    "throttled": self.throttled[account, region, operation],
                    "peak_per_second": self.rates[account, region, operation].peak,
                }
                for (account, region, operation), count in sorted(self.calls.items())
            ],
            "errors": {f"{operation} {code}": n for (operation, code), n in sorted(self.errors.items())},
            "throttled": dict(sorted(throttled.items())),
            "faults": dict(self.faults),
            "in_flight": self.in_flight,
            "max_in_flight": self.max_in_flight,
            "max_in_flight_by_operation": dict(sorted(self.max_operation_in_flight.items())),
            "peak_per_second": self.total_rate.peak,
            "peak_per_second_by_operation": {k: r.peak for k, r in sorted(self.operation_rates.items())},
            "peak_per_second_in_one_region": dict(sorted(peaks.items())),
            "connections": self.connections,
            "open_connections": self.open_connections,
            "max_open_connections": self.max_open_connections,
            "bytes_sent": self.sent,
            "seconds": time.monotonic() - self.started,
            "busy_seconds": max(self.last - self.first, 0.0),
            "cpu_seconds": _cpu() - self.cpu,
        }


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
