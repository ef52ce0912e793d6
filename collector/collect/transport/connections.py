"""Connections to AWS that all accounts share, with TLS, proxies and time-outs as in AWS's own tools."""

from __future__ import annotations

import ssl
from functools import cache
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import ClientTimeout, DummyCookieJar, TCPConnector
from botocore.exceptions import (
    BotoCoreError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ProxyConnectionError,
    ReadTimeoutError,
    SSLError,
)
from botocore.httpsession import ProxyConfiguration, get_cert_path
from botocore.session import Session
from botocore.utils import get_environ_proxies
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

CONNECT_SECONDS, READ_SECONDS, WHOLE_SECONDS = 10, 60, 300
"""To connect, between two pieces of an answer, and for a call with its answer, however slowly that comes."""

_TIMEOUT = ClientTimeout(total=WHOLE_SECONDS, sock_connect=CONNECT_SECONDS, sock_read=READ_SECONDS)
_IDLE_SECONDS = 15
"""AWS closes connections that are idle for 20 seconds or more; one that is reused then is cut."""


class Connections:
    """One pool of connections. For one event loop."""

    def __init__(self, session: Session, concurrency: int) -> None:
        """Allow `concurrency` connections; trust what `session` is configured to (AWS_CA_BUNDLE)."""
        self._http = aiohttp.ClientSession(
            connector=TCPConnector(
                limit=concurrency, ssl=_context(session), keepalive_timeout=_IDLE_SECONDS, ttl_dns_cache=60
            ),
            cookie_jar=DummyCookieJar(),
            timeout=_TIMEOUT,
            auto_decompress=False,
            skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
        )

    async def send(
        self, method: str, url: str, headers: CIMultiDict[str], body: bytes
    ) -> tuple[int, CIMultiDictProxy[str], bytes]:
        """Status, headers and body of the response. Raises botocore's errors where there is none."""
        proxy = _proxy(url)
        if proxy and url.startswith("http:"):
            headers.update(proxy["proxy_headers"])
        try:
            async with self._http.request(
                method,
                URL(url, encoded=True),
                headers=headers,
                data=body or None,
                allow_redirects=False,
                **proxy,
            ) as response:
                return response.status, response.headers, await response.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _as_botocore(error, url) from error

    async def close(self) -> None:
        """Close them all."""
        await self._http.close()


def _as_botocore(error: Exception, url: str) -> BotoCoreError:
    """The error that botocore has for it."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientSSLError):
        return SSLError(endpoint_url=url, error=error)
    if isinstance(error, aiohttp.ClientProxyConnectionError | aiohttp.ClientHttpProxyError):
        return ProxyConnectionError(proxy_url="", error=error)
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return ConnectTimeoutError(endpoint_url=url, error=error)
    if isinstance(error, TimeoutError):
        return ReadTimeoutError(endpoint_url=url, error=error)
    if isinstance(error, aiohttp.ClientConnectorError):
        return EndpointConnectionError(endpoint_url=url, error=error)
    return ConnectionClosedError(endpoint_url=url, error=error)


def _context(session: Session) -> ssl.SSLContext:
    bundle = session.get_config_variable("ca_bundle") or get_cert_path(True)
    if Path(bundle).is_dir():
        return ssl.create_default_context(capath=bundle)
    return ssl.create_default_context(cafile=bundle)


def _proxy(url: str) -> dict[str, Any]:
    """How a URL's proxy is named to aiohttp, if it has one by the usual environment variables."""
    scheme, _, rest = url.partition("://")
    return _proxy_of(f"{scheme}://{rest.partition('/')[0]}/")


@cache
def _proxy_of(origin: str) -> dict[str, Any]:
    proxies = ProxyConfiguration(get_environ_proxies(origin))
    proxy = proxies.proxy_url_for(origin)
    if proxy is None:
        return {}
    return {"proxy": URL(proxy).with_user(None), "proxy_headers": proxies.proxy_headers_for(proxy)}
