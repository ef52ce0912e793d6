"""Access keys and sessions that tell by themselves whose they are."""

from __future__ import annotations

import base64
import hmac
import itertools
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from bench.endpoint.estate import CALLER, Estate
from bench.endpoint.resources.roles import role_name, unique_id
from bench.endpoint.scramble import BASE32, Scramble, digest, read, write

_TOKEN_START = "IQoJb3JpZ2luX2Vj"
_TOKEN_LENGTH = 700
"""About as long as AWS's tokens, because every request carries one."""


@dataclass(frozen=True)
class Identity:
    """Who makes a call."""

    account: int
    arn: str
    user_id: str
    issued: float = 0.0
    """When the session began; 0: no session."""
    expires: float = 0.0


class Keyring:
    """All access keys of an estate: of a user in every account, and of the sessions of its reader."""

    def __init__(self, estate: Estate) -> None:
        """Nothing is stored: keys and tokens are computed, and checked by computing them again."""
        self._estate = estate
        self._keys = Scramble(80, estate.seed, "access key")
        self._serials = itertools.count(1)
        self._secret = digest("secret", estate.seed)
        self.session_of = lru_cache(10_000)(self._session_of)

    def of_user(self, account: int) -> tuple[str, str]:
        """Access key and secret of the auditing user in an account."""
        access_key = self._access_key("AKIA", account, 0)
        return access_key, self.secret(access_key)

    def secret(self, access_key: str) -> str:
        """The secret that belongs to an access key."""
        return base64.b64encode(hmac.digest(self._secret, access_key.encode(), "sha256")[:30]).decode()

    def begin(
        self, account: int, role: int, name: str, now: float, seconds: float
    ) -> dict[str, str | datetime]:
        """Credentials of a new session of a role."""
        access_key = self._access_key("ASIA", account, next(self._serials))
        known = {"key": access_key, "role": role, "name": name, "from": now, "to": now + seconds}
        body = base64.b64encode(json.dumps(known).encode()).decode()
        seal = hmac.digest(self._secret, body.encode(), "sha256").hex()
        token = f"{_TOKEN_START}{seal}{body}"
        padding = base64.b64encode(digest(token) * 20).decode()[: max(_TOKEN_LENGTH - len(token) - 1, 0)]
        return {
            "AccessKeyId": access_key,
            "SecretAccessKey": self.secret(access_key),
            "SessionToken": f"{token}.{padding}",
            "Expiration": datetime.fromtimestamp(int(now + seconds), UTC),
        }

    def identify(self, access_key: str, token: str) -> Identity | None:
        """Who has this key and, for a session, this token; None: nobody."""
        if access_key.startswith("ASIA"):
            identity: Identity | None = self.session_of(access_key, token)
            return identity
        account = self._account(access_key)
        if account is None or token or self.of_user(account)[0] != access_key:
            return None
        arn = f"arn:aws:iam::{self._estate.account_id(account)}:user/{CALLER}"
        return Identity(account, arn, unique_id("AIDA", self._estate.seed, account, 0))

    def _access_key(self, prefix: str, account: int, serial: int) -> str:
        return prefix + write(self._keys.forward(account << 40 | serial), 16, BASE32)

    def _account(self, access_key: str) -> int | None:
        try:
            account = self._keys.back(read(access_key[4:], BASE32)) >> 40
        except ValueError:
            return None
        return account if len(access_key) == 20 and account < self._estate.accounts else None

    def _session_of(self, access_key: str, token: str) -> Identity | None:
        account = self._account(access_key)
        if account is None or not token.startswith(_TOKEN_START):
            return None
        start = len(_TOKEN_START)
        seal, body = token[start : start + 64], token[start + 64 :].partition(".")[0]
        if not hmac.compare_digest(seal, hmac.digest(self._secret, body.encode(), "sha256").hex()):
            return None
        known: dict[str, Any] = json.loads(base64.b64decode(body))
        if known["key"] != access_key:
            return None
        name = f"{role_name(known['role'])}/{known['name']}"
        arn = f"arn:aws:sts::{self._estate.account_id(account)}:assumed-role/{name}"
        user_id = f"{unique_id('AROA', self._estate.seed, account, known['role'])}:{known['name']}"
        return Identity(account, arn, user_id, known["from"], known["to"])
