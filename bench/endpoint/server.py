"""The endpoint as a process: listens until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import itertools
import signal
from collections.abc import Callable

from bench.endpoint.endpoint import Endpoint
from bench.endpoint.http import Connection

_BACKLOG = 4096


async def serve(endpoint: Endpoint, host: str, port: int, ready: Callable[[str], None]) -> None:
    """Listen, say where, and answer until SIGINT or SIGTERM."""
    loop, ids = asyncio.get_running_loop(), itertools.count(1)
    server = await loop.create_server(lambda: Connection(endpoint, loop, ids), host, port, backlog=_BACKLOG)
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    gc.collect()
    gc.freeze()
    ready(f"http://{host}:{server.sockets[0].getsockname()[1]}")
    await stopped.wait()
    server.close()


def run(endpoint: Endpoint, host: str, port: int, ready: Callable[[str], None]) -> None:
    """As `serve`, on uvloop where there is one."""
    factory = None
    with contextlib.suppress(ImportError):
        import uvloop

        factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(serve(endpoint, host, port, ready))
