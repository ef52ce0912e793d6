"""What is sent over a connection, byte by byte."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).parents[2]


def connect(endpoint):
    address = urlsplit(endpoint.url)
    return socket.create_connection((address.hostname, address.port), timeout=5)


def until_closed(connection):
    parts = []
    while part := connection.recv(65536):
        parts.append(part)
    return b"".join(parts)


def test_requests_in_a_row_are_answered_in_their_order(endpoint):
    with connect(endpoint) as connection:
        connection.sendall(
            b"GET /_endpoint/estate HTTP/1.1\r\nHost: x\r\n\r\n"
            b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n"
            b"GET /_endpoint/nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        )
        answers = until_closed(connection).decode()
    assert re.findall(r"HTTP/1.1 (\d+ [\w ]+)", answers) == ["200 OK", "403 Forbidden", "404 Not Found"]
    assert "<Code>AccessDenied</Code>" in answers


def test_a_request_may_come_in_pieces(endpoint):
    request = b"POST /_endpoint/reset HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"
    with connect(endpoint) as connection:
        for byte in request:
            connection.sendall(bytes([byte]))
        assert until_closed(connection).startswith(b"HTTP/1.1 200 OK\r\nDate: ")


@pytest.mark.parametrize("request_", [b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n"])
def test_what_is_no_http_is_a_bad_request(endpoint, request_):
    with connect(endpoint) as connection:
        connection.sendall(request_)
        assert until_closed(connection).startswith(b"HTTP/1.1 400 ")


def test_unsigned_requests_are_refused(endpoint):
    with connect(endpoint) as connection:
        connection.sendall(
            b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Amz-Target: TrentService.ListKeys\r\n\r\n"
        )
        head, _, body = until_closed(connection).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert json.loads(body)["__type"] == "MissingAuthenticationTokenException"


def test_bad_rules_and_settings_are_refused(endpoint):
    with connect(endpoint) as connection:
        head = (
            b"POST /_endpoint/faults HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 27\r\n\r\n"
        )
        connection.sendall(head + b'[{"operatoin": "ListKeys"}]')
        answer = until_closed(connection)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"operatoin" in answer


def test_the_command_line_says_where_it_serves():
    command = [sys.executable, "-m", "bench.endpoint", "--accounts", "2", "--latency", "20", "--port", "0"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline().startswith("http://127.0.0.1:")
    finally:
        process.terminate()
        assert process.wait(10) == 0
        process.stdout.close()
