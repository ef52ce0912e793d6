"""AWS's request quotas: those that it publishes, and those that a user's own file puts in their place."""

from __future__ import annotations

import difflib
import math
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from collector.collect import registry
from collector.config import Config
from collector.errors import UsageError

Quotas = Mapping[str, Mapping[str, float]]
"""botocore's service name -> operation -> requests a second, for one account and region."""


@cache
def published() -> Quotas:
    """The quotas that AWS publishes, from quotas.toml."""
    return tomllib.loads(Path(__file__).with_name("quotas.toml").read_text(encoding="utf-8"))


def of(config: Config) -> Quotas:
    """The published quotas, but for what `sync.quota_file` says. Raises UsageError."""
    if not config.sync.quota_file:
        return published()
    own, known = read(Path(config.source).parent / config.sync.quota_file), published()
    return {service: {**known.get(service, {}), **own.get(service, {})} for service in sorted({*known, *own})}


def read(path: Path) -> Quotas:
    """A user's quotas. Raises UsageError, naming file and key, for whatever is no quota of ours."""
    try:
        data = tomllib.loads(path.read_bytes().decode())
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise UsageError(f"sync.quota_file: cannot read {path}: {reason}") from error
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path}: not valid TOML: {error}") from error
    known = called()
    for service, operations in data.items():
        if service not in known:
            raise UsageError(f"{path}: unknown service {service}{_nearest(service, known)}")
        if not isinstance(operations, dict):
            raise UsageError(f"{path}: {service}: expected a table of operations and requests a second")
        for operation, rate in operations.items():
            if operation not in known[service]:
                hint = _nearest(operation, known[service])
                raise UsageError(f"{path}: no table calls {service}.{operation}{hint}")
            if not _is_rate(rate):
                raise UsageError(
                    f"{path}: {service}.{operation}: expected requests a second, a number more than 0"
                )
    return data


@cache
def called() -> Mapping[str, frozenset[str]]:
    """The operations that the tables call, by botocore's service name."""
    calls = [call for table in registry.tables() for call in table.calls]
    return {
        service: frozenset(call.operation for call in calls if call.service == service)
        for service in sorted({call.service for call in calls})
    }


def _is_rate(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and math.isfinite(value) and value > 0


def _nearest(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, sorted(known), 1, cutoff=0)
    return f"; did you mean {near[0]}?" if near else ""
