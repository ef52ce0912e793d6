"""`keyreach.toml` as frozen dataclasses. Every key is optional, an unknown one is an error."""

from __future__ import annotations

import dataclasses
import os
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any

from msgspec import Meta

from collector import typed_toml
from collector.duration import duration
from collector.errors import UsageError

DEFAULT_PATH = Path("keyreach.toml")

PATTERNS = {
    r"^[0-9]{12}$": "12 digits",
    r"^([\w+=,.@-]+/)*[\w+=,.@-]+$": "a role's name, with its path in front: audit/keyreach-reader",
    r"^(([\w+=,.@-]+/)*[\w+=,.@-]+)?$": "a role's name, with its path in front, or nothing",
    r"^[\w+=,.@-]{2,64}$": "2 to 64 letters, digits and +=,.@-",
    r"^[\w+=,.@:/-]{2,1224}$": "2 to 1224 letters, digits and +=,.@:/-",
    r"^arn:aws[a-z-]*:iam::[0-9]{12}:role/.+$": "a role's ARN",
}
"""Pattern -> what an error says in its place."""
_DIGITS, _NAME, _NAME_OR_NOTHING, _SESSION, _EXTERNAL_ID, _ARN = PATTERNS

AccountId = Annotated[str, Meta(pattern=_DIGITS)]
Glob = Annotated[str, Meta(min_length=1)]
RoleName = Annotated[str, Meta(pattern=_NAME)]
Override = Annotated[str, Meta(pattern=_NAME_OR_NOTHING)]
SessionName = Annotated[str, Meta(pattern=_SESSION)]
ExternalId = Annotated[str, Meta(pattern=_EXTERNAL_ID)]
RoleArn = Annotated[str, Meta(pattern=_ARN)]

SHORTEST_SESSION, LONGEST_SESSION = timedelta(minutes=30), timedelta(hours=12)
"""AWS takes 15 minutes too, but credentials are renewed 15 minutes before they end."""

_REDACTED = "(not stored)"


@dataclass(frozen=True)
class Accounts:
    """Which accounts are collected: the caller's own, a list, or those of the organization."""

    organization: bool = False
    """Whether all active accounts of the organization are collected."""
    organization_role: RoleArn | None = None
    """Assumed for the calls to Organizations; without it the caller makes them."""
    ids: tuple[AccountId, ...] = ()
    """The accounts to collect, instead of the organization's."""
    include_ous: tuple[Glob, ...] = ()
    """Ids or paths of units; empty: all."""
    skip_ous: tuple[Glob, ...] = ()
    """Ids or paths of units that are left out."""
    skip: tuple[AccountId, ...] = ()
    """Accounts that are left out."""

    def __post_init__(self) -> None:
        """Raise ValueError where keys contradict each other."""
        if self.organization and self.ids:
            raise ValueError("give either organization = true or ids, not both")
        if not self.organization and (self.include_ous or self.skip_ous):
            raise ValueError("include_ous and skip_ous need organization = true")


@dataclass(frozen=True)
class Role:
    """The role that is assumed in every account, apart from the caller's own."""

    name: RoleName | None = None
    """Name of the role, with its path in front. Without it the caller's own credentials are used."""
    external_id: ExternalId | None = None
    """External id that the role's trust demands."""
    external_id_env: str | None = None
    """Environment variable that holds the external id."""
    session_name: SessionName = "keyreach"
    """Name of the sessions, as CloudTrail shows it."""
    duration: str = "1h"
    """Length of a session; an hour at most where the caller is a role itself."""
    overrides: dict[AccountId, Override] = field(default_factory=dict)
    """Account -> another role's name; an empty one: the caller's own credentials."""

    def __post_init__(self) -> None:
        """Raise ValueError where keys contradict each other."""
        if self.external_id and self.external_id_env:
            raise ValueError("give either external_id or external_id_env, not both")
        if not SHORTEST_SESSION <= duration(self.duration) <= LONGEST_SESSION:
            raise ValueError("duration must lie between 30m and 12h")

    def secret(self) -> str | None:
        """The external id, from wherever it stands. Raises UsageError if its variable is not set."""
        if not self.external_id_env:
            return self.external_id
        if not (value := os.environ.get(self.external_id_env)):
            raise UsageError(f"role.external_id_env: the variable {self.external_id_env} is not set")
        return value


@dataclass(frozen=True)
class Regions:
    """Which enabled regions are asked. Global services, and the listing of buckets, are not limited by it."""

    include: tuple[Glob, ...] = ("*",)
    """Regions to ask; by default all that are enabled in the account."""
    skip: tuple[Glob, ...] = ()
    """Regions that are left out."""


@dataclass(frozen=True)
class Sync:
    """What is collected, and how hard AWS is asked."""

    tables: tuple[Glob, ...] = ("*",)
    """Tables to collect; their parents come with them."""
    skip_tables: tuple[Glob, ...] = ()
    """Tables that are left out."""
    concurrency: Annotated[int, Meta(ge=1, le=1024)] = 64
    """Calls in flight."""
    quota_share: Annotated[float, Meta(gt=0, le=1)] = 0.5
    """Share of AWS's published request quotas; the rest is left to production."""
    quota_file: Annotated[str, Meta(min_length=1)] | None = None
    """File with quotas that AWS raised for you, beside this one; its entries replace the published ones."""
    key_last_usage: bool = False
    """Whether every key is asked for its last use: five calls a second, so slow for many keys."""

    @property
    def options(self) -> frozenset[str]:
        """The switches that are on, by name."""
        return frozenset(["key_last_usage"] if self.key_last_usage else [])


@dataclass(frozen=True)
class AcceptedGap:
    """What is known not to be collected: still listed and `unknown`, but no reason for exit code 4."""

    reason: Annotated[str, Meta(min_length=1)]
    """Why it is accepted; shown with the gap."""
    accounts: tuple[Glob, ...] = ("*",)
    """Accounts in which it is accepted."""
    regions: tuple[Glob, ...] = ("*",)
    """Regions in which it is accepted."""
    operations: tuple[Glob, ...] = ("*",)
    """API operations for which it is accepted."""
    expires: date | None = None
    """Last day on which it is accepted."""


@dataclass(frozen=True)
class Coverage:
    """Gaps that are accepted."""

    accepted: tuple[AcceptedGap, ...] = ()


@dataclass(frozen=True)
class History:
    """How long the ledger is kept."""

    keep: str = "30d"
    """Age up to which records of earlier runs are kept."""

    def __post_init__(self) -> None:
        """Raise ValueError if `keep` is no duration."""
        duration(self.keep)


@dataclass(frozen=True)
class Config:
    """Everything that `keyreach.toml` may say."""

    accounts: Accounts = Accounts()
    role: Role = field(default_factory=Role)
    regions: Regions = Regions()
    sync: Sync = Sync()
    trusted_accounts: dict[AccountId, Annotated[str, Meta(min_length=1)]] = field(default_factory=dict)
    """Partners: account id -> label. Everything else outside the organization is external."""
    coverage: Coverage = Coverage()
    history: History = History()
    source: str = field(default=str(DEFAULT_PATH), metadata=typed_toml.NOT_A_KEY, compare=False)
    """Where it was read from, for errors that show only later."""

    def __post_init__(self) -> None:
        """Raise ValueError where sections contradict each other."""
        if self.accounts.organization and not self.role.name:
            raise ValueError("role.name is needed to reach the accounts of an organization")

    def keys(self, *names: str) -> tuple[str, ...]:
        """Keys as errors name them: with the file in front."""
        return tuple(f"{self.source}: {name}" for name in names)

    def without_secrets(self) -> dict[str, Any]:
        """The configuration as plain data that may be stored."""
        plain = dataclasses.asdict(self)
        del plain["source"]
        if plain["role"]["external_id"]:
            plain["role"]["external_id"] = _REDACTED
        return plain


def load(path: Path | None) -> Config:
    """Read a configuration file. None: `keyreach.toml` if it is there, else the defaults.

    Raises UsageError, naming file, key and the nearest valid name.
    """
    if path is None and not DEFAULT_PATH.exists():
        return Config()
    path = path or DEFAULT_PATH
    try:
        text = path.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise UsageError(
            f"cannot read {path}: {reason}; `keyreach init` writes a configuration to start from"
        ) from error
    return parse(text, str(path))


def parse(text: str, source: str = str(DEFAULT_PATH)) -> Config:
    """A configuration from its text; `source` names it in errors. Raises UsageError."""
    try:
        return dataclasses.replace(typed_toml.read(text, Config, PATTERNS), source=source)
    except ValueError as error:
        raise UsageError(f"{source}: {error}") from error
