"""keyreach's sync beside other ways to collect the same: with boto3, aiobotocore, prowler, ScoutSuite.

All ask the project's own fake AWS on the same machine, each in fresh processes, in turns. The fast ones
collect a whole estate; the slow ones, and those that are made for one account, a single account, with
keyreach beside them. Tools that cannot share our environment get one of their own, installed on first use.

- all of them: `python bench/compare.py`
- some of them: `python bench/compare.py --only keyreach pool`
- one process against two with half of the accounts each: `python bench/compare.py --processes 2`
- a thousand small accounts: `python bench/compare.py --flat`

Prints tables in Markdown; `--json FILE` keeps every run.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, replace
from pathlib import Path
from statistics import median
from typing import Any

from bench.compare import environments, report
from bench.compare.contenders import ALL
from bench.compare.measure import FailedError, start_up
from bench.compare.rounds import Rounds
from bench.endpoint import Estate

FLAT = {"accounts": 1000, "regions": 4, "keys": 3, "buckets": 4, "roles": 8}
STANDARD = {"accounts": 10, "regions": 2, "keys": 200, "buckets": 200, "roles": 200}
SMALL = {"managed_keys": 2, "users": 2, "groups": 1, "policies": 2, "access_points": 0}
"""What else is smaller in the accounts of `--flat`."""
STARTS = 9


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = [contender.name for contender in ALL]
    parser.add_argument(
        "--only", nargs="+", metavar="NAME", choices=names, default=names, help=" ".join(names)
    )
    parser.add_argument("--rounds", type=int, default=3, help="times that each is measured (3)")
    parser.add_argument("--latency", type=float, default=20, help="milliseconds before each answer (20)")
    parser.add_argument("--concurrency", type=int, default=128, help="keyreach's calls in flight (128)")
    for size, number in STANDARD.items():
        parser.add_argument(f"--{size}", type=int, help=f"({number}; {FLAT[size]} with --flat)")
    modes = parser.add_mutually_exclusive_group()
    modes.add_argument("--flat", action="store_true", help="keyreach alone on many small accounts")
    modes.add_argument("--processes", type=int, help="keyreach in one process against so many")
    parser.add_argument(
        "--environments", type=Path, default=environments.DEFAULT, help="where tools are installed"
    )
    parser.add_argument("--json", type=Path, help="write every run here")
    return parser.parse_args()


def main() -> int:
    """Measure, and print the tables."""
    given = arguments()
    sizes = {
        size: getattr(given, size) or number for size, number in (FLAT if given.flat else STANDARD).items()
    }
    estate = Estate(**sizes, **(SMALL if given.flat else {}))
    rounds = Rounds(given.rounds, given.latency / 1000, given.concurrency, given.environments)
    chosen = [contender for contender in ALL if contender.name in given.only]
    results = []
    try:
        if given.processes:
            title = f"One process and {given.processes}"
            results.append(rounds.split(title, estate, ALL[0], given.processes))
        elif given.flat:
            results.append(rounds.compare("Many small accounts", estate, ALL[:1]))
        else:
            many = [contender for contender in chosen if not contender.one_account]
            few = [contender for contender in chosen if contender.one_account]
            ours = [contender for contender in many if contender is ALL[0]]
            if many != ours or not few:
                results.append(rounds.compare("The whole estate", estate, many))
            if few:
                results.append(rounds.compare("One account", replace(estate, accounts=1), ours + few))
    except (FailedError, environments.NotInstalledError) as error:
        print(error, file=sys.stderr)
        return 1
    starts = median(start_up([sys.executable, "-m", "collector", "--help"], STARTS))
    machine = report.machine()
    print(f"{machine}\n\n`keyreach --help` takes {1000 * starts:.0f} ms.")
    for setting, standings in results:
        print(f"\n## {setting.title}\n\n{report.speeds(setting, standings)}")
        print(f"\n{report.completeness(setting, standings)}")
    if given.json:
        written: dict[str, Any] = {
            "machine": machine,
            "arguments": {name: str(value) for name, value in vars(given).items()},
            "help_seconds": starts,
            "tables": [
                {"setting": asdict(setting), "standings": [asdict(standing) for standing in standings]}
                for setting, standings in results
            ],
        }
        given.json.write_text(json.dumps(written, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
