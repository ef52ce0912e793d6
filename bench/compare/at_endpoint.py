"""Runs another tool's command so that it can talk to the fake AWS: `python at_endpoint.py COMMAND ...`.

AWS_ENDPOINT_URL alone would do, but for one service: S3 Control puts the account in front of the host's
name, which an address of this machine cannot bear. It goes out again, and nothing else about the tool is
changed.
"""

from __future__ import annotations

import sys
from importlib.metadata import entry_points
from typing import Any

import botocore.session

create_client = botocore.session.Session.create_client


def without_account_in_host(request: Any, **_: Any) -> None:
    """Take the account out of the host's name."""
    account = request.headers["x-amz-account-id"]
    account = account.decode() if isinstance(account, bytes) else account
    request.url = request.url.replace(f"//{account}.", "//")


def create_client_at_endpoint(self: Any, service_name: str, *given: Any, **named: Any) -> Any:
    """Make a client as botocore does."""
    client = create_client(self, service_name, *given, **named)
    if service_name == "s3control":
        client.meta.events.register("before-send.s3-control", without_account_in_host)
    return client


def main() -> None:
    """Run the command that a distribution of this environment installed, without this folder on its path."""
    botocore.session.Session.create_client = create_client_at_endpoint
    del sys.path[0], sys.argv[0]
    (entry_point,) = entry_points(group="console_scripts", name=sys.argv[0])
    sys.exit(entry_point.load()())


if __name__ == "__main__":
    main()
