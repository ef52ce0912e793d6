"""Whether a sync leaves AWS's quotas to production, and what one key with very many grants does to the rest.

The endpoint keeps to AWS's published quotas: 100 ListGrants a second for an account and region. keyreach
takes half of that. Then production asks as well, 40 times a second, and none of its calls may be throttled.
Last, one key of an account has 50,000 grants, 500 pages that can only be asked for one after the other.

    python bench/limits.py
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from bench.endpoint import Estate, serving
from bench.endpoint.client import Served
from collector.collect.loop import run
from collector.collect.transport.credentials import Credentials, identify
from collector.collect.transport.http import HttpTransport
from collector.collect.transport.session import new_session
from collector.config import Role

CONFIG = """
[accounts]
organization = true
[role]
name = "audit/keyreach-reader"
[sync]
tables = ["aws_kms_*"]
concurrency = 128
quota_share = {share}
"""
REGION = "us-east-1"
OPERATION = "kms:ListGrants"


def sync(endpoint: Served, share: float, folder: Path) -> tuple[subprocess.Popen[bytes], float]:
    """A sync in a process of its own, and when it began."""
    config = folder / "keyreach.toml"
    config.write_text(CONFIG.format(share=share))
    command = [sys.executable, "-m", "collector", "-q", "--db", str(folder / "x.duckdb"), "sync", str(config)]
    environment = {**os.environ, **endpoint.environment()}
    return subprocess.Popen(command, env=environment), time.perf_counter()


async def production(account: str, rate: float, until: Any) -> tuple[int, int]:
    """Ask for grants at a steady rate, as others in the account do; calls, and throttled ones."""
    session = new_session()
    transport = HttpTransport(
        Credentials(session, identify(session), Role("audit/keyreach-reader"), None), 64
    )
    keys = (await transport.call(account, REGION, "kms", "ListKeys", {"Limit": 1000}))["Keys"]
    made: list[asyncio.Task[bool]] = []

    async def one(key: str) -> bool:
        try:
            await transport.call(account, REGION, "kms", "ListGrants", {"KeyId": key})
        except ClientError as error:
            return error.response["Error"]["Code"] == "ThrottlingException"
        return False

    began = time.perf_counter()
    while until() is None:
        made.append(asyncio.ensure_future(one(keys[len(made) % len(keys)]["KeyId"])))
        await asyncio.sleep(max(0.0, began + len(made) / rate - time.perf_counter()))
    throttled = sum(await asyncio.gather(*made))
    await transport.close()
    return len(made), throttled


def seen(endpoint: Served, account: str) -> dict[str, int]:
    """What the endpoint counted of ListGrants in the account's region."""
    for line in endpoint.stats()["by_account_region_operation"]:
        if (line["account"], line["region"], line["operation"]) == (account, REGION, OPERATION):
            return dict(line)
    raise LookupError(f"no {OPERATION} in {account} {REGION}")


def shared(keys: int) -> None:
    """Alone, and beside production."""
    estate = Estate(accounts=1, regions=1, keys=keys, buckets=0, roles=1)
    account = estate.account_id(0)
    with serving(estate, latency=0.02, quotas=True) as endpoint:
        for beside in (0.0, 40.0):
            endpoint.reset()
            with tempfile.TemporaryDirectory() as folder, endpoint.as_caller():
                process, began = sync(endpoint, 0.5, Path(folder))
                others = run(production(account, beside, process.poll)) if beside else (0, 0)
                process.wait()
            counted = seen(endpoint, account)
            print(
                f"{keys} keys, production at {beside:.0f}/s: {time.perf_counter() - began:.1f} s, "
                f"{counted['calls'] - others[0]} calls of ours, {others[0]} of production; at most "
                f"{counted['peak_per_second']} in a second, {counted['throttled']} throttled, "
                f"{others[1]} of them production's"
            )


def chain(grants: int) -> None:
    """With and without the one key, at the whole quota."""
    for large in (0, grants):
        estate = Estate(accounts=4, regions=2, keys=200, buckets=0, roles=1, large_grants=large)
        pages = -(-large // 100)
        with serving(estate, latency=0.02, quotas=True) as endpoint, tempfile.TemporaryDirectory() as folder:
            sync(endpoint, 1.0, Path(folder))[0].wait()
            counted = seen(endpoint, estate.account_id(0))
            print(
                f"a key with {large} grants, {pages} pages: all calls within "
                f"{endpoint.stats()['busy_seconds']:.1f} s, "
                f"{counted['calls']} calls of ListGrants there, so {counted['calls'] / 100:.1f} s by the "
                f"quota and {pages * 0.02:.1f} s of latency; {endpoint.stats()['calls']} calls in all"
            )


def main(arguments: Sequence[str] | None = None) -> None:
    """Run both."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--keys", type=int, default=500)
    parser.add_argument("--grants", type=int, default=50_000)
    given = parser.parse_args(arguments)
    shared(given.keys)
    chain(given.grants)


if __name__ == "__main__":
    main()
