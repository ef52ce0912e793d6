"""Runs contenders in fresh processes against the fake AWS, and says what each took and asked."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.endpoint import Served

STOPWATCH = Path(__file__).with_name("stopwatch.py")
LONGEST = 3600
"""Seconds after which a contender is stopped."""


class FailedError(Exception):
    """A contender did not do its work."""


@dataclass(frozen=True)
class Span:
    """What a run took from its start to some moment."""

    seconds: float
    cpu_seconds: float
    peak_mb: float


@dataclass(frozen=True)
class Measurement:
    """What one run took, of the contender and of the fake AWS."""

    whole: Span
    collecting: Span
    """Up to the moment from which on nothing is asked any more."""
    operations: dict[str, int]
    """Calls by operation, as the fake AWS counted them."""
    errors: dict[str, int]
    """Calls that were refused, by operation and code."""
    in_flight: int
    """The most calls at once."""
    connections: int
    endpoint_cpu_seconds: float

    @property
    def calls(self) -> int:
        """All calls."""
        return sum(self.operations.values())


@dataclass(frozen=True)
class Process:
    """What is run, where its output goes, and with what environment."""

    command: list[str]
    folder: Path
    environment: dict[str, str]
    done: tuple[int, ...] = (0,)
    """Exit codes that say that it did its work."""
    collected: Callable[[Path], float] | None = None
    """When it had collected everything, in seconds since 1970, if more work follows."""


def measure(endpoint: Served, processes: list[Process]) -> Measurement:
    """Run processes side by side, one as a rule, and wait for them. Raises FailedError if one fails."""
    endpoint.reset()
    with _started(processes) as running:
        spans = [_spans(process, watch) for process, watch in zip(processes, running, strict=True)]
    stats = endpoint.stats()
    whole, collecting = (_together(parts) for parts in zip(*spans, strict=True))
    return Measurement(
        whole=whole,
        collecting=collecting,
        operations=stats["by_operation"],
        errors=stats["errors"],
        in_flight=stats["max_in_flight"],
        connections=stats["connections"],
        endpoint_cpu_seconds=stats["cpu_seconds"],
    )


def _together(spans: Sequence[Span]) -> Span:
    """Processes side by side: the longest, all their CPU time, and the largest."""
    return Span(
        max(span.seconds for span in spans),
        sum(span.cpu_seconds for span in spans),
        max(span.peak_mb for span in spans),
    )


@contextmanager
def _started(processes: list[Process]) -> Iterator[list[subprocess.Popen[bytes]]]:
    """The stopwatches of all processes; they end with the context, and with them what they started."""
    running = []
    try:
        for process in processes:
            result, log = process.folder / "took.json", process.folder / "log.txt"
            command = [sys.executable, str(STOPWATCH), str(result), str(log), *process.command]
            watch = subprocess.Popen(command, env=process.environment, start_new_session=True)
            running.append(watch)
        yield running
    finally:
        for watch in running:
            if watch.poll() is None:
                os.killpg(watch.pid, signal.SIGKILL)
                watch.wait()


def _spans(process: Process, watch: subprocess.Popen[bytes]) -> tuple[Span, Span]:
    """The whole of one process, and its collecting."""
    log = process.folder / "log.txt"
    try:
        watch.wait(LONGEST)
    except subprocess.TimeoutExpired as error:
        raise FailedError(f"{process.command[:4]} took over {LONGEST} s; see {log}") from error
    took: dict[str, Any] = json.loads((process.folder / "took.json").read_text(encoding="utf-8"))
    if took["exit_code"] not in process.done:
        last = log.read_text(encoding="utf-8", errors="replace")[-2000:]
        raise FailedError(f"{' '.join(process.command[:8])} ... exited with {took['exit_code']}:\n{last}")
    whole = Span(took["seconds"], took["cpu_seconds"], took["peak_mb"])
    if process.collected is None:
        return whole, whole
    seconds = process.collected(process.folder) - took["started"]
    _, cpu_seconds, peak_mb = min(took["samples"], key=lambda sample: abs(sample[0] - seconds))
    return whole, Span(seconds, cpu_seconds, peak_mb)


def start_up(command: list[str], times: int) -> list[float]:
    """Seconds that a command takes, each time in a fresh process."""
    seconds = []
    for _ in range(times):
        started = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        seconds.append(time.perf_counter() - started)
    return seconds
