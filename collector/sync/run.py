"""What is known of a run when it begins, and what tells runs of the same kind."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import collector
from collector.collect.transport.credentials import Caller
from collector.config import Config
from collector.sync.collection import Filters

RESUMABLE = timedelta(hours=24)
"""Age up to which what a stopped run collected is still used."""


def begun(config: Config, filters: Filters, caller: Caller, who: str, demo: bool) -> dict[str, Any]:
    """The facts of a run that begins now. `who` is the caller as far as runs of the same kind share it."""
    now = datetime.now(UTC)
    return {
        "run_id": f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}",
        "started_at": now.isoformat(),
        "version": collector.__version__,
        "account_id": caller.account_id,
        "caller_arn": caller.arn,
        "partition": caller.partition,
        "config": _json(config.without_secrets()),
        "config_fingerprint": fingerprint(config, filters, who, demo),
        "resumed": False,
    }


def fingerprint(config: Config, filters: Filters, who: str, demo: bool) -> str:
    """The same for runs that collect the same: one may go on with what another has collected."""
    told = [config.without_secrets(), asdict(replace(filters, scopes=None)), who, collector.__version__, demo]
    return hashlib.sha256(_json(told).encode()).hexdigest()


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)
