"""Runs one command and writes down what it took: `python stopwatch.py RESULT LOG COMMAND ...`.

A process of its own, and a small one: what Linux calls the most memory of a process is at least what its
parent had when it was started.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time

INTERVAL = 0.05
TICKS = os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Run it with its output in LOG."""
    result, log, *command = sys.argv[1:]
    with open(log, "wb") as output:
        started = time.time()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        samples: list[tuple[float, float, float]] = []
        sampler = threading.Thread(target=sample, args=(process.pid, started, samples), daemon=True)
        sampler.start()
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.time() - started
    took = {
        "exit_code": os.waitstatus_to_exitcode(status),
        "started": started,
        "samples": samples,
        "seconds": seconds,
        "cpu_seconds": used.ru_utime + used.ru_stime,
        "peak_mb": used.ru_maxrss / 1024,
    }
    with open(result, "w", encoding="utf-8") as file:
        json.dump(took, file)


def sample(pid: int, started: float, samples: list[tuple[float, float, float]]) -> None:
    """Note, while a process lives, after how many seconds it has used how much CPU time and memory, in MB."""
    while True:
        try:
            with open(f"/proc/{pid}/stat", encoding="ascii") as file:
                user, system = file.read().rpartition(")")[2].split()[11:13]
            with open(f"/proc/{pid}/status", encoding="ascii") as file:
                peak = next(line.split()[1] for line in file if line.startswith("VmHWM"))
        except (OSError, StopIteration):
            return
        samples.append((time.time() - started, (int(user) + int(system)) / TICKS, int(peak) / 1024))
        time.sleep(INTERVAL)


if __name__ == "__main__":
    main()
