"""`python -m bench.endpoint`: serve an estate, and print where."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path

from bench.endpoint.endpoint import Endpoint
from bench.endpoint.estate import Estate
from bench.endpoint.server import run
from bench.endpoint.settings import Settings, quotas_of


def main() -> None:
    """Read the arguments and serve."""
    parser = argparse.ArgumentParser(prog="python -m bench.endpoint", description=main.__doc__)
    sizes = parser.add_argument_group("the estate")
    for name in Estate.sizes():
        sizes.add_argument(
            f"--{name.replace('_', '-')}", type=int, default=getattr(Estate, name), metavar="N"
        )
    sizes.add_argument("--external-id", default="")
    parser.add_argument("--estate", help="all of it as JSON, instead", metavar="JSON")
    parser.add_argument("--latency", type=float, default=0.0, help="of every answer", metavar="MS")
    parser.add_argument("--throttle", action="store_true", help="keep to AWS's published quotas")
    parser.add_argument("--token-seconds", type=float, default=0.0, metavar="S")
    parser.add_argument("--clock-offset", type=float, default=0.0, metavar="S")
    parser.add_argument("--verify", action="store_true", help="check every signature")
    parser.add_argument("--settings", help="all of them as JSON, instead", metavar="JSON")
    parser.add_argument("--faults", help="rules, a JSON list", type=Path, metavar="FILE")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    given = parser.parse_args()
    estate = Estate(**{name: getattr(given, name) for name in Estate.sizes()})
    estate = replace(estate, external_id=given.external_id)
    settings = Settings(
        latency=given.latency / 1000,
        quotas=quotas_of(given.throttle),
        token_seconds=given.token_seconds,
        clock_offset=given.clock_offset,
        verify=given.verify,
    )
    rules = json.loads(given.faults.read_text(encoding="utf-8")) if given.faults else []
    endpoint = Endpoint(
        Estate.from_json(given.estate) if given.estate else estate,
        Settings.from_json(given.settings) if given.settings else settings,
        rules,
    )
    run(endpoint, given.host, given.port, lambda url: print(url, flush=True))


if __name__ == "__main__":
    main()
