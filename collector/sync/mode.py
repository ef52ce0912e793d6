"""How a sync goes about its work; what it collects stands in the configuration."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import timedelta

from collector.collect.transport.choice import DEFAULT
from collector.errors import UsageError


@dataclass(frozen=True)
class Shard:
    """One of the parts into which the accounts of a sync are split."""

    number: int
    """From 1 on."""
    of: int

    def __str__(self) -> str:
        """As on the command line."""
        return f"{self.number}/{self.of}"

    @classmethod
    def parse(cls, text: str) -> Shard:
        """Read `2/4`. Raises UsageError."""
        found = re.fullmatch(r"([0-9]{1,6})/([0-9]{1,6})", text)
        if not found or not 1 <= int(found[1]) <= int(found[2]):
            raise UsageError(f"--shard {text}: give it as number/count, such as 1/4, 2/4, 3/4 and 4/4")
        return cls(int(found[1]), int(found[2]))

    def has(self, account_id: str) -> bool:
        """Whether an account is in this shard: the same on every machine, whoever else is listed."""
        return int(hashlib.sha256(account_id.encode()).hexdigest(), 16) % self.of == self.number - 1


@dataclass(frozen=True)
class Mode:
    """How one sync is done: the options of the command that say neither what nor where."""

    transport: str = DEFAULT
    """How API calls are made: one of `transport.choice.TRANSPORTS`."""
    max_age: timedelta | None = None
    """Scopes that the published file has whole and no older than this are not asked; None: all are."""
    shard: Shard | None = None
    """The part of the accounts to collect, and to leave in `staging` without publishing."""
    scheduler: str = ""
    """Address of a Dask scheduler whose workers collect the accounts."""
    staging: str = ""
    """Where machines share what they have collected: a folder, or `s3://bucket/prefix`."""
    from_staging: str = ""
    """Where the shards to be published were collected."""

    def __post_init__(self) -> None:
        """Raise UsageError where options contradict each other."""
        ways = {
            "--shard": self.shard,
            "--scheduler": self.scheduler,
            "--from-staging": self.from_staging,
        }
        given = [name for name, value in ways.items() if value]
        if len(given) > 1:
            raise UsageError(f"{given[0]} and {given[1]} exclude one another: give one of them")
        if given and self.max_age is not None:
            raise UsageError(f"--max-age looks into the inventory, which {given[0]} lacks: leave it out")
        if given == ["--from-staging"] and self.staging:
            raise UsageError("--from-staging names the staging itself: leave --staging out")
        if given and given != ["--from-staging"] and not self.staging:
            raise UsageError(
                f"{given[0]} needs --staging: a folder that all machines mount, or s3://bucket/prefix"
            )
        if self.staging and not given:
            raise UsageError("--staging goes with --shard or --scheduler: give one of them")
        if self.scheduler and not re.fullmatch(r"(tcp|tls)://[^/]+:[0-9]+", self.scheduler):
            raise UsageError(
                f"--scheduler {self.scheduler}: give its address as tcp://host:port or tls://host:port"
            )
        for option, url in (("--staging", self.staging), ("--from-staging", self.from_staging)):
            scheme = url.partition("://")[0] if "://" in url else ""
            if scheme not in ("", "s3") or url in ("s3://", "s3:///"):
                raise UsageError(f"{option} {url}: give a folder, or s3://bucket/prefix")
