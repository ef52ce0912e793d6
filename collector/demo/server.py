"""The fake AWS that the demonstration and the tests collect: moto behind HTTP, set right."""

from __future__ import annotations

import json
import logging
import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from types import TracebackType
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.loaders import create_loader
from moto.moto_api._internal import mock_random
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import BaseWSGIServer, make_server

from collector.demo.faithful import set_right
from collector.demo.identities import register_root_key, register_user_key
from collector.demo.state import set_aside

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Any]
"""What a middleware is given and returns."""

HOME_REGION = "us-east-1"

_QUIET = ("werkzeug", "moto", "botocore.credentials")
_LEFT_OUT = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_ROLE_ARN")


class FakeAws:
    """A fake AWS on 127.0.0.1, empty at first, for as long as the context lasts.

    Its state is the process's moto state, which is put back on leaving: contexts may nest, the inner
    one first to leave.
    """

    def __init__(self, middleware: Callable[[WsgiApp], WsgiApp] | None = None) -> None:
        """`middleware` is put around the whole server, for example to make calls fail."""
        self._middleware = middleware
        self._server: BaseWSGIServer | None = None
        self._clients: dict[tuple[str, str, str], Any] = {}
        self._repeats: Counter[str] = Counter()
        self._stack = ExitStack()

    def __enter__(self) -> FakeAws:
        """Start serving."""
        self._stack.enter_context(set_aside())
        self._stack.enter_context(set_right())
        self._stack.enter_context(_quietly())
        app: WsgiApp = DomainDispatcherApplication(create_backend_app)
        if self._middleware:
            app = self._middleware(app)
        self._server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Handler)
        self._server.daemon_threads = True  # type: ignore[attr-defined]
        thread = threading.Thread(target=self._server.serve_forever, name="fake-aws", daemon=True)
        thread.start()
        self._stack.callback(self._stop, thread)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop serving and forget everything."""
        self._stack.close()

    @property
    def url(self) -> str:
        """Where it answers: the value for AWS_ENDPOINT_URL."""
        if self._server is None:
            raise RuntimeError("the fake AWS is not running")
        return f"http://127.0.0.1:{self._server.server_port}"

    def client(self, service: str, account_id: str, region: str = HOME_REGION) -> Any:
        """A boto3-like client with the account's root credentials. Made once, for one thread.

        The ids in the answers depend on the request alone (and on how often it was made), so the
        same requests build the same resources in every run.
        """
        key = (service, account_id, region)
        if key not in self._clients:
            self._clients[key] = self._new_client(*key)
        return self._clients[key]

    def environment(self, account_id: str, user: str = "") -> dict[str, str]:
        """Environment in which any AWS client is this IAM user, or the account's root user, here only."""
        key = register_user_key(account_id, user) if user else register_root_key(account_id)
        access_key, secret_key = key
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": access_key,
            "AWS_SECRET_ACCESS_KEY": secret_key,
            "AWS_REGION": HOME_REGION,
            "AWS_DEFAULT_REGION": HOME_REGION,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
        }

    @contextmanager
    def as_caller(self, account_id: str, user: str = "") -> Iterator[None]:
        """Have this process's own environment point here, and put it back afterwards."""
        before = dict(os.environ)
        for name in before:
            if name in _LEFT_OUT or name.startswith("AWS_ENDPOINT_URL"):
                del os.environ[name]
        os.environ.update(self.environment(account_id, user))
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)

    def _new_client(self, service: str, account_id: str, region: str) -> Any:
        access_key, secret_key = register_root_key(account_id)
        client = _session().create_client(
            service,
            region_name=region,
            endpoint_url=self.url,
            aws_access_key_id=access_key,
            aws_secret_access_key=secret_key,
            config=Config(
                retries={"total_max_attempts": 1},
                s3={"addressing_style": "path"},
                proxies={},
                connect_timeout=5,
            ),
        )

        def fix_ids(params: Any, model: Any, **_: Any) -> None:
            request = f"{account_id} {region} {model.name} {json.dumps(params, sort_keys=True, default=str)}"
            self._repeats[request] += 1
            mock_random.seed(f"{request} {self._repeats[request]}")

        client.meta.events.register("before-parameter-build", fix_ids)
        if service == "s3control":
            client.meta.events.register("before-send.s3-control", _without_host_prefix)
        return client

    def _stop(self, thread: threading.Thread) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
        thread.join(timeout=5)
        for client in self._clients.values():
            client.close()
        self._clients.clear()


class _Handler(MotoRequestHandler):
    """Keeps connections open as AWS does, and writes no access log."""

    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing."""


def _session() -> Any:
    """A session of its own: the user's profile, credentials and settings play no part."""
    session = botocore.session.Session()
    session.set_config_variable("profile", None)
    session.set_config_variable("config_file", os.devnull)
    session.set_config_variable("credentials_file", os.devnull)
    session.register_component("data_loader", _models())
    return session


@cache
def _models() -> Any:
    """The loader of service models, which keeps what it has read."""
    return create_loader(botocore.session.Session().get_config_variable("data_path"))


def _without_host_prefix(request: Any, **_: Any) -> None:
    """S3 Control puts the account in front of the host, which no numeric address can bear."""
    scheme, _, rest = request.url.partition("://")
    host, _, path = rest.partition("/")
    account_id, _, bare = host.partition(".")
    if len(account_id) == 12:
        request.url = f"{scheme}://{bare}/{path}"


@contextmanager
def _quietly() -> Iterator[None]:
    """Keep the server's own loggers silent below ERROR."""
    before = {name: logging.getLogger(name).level for name in _QUIET}
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.ERROR)
    try:
        yield
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)
