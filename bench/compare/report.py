"""What was measured as tables in Markdown and as one JSON file."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from bench.compare import environments
from bench.compare.measure import Measurement, Span

OURS = "keyreach"
PACKAGES = ("boto3", "botocore", "aiohttp", "uvloop", "duckdb")


@dataclass
class Standing:
    """One contender's runs on one estate."""

    name: str
    what: str
    processes: int = 1
    runs: list[Measurement] = field(default_factory=list)
    found: dict[str, int] = field(default_factory=dict)
    not_asked: list[str] = field(default_factory=list)
    """Operations that are needed, and of which some calls or all were not made."""

    @property
    def spans(self) -> dict[str, list[Span]]:
        """Label -> what every run took: the collecting apart from the whole, where they differ."""
        whole, collecting = [run.whole for run in self.runs], [run.collecting for run in self.runs]
        if whole == collecting:
            return {self.what: whole}
        return {f"{self.what}: collecting": collecting, f"{self.what}: in all": whole}

    def typical(self, count: str) -> float:
        """The median of one of the counts."""
        return float(median(getattr(run, count) for run in self.runs))


@dataclass(frozen=True)
class Setting:
    """What the contenders of a table were measured on."""

    title: str
    minimum: int
    """Calls that it takes at least."""
    there_are: dict[str, int]
    latency: float
    """Seconds before each answer."""
    concurrency: int

    def floor(self, calls: float, processes: int) -> float:
        """Seconds that so many calls take at least, with as many in flight as keyreach may have."""
        return calls * self.latency / self.concurrency / processes


def machine() -> dict[str, Any]:
    """What it was measured on and with."""
    return {
        "cores": len(os.sched_getaffinity(0)),
        "processor": _processor(),
        "load": os.getloadavg()[0],
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()}",
        **{package: version(package) for package in PACKAGES},
        **{tool: environments.version(tool) for tool in ("aiobotocore", "prowler", "scoutsuite")},
    }


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def speeds(setting: Setting, standings: Sequence[Standing]) -> str:
    """Time, work and load of every contender. Ratios are medians of those within a round."""
    ours = next((list(s.spans.items()) for s in standings if s.name == OURS), [])
    header = (
        *("who", "seconds", *(f"times {label}" for label, _ in ours), "times the floor"),
        *("calls", "times the minimum", "calls/s", "CPU s", "CPU ms a call"),
        *("most memory, MB", "most in flight", "connections", "runs"),
    )
    rows = []
    for standing in standings:
        calls = standing.typical("calls")
        for label, spans in standing.spans.items():
            seconds = median(span.seconds for span in spans)
            ratios = [_ratio(spans, other) for _, other in ours]
            rows.append(
                (
                    *(label, f"{seconds:,.1f}", *(f"{ratio:.2f}" for ratio in ratios)),
                    *(f"{seconds / setting.floor(calls, standing.processes):.2f}", f"{calls:,.0f}"),
                    *(f"{calls / setting.minimum:.3f}", f"{calls / seconds:,.0f}"),
                    f"{median(span.cpu_seconds for span in spans):,.1f}",
                    f"{1000 * median(span.cpu_seconds for span in spans) / calls:.2f}",
                    f"{median(span.peak_mb for span in spans):,.0f}",
                    f"{standing.typical('in_flight'):,.0f}",
                    f"{standing.typical('connections'):,.0f}",
                    str(len(spans)),
                )
            )
    return table(header, rows)


def _ratio(spans: Sequence[Span], ours: Sequence[Span]) -> float:
    return median(own.seconds / other.seconds for own, other in zip(spans, ours, strict=False))


def completeness(setting: Setting, standings: Sequence[Standing]) -> str:
    """What every contender has found, and what it did not ask."""
    rows = [("there are", *(f"{number:,}" for number in setting.there_are.values()), "")]
    for standing in standings:
        found = [f"{standing.found.get(kind, 0):,}" for kind in setting.there_are]
        rows.append((standing.what, *found, ", ".join(standing.not_asked) or "nothing"))
    return table(("who", *setting.there_are, "not asked"), rows)


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
