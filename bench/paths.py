"""How long it takes to derive who reaches what, and how that grows with the organization.

Builds invented organizations straight into DuckDB: in every account 500 roles, five of them with everything
allowed, 100 buckets and 50 keys; of the buckets 30 % are shared with a role of the next account or with that
account as a whole, and ten in all are open to the organization. Then derives statements, access to keys and
paths. Prints one line per size: seconds, paths, and the most memory the process has had. Each size runs in a
process of its own.

    python bench/paths.py --accounts 10 100 400
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import duckdb

from collector.access.derive import fill
from collector.access.hops import Hops
from collector.access.key_access import key_access
from collector.access.paths import paths
from collector.access.statements import statements
from collector.access.world import World
from collector.store import catalog

ROLES, BUCKETS, KEYS, EVERYTHING, SHARED, ORGANIZATION_WIDE = 500, 100, 50, 5, 30, 10


def build(accounts: int) -> duckdb.DuckDBPyConnection:
    """An inventory of so many accounts."""
    connection = duckdb.connect()
    catalog.create(connection)
    values = {
        "accounts": accounts,
        "roles": ROLES,
        "buckets": BUCKETS,
        "keys": KEYS,
        "everything": EVERYTHING,
        "shared": SHARED,
        "wide": ORGANIZATION_WIDE,
    }
    text = Path(__file__).with_name("organization.sql").read_text(encoding="utf-8")
    for name, value in values.items():
        text = text.replace(f"${name}", str(value))
    connection.execute(text)
    return connection


def measure(accounts: int) -> None:
    """Derive everything for one size, and say what it took."""
    connection = build(accounts)

    def ask(sql: str, parameters: object = None) -> list[Any]:
        return connection.execute(sql, parameters).fetchall()

    started = time.perf_counter()
    world = World.read(ask)
    read = time.perf_counter()
    hops = Hops(world)
    fill(connection, "cross_account_paths", (path.row() for path in paths(world, hops)))
    pathed = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    fill(connection, "key_access", key_access(world, hops))
    accessed = time.perf_counter()
    fill(connection, "policy_statements", statements(ask))
    done = time.perf_counter()
    counted = {
        table: connection.execute(f"select count(*) from {table}").fetchone()[0]  # type: ignore[index]
        for table in ("cross_account_paths", "key_access", "policy_statements")
    }
    verdicts = connection.execute("select verdict, count(*) from cross_account_paths group by 1 order by 1")
    print(
        f"{accounts:5} accounts: read {read - started:6.1f} s, {counted['cross_account_paths']:,} paths "
        f"{pathed - read:6.1f} s, peak {peak:,.0f} MB; {counted['key_access']:,} rows of key_access "
        f"{accessed - pathed:6.1f} s; {counted['policy_statements']:,} statements {done - accessed:6.1f} s; "
        f"{dict(verdicts.fetchall())}",
        flush=True,
    )


def main() -> None:
    """Measure each size in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, nargs="+", default=[10, 100])
    sizes = parser.parse_args().accounts
    if len(sizes) == 1:
        measure(sizes[0])
    else:
        for size in sizes:
            subprocess.run([sys.executable, __file__, "--accounts", str(size)], check=True)


if __name__ == "__main__":
    main()
