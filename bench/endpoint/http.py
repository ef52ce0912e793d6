"""Connections: HTTP/1.1 with keep-alive, parsed by httptools, answered after the latency."""

from __future__ import annotations

import asyncio
import itertools
import socket
import struct
import time
from collections import deque
from typing import Any

import httptools

from bench.endpoint.endpoint import Endpoint, Reply, http_date, reply
from bench.endpoint.faults import Rule
from bench.endpoint.request import Received

_BAD = reply(400, {"Connection": "close"}, b"")


class Connection(asyncio.Protocol):
    """One client's connection. Requests are answered one after the other, in their order."""

    def __init__(
        self, endpoint: Endpoint, loop: asyncio.AbstractEventLoop, ids: itertools.count[int]
    ) -> None:
        """Nothing was received yet."""
        self._endpoint, self._loop, self._ids = endpoint, loop, ids
        self._parser = httptools.HttpRequestParser(self)
        self._waiting: deque[tuple[Received, bool, float]] = deque()
        self._busy = self._counted = False
        self._transport: Any = None
        self._date, self._second = b"", 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client connected."""
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone; an answer that is due is counted when it would have been sent."""
        self._transport = None
        self._endpoint.stats.open_connections -= self._counted
        self._waiting.clear()

    def data_received(self, data: bytes) -> None:
        """Parse what came."""
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserCallbackError:
            raise
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            if self._transport:
                self._transport.write(_BAD.start + _BAD.rest)
                self._transport.close()

    def on_message_begin(self) -> None:
        """A request begins."""
        self._target, self._headers, self._body = b"", {}, b""

    def on_url(self, url: bytes) -> None:
        """Its path and query, or a part of them."""
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """One of its headers."""
        self._headers[name.lower().decode("latin-1")] = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        """A part of its body."""
        self._body += body

    def on_message_complete(self) -> None:
        """It is all there: answer it, or let it wait for the one before."""
        parser = self._parser
        received = Received(
            parser.get_method().decode(), self._target.decode("latin-1"), self._headers, self._body
        )
        waiting = (received, parser.should_keep_alive(), time.monotonic())
        if self._busy:
            self._waiting.append(waiting)
        else:
            self._start(*waiting)

    def _start(self, received: Received, keep: bool, arrived: float) -> None:
        self._busy = True
        found = self._endpoint.begin(received)
        delay = 0.0
        if found.request:
            self._count()
            delay = self._endpoint.settings.latency + (found.rule.delay if found.rule else 0.0)
        if delay > 0:
            self._loop.call_later(max(delay - (time.monotonic() - arrived), 0), self._send, found, keep)
        else:
            self._send(found, keep)

    def _count(self) -> None:
        """Connections that only ask for statistics are not counted."""
        if not self._counted:
            self._counted = True
            self._endpoint.stats.connect()

    def _send(self, found: Reply, keep: bool) -> None:
        if self._transport is None:
            self._endpoint.end(found, 0)
            return
        rule, head = found.rule, self._head(found)
        if rule and (rule.reset or rule.chunk or rule.truncate >= 0 or rule.close):
            self._spoiled(found, rule, head, keep)
            return
        self._transport.write(head + found.rest)
        self._done(found, len(head) + len(found.rest), keep)

    def _done(self, found: Reply, sent: int, keep: bool) -> None:
        self._endpoint.end(found, sent)
        self._busy = False
        if self._transport is None:
            return
        if not keep:
            self._transport.close()
        elif self._waiting:
            self._start(*self._waiting.popleft())

    def _head(self, found: Reply) -> bytes:
        """Status line and the headers that are new for every answer."""
        now = self._endpoint.clock()
        if int(now) != self._second:
            self._second, self._date = int(now), http_date(now)
        number = next(self._ids)
        if found.request and found.request.service in ("s3", "s3control"):
            identifier = b"x-amz-request-id: %016X\r\nx-amz-id-2: %064x" % (number, number)
        else:
            identifier = b"x-amzn-RequestId: %08x-0000-4000-8000-%012x" % (
                number >> 48,
                number & (1 << 48) - 1,
            )
        return b"%bDate: %b\r\n%b\r\n" % (found.start, self._date, identifier)

    def _spoiled(self, found: Reply, rule: Rule, head: bytes, keep: bool) -> None:
        """Reset, cut off, or dribble."""
        if rule.reset:
            self._transport.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
            )
            self._transport.abort()
            self._done(found, 0, False)
        elif rule.truncate >= 0:
            end = len(found.rest) - max(found.body - rule.truncate, 0)
            self._transport.write(head + found.rest[:end])
            self._done(found, len(head) + end, False)
        elif rule.chunk:
            start = len(found.rest) - found.body
            self._transport.write(head + found.rest[:start])
            self._dribble(found, rule, start, len(head), keep)
        else:
            self._transport.write(head + found.rest)
            self._done(found, len(head) + len(found.rest), False)

    def _dribble(self, found: Reply, rule: Rule, start: int, head: int, keep: bool) -> None:
        """Send the next piece of the body, and come back for the one after it."""
        if self._transport is None or start >= len(found.rest):
            self._done(found, head + start, keep)
            return
        end = start + rule.chunk
        self._transport.write(found.rest[start:end])
        self._loop.call_later(rule.interval, self._dribble, found, rule, end, head, keep)
