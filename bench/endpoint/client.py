"""An endpoint in a process of its own, for as long as a `with` lasts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.endpoint.credentials import Keyring
from bench.endpoint.estate import REGIONS, Estate
from bench.endpoint.faults import Rule, as_json
from bench.endpoint.settings import Settings, quotas_of

_ROOT = Path(__file__).parents[2]
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
_LEFT_OUT = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_ROLE_ARN")


class Served:
    """A running endpoint."""

    def __init__(self, estate: Estate, url: str, pid: int) -> None:
        """`url` is where it answers, `pid` its process."""
        self.estate, self.url, self.pid = estate, url, pid

    def environment(self, account: int = 0) -> dict[str, str]:
        """Environment in which any AWS client is the auditing user of an account, here only."""
        access_key, secret = Keyring(self.estate).of_user(account)
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": access_key,
            "AWS_SECRET_ACCESS_KEY": secret,
            "AWS_REGION": REGIONS[0],
            "AWS_DEFAULT_REGION": REGIONS[0],
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
        }

    @contextmanager
    def as_caller(self, account: int = 0) -> Iterator[None]:
        """Have this process's own environment point here, and put it back afterwards."""
        before = dict(os.environ)
        for name in before:
            if name in _LEFT_OUT or name.startswith("AWS_ENDPOINT_URL"):
                del os.environ[name]
        os.environ.update(self.environment(account))
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)

    def stats(self) -> dict[str, Any]:
        """Counters since the start or the last reset."""
        found: dict[str, Any] = self._control("stats")
        return found

    def reset(self) -> None:
        """Count from here."""
        self._control("reset", {})

    def faults(self, rules: Iterable[Rule | dict[str, Any]]) -> None:
        """Have these calls fail from now on, and no others."""
        self._control("faults", as_json(rules))

    def settings(self) -> dict[str, Any]:
        """How it behaves: the members of Settings."""
        found: dict[str, Any] = self._control("settings")
        return found

    def change(self, **settings: Any) -> None:
        """Change some of the Settings; `quotas=True` stands for AWS's published ones."""
        if "quotas" in settings:
            settings["quotas"] = quotas_of(settings["quotas"])
        self._control("settings", settings)

    def _control(self, action: str, data: Any = None) -> Any:
        body = None if data is None else json.dumps(data).encode()
        with _OPENER.open(f"{self.url}/_endpoint/{action}", data=body, timeout=60) as answer:
            return json.load(answer)


@contextmanager
def serving(
    estate: Estate | None = None,
    *,
    quotas: bool | Mapping[str, float] = False,
    faults: Iterable[Rule | dict[str, Any]] = (),
    **settings: Any,
) -> Iterator[Served]:
    """Serve an estate. `quotas=True`: throttle at AWS's published quotas; `settings`: see Settings."""
    estate = estate or Estate()
    given = Settings(quotas=quotas_of(quotas), **settings)
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.endpoint", "--estate", estate.as_json(), "--settings", given.as_json()],
        cwd=_ROOT,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        if not url:
            raise RuntimeError(f"the endpoint did not start: exit code {process.wait()}")
        served = Served(estate, url, process.pid)
        if rules := list(faults):
            served.faults(rules)
        yield served
    finally:
        process.terminate()
        process.wait(10)
        if process.stdout:
            process.stdout.close()
