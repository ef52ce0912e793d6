"""Against servers of the tests' own: a certificate that nobody knows, a proxy, answers that do not end."""

from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from aiohttp import ClientTimeout, web
from aiohttp.test_utils import TestServer
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ProxyConnectionError,
    ReadTimeoutError,
    SSLError,
)
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from multidict import CIMultiDict

from collector.collect.transport import connections
from collector.collect.transport.connections import Connections
from collector.collect.transport.session import new_session


@pytest.fixture(autouse=True)
def fresh():
    connections._proxy_of.cache_clear()
    yield
    connections._proxy_of.cache_clear()


def exchange(handler, *, times=1, url="/", tls=None, headers=None, body=b"", method="GET"):
    """What comes of requests to a server that answers with `handler`."""

    async def run():
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", handler)
        async with TestServer(application, scheme="https" if tls else "http") as server:
            if tls:
                await server.close()
                server = TestServer(application, scheme="https")
                await server.start_server(ssl=tls)
            pool = Connections(new_session(), 4)
            try:
                target = url if "://" in url else str(server.make_url("")).rstrip("/") + url
                found = [
                    await pool.send(method, target, CIMultiDict(headers or {}), body) for _ in range(times)
                ]
            finally:
                await pool.close()
                await server.close()
            return found[-1]

    return asyncio.run(run())


async def echo(request):
    return web.json_response({"headers": dict(request.headers), "body": (await request.read()).decode()})


def test_what_is_signed_is_what_is_sent():
    async def raw(request):
        return web.Response(text=request.raw_path)

    assert exchange(raw, url="/a%2Fb/c?policy=&x=%7E")[2] == b"/a%2Fb/c?policy=&x=%7E"
    status, headers, body = exchange(echo, headers={"Host": "kms.eu-west-1.amazonaws.com"})
    assert status == 200 and headers["content-type"].startswith("application/json")
    assert b'"Host": "kms.eu-west-1.amazonaws.com"' in body
    for added in (b"Accept", b"User-Agent", b"Cookie"):
        assert added not in body


def test_redirects_are_not_followed_and_cookies_not_kept():
    seen = []

    async def redirect(request):
        seen.append(request.headers.get("Cookie"))
        return web.Response(status=301, headers={"Location": "http://127.0.0.1:1/", "Set-Cookie": "a=b"})

    assert exchange(redirect, times=2)[0] == 301
    assert seen == [None, None]


def test_one_connection_serves_one_call_after_the_other():
    peers = set()

    async def who(request):
        peers.add(request.transport.get_extra_info("peername"))
        return web.Response()

    exchange(who, times=5)
    assert len(peers) == 1


async def cut(request):
    request.transport.abort()
    return web.Response()


async def short(request):
    response = web.StreamResponse(headers={"Content-Length": "100"})
    await response.prepare(request)
    await response.write(b"half")
    request.transport.abort()
    return response


async def endless(request):
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b".")
        await asyncio.sleep(0.05)


async def silent(request):
    await asyncio.sleep(30)
    return web.Response()


@pytest.mark.parametrize(
    "handler, url, raised",
    [
        (cut, "/", ConnectionClosedError),
        (short, "/", ConnectionClosedError),
        (silent, "/", ReadTimeoutError),
        (endless, "/", ReadTimeoutError),
        (echo, "http://127.0.0.1:1/", EndpointConnectionError),
        (echo, "http://nowhere.invalid/", EndpointConnectionError),
    ],
    ids=["cut", "cut in the body", "silent", "endless", "nobody there", "no such name"],
)
def test_failures_are_the_errors_that_botocore_has_for_them(handler, url, raised, monkeypatch):
    monkeypatch.setattr(connections, "_TIMEOUT", ClientTimeout(total=0.5, sock_read=0.3))
    with pytest.raises(raised):
        exchange(handler, url=url)


def test_a_connection_that_is_not_made_in_time_is_told(monkeypatch):
    monkeypatch.setattr(connections, "_TIMEOUT", ClientTimeout(sock_connect=0.0001))
    with pytest.raises((ConnectTimeoutError, EndpointConnectionError)):
        exchange(echo, url="http://10.255.255.1/")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for 127.0.0.1 that no one vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "keyreach test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("certificate")
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return folder


def serving(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    return context


def test_a_certificate_that_nobody_vouches_for_is_refused(certificate):
    with pytest.raises(SSLError):
        exchange(echo, tls=serving(certificate))


def test_a_bundle_of_the_operator_is_trusted(certificate, monkeypatch):
    monkeypatch.setenv("AWS_CA_BUNDLE", str(certificate / "cert.pem"))
    assert exchange(echo, tls=serving(certificate))[0] == 200


def test_a_proxy_is_used_with_its_password_and_not_where_it_is_not_wanted(monkeypatch):
    seen = []

    async def proxy(request):
        seen.append((str(request.url), request.headers.get("Proxy-Authorization")))
        return web.Response(text="from the proxy")

    async def run():
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", proxy)
        async with TestServer(application) as server:
            monkeypatch.setenv("HTTP_PROXY", f"http://me:secret@127.0.0.1:{server.port}")
            monkeypatch.setenv("NO_PROXY", "inside.example")
            pool = Connections(new_session(), 4)
            answer = await pool.send("GET", "http://kms.example/x?y=", CIMultiDict(), b"")
            with pytest.raises(EndpointConnectionError):
                await pool.send("GET", "http://inside.example/", CIMultiDict(), b"")
            await pool.close()
            return answer

    assert asyncio.run(run())[2] == b"from the proxy"
    assert seen == [("http://kms.example/x?y=", "Basic bWU6c2VjcmV0")]


def test_a_proxy_that_is_down_is_told_without_its_password(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://me:secret@127.0.0.1:1")
    with pytest.raises(ProxyConnectionError) as caught:
        exchange(echo, url="http://kms.example/")
    assert "secret" not in str(caught.value)
