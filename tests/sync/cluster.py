"""A Dask cluster on this machine: a scheduler and workers, each a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from collector import __file__ as package

ROOT = Path(package).parents[1]


def wait(condition: Callable[[], Any], seconds: float = 30) -> Any:
    """Wait for something to become true; what it is then."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end
        time.sleep(0.02)
    return found


@dataclass
class Cluster:
    """The processes, for as long as the context lasts."""

    folder: Path
    environment: Mapping[str, str]
    """Of the workers."""
    address: str = ""
    workers: dict[str, Any] = field(default_factory=dict)
    _scheduler: Any = None

    def __enter__(self) -> Cluster:
        path = self.folder / "scheduler.json"
        self._scheduler = self._start("scheduler", "--port", "0", "--scheduler-file", str(path))
        self.address = wait(lambda: path.exists() and _address(path))
        return self

    def __exit__(self, *_: object) -> None:
        for process in (*self.workers.values(), self._scheduler):
            process.kill()
            process.wait()

    def stop(self) -> None:
        """Kill the scheduler."""
        self._scheduler.kill()
        self._scheduler.wait()

    def add(self, *names: str, threads: int = 4, cwd: Path | None = None, **environment: str) -> None:
        """Start workers, and wait until the scheduler knows them."""
        for name in names:
            options = ("--nthreads", str(threads), "--no-nanny", "--name", name, "--memory-limit", "0")
            self.workers[name] = self._start("worker", self.address, *options, cwd=cwd, **environment)
        wait(lambda: set(names) <= {found["name"] for found in self.known().values()})

    def remove(self, name: str) -> None:
        """Kill a worker, and wait until the scheduler has noticed."""
        process = self.workers.pop(name)
        process.kill()
        process.wait()
        wait(lambda: name not in {found["name"] for found in self.known().values()})

    def known(self) -> dict[str, Any]:
        """The scheduler's workers by address."""
        from distributed import Client

        with Client(self.address, timeout=20, set_as_default=False) as client:
            return dict(client.scheduler_info()["workers"])

    def busy(self) -> list[str]:
        """Names of the workers that hold tasks."""
        from distributed import Client

        with Client(self.address, timeout=20, set_as_default=False) as client:
            workers = client.scheduler_info()["workers"]
            return [workers[address]["name"] for address, tasks in client.processing().items() if tasks]

    def _start(self, kind: str, *arguments: str, cwd: Path | None = None, **more: str) -> Any:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "KEYREACH_"))}
        log = (self.folder / f"{kind}.log").open("ab")
        return subprocess.Popen(
            [sys.executable, "-m", "dask", kind, *arguments, "--host", "127.0.0.1", "--no-dashboard"],
            cwd=cwd or self.folder,
            env={**kept, "PYTHONPATH": str(ROOT), **self.environment, **more},
            stdout=log,
            stderr=log,
        )


def _address(path: Path) -> str:
    try:
        return str(json.loads(path.read_text())["address"])
    except ValueError:
        return ""
