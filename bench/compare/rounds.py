"""Contenders in turns, each in fresh processes against one fake AWS."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.compare import found
from bench.compare.contenders import Contender, Job
from bench.compare.measure import Process, measure
from bench.compare.report import Setting, Standing
from bench.endpoint import Estate, Served, expected_calls, serving


@dataclass(frozen=True)
class Rounds:
    """How the contenders are measured."""

    count: int
    latency: float
    """Seconds before each answer."""
    concurrency: int
    """Calls that keyreach may have in flight."""
    environments: Path

    def compare(
        self, title: str, estate: Estate, contenders: Sequence[Contender]
    ) -> tuple[Setting, list[Standing]]:
        """Each contender once a round, on all accounts, after a run that warms the fake AWS up."""
        standings = [Standing(contender.name, contender.what) for contender in contenders]
        with serving(estate, latency=self.latency) as endpoint:
            self._run(endpoint, estate, contenders[0], Standing("", "to warm up"))
            for number in range(self.count):
                for contender, standing in zip(contenders, standings, strict=True):
                    if number < (contender.rounds or self.count):
                        self._run(endpoint, estate, contender, standing)
        return self._setting(title, estate, standings), standings

    def split(
        self, title: str, estate: Estate, contender: Contender, parts: int
    ) -> tuple[Setting, list[Standing]]:
        """One process on all accounts against several, each with its share and a file of its own."""
        one = Standing(contender.name, "one process")
        several = Standing(f"{contender.name} in {parts}", f"{parts} processes", parts)
        with serving(estate, latency=self.latency) as endpoint:
            self._run(endpoint, estate, contender, Standing("", "to warm up"))
            for _ in range(self.count):
                self._run(endpoint, estate, contender, one)
                self._run(endpoint, estate, contender, several)
        return self._setting(title, estate, [one, several]), [one, several]

    def _setting(self, title: str, estate: Estate, standings: Sequence[Standing]) -> Setting:
        expected = expected_calls(estate, organization=False)
        for standing in standings:
            asked = standing.runs[-1].operations
            for operation, number in sorted(expected.items()):
                missing = number - asked.get(operation, 0)
                if missing > 0 and not operation.startswith("sts:"):
                    share = "all" if missing == number else f"{missing:,} of"
                    standing.not_asked.append(f"{operation} ({share} {number:,})")
        there_are = found.there_are(estate, estate.accounts)
        return Setting(title, sum(expected.values()), there_are, self.latency, self.concurrency)

    def _run(self, endpoint: Served, estate: Estate, contender: Contender, standing: Standing) -> None:
        ids = [estate.account_id(number) for number in range(estate.accounts)]
        with tempfile.TemporaryDirectory(prefix=f"bench-{contender.name}-") as folder:
            processes = []
            for number in range(standing.processes):
                place = Path(folder) / str(number)
                place.mkdir()
                job = Job(
                    accounts=tuple(ids[number :: standing.processes]),
                    regions=estate.region_names,
                    folder=place,
                    concurrency=self.concurrency,
                    environments=self.environments,
                )
                environment = {**_without_aws(), **endpoint.environment()}
                command = contender.command(job)
                done, collected = contender.done, contender.collected
                processes.append(Process(command, place, environment, done, collected))
            took = measure(endpoint, processes)
            counts = [contender.found(process.folder) for process in processes]
        standing.runs.append(took)
        standing.found = {kind: sum(count[kind] for count in counts) for kind in counts[0]}
        print(
            f"{standing.what}: {took.collecting.seconds:.1f} s for {took.calls:,} calls, "
            f"{took.whole.seconds:.1f} s in all",
            file=sys.stderr,
        )


def _without_aws() -> dict[str, str]:
    """This process's environment without what could point an AWS client elsewhere."""
    return {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
