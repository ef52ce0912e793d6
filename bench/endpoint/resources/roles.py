"""Names, paths and ids of what IAM has: roles, users, groups and policies, by their indexes."""

from __future__ import annotations

import re

from bench.endpoint.estate import CALLER, READER, Estate
from bench.endpoint.scramble import BASE32, digest, write

_TEAMS = ("orders", "billing", "search", "payments", "ledger", "reports", "ingest", "mobile", "web", "ml")


def role_name(role: int) -> str:
    """The name of a role; the first is the reader."""
    return READER.rpartition("/")[2] if role == 0 else f"{_TEAMS[role % len(_TEAMS)]}-service-{role:05d}"


def role_path(role: int) -> str:
    """The path of a role."""
    return f"/{READER.rpartition('/')[0]}/" if role == 0 else "/service-role/" if role % 10 == 0 else "/"


def role_arn(estate: Estate, account: int, role: int) -> str:
    """The ARN of a role, its path included."""
    return f"arn:aws:iam::{estate.account_id(account)}:role{role_path(role)}{role_name(role)}"


def user_name(user: int) -> str:
    """The name of a user; the first is the caller."""
    return CALLER if user == 0 else f"{_TEAMS[user % len(_TEAMS)]}-user-{user:05d}"


def group_name(group: int) -> str:
    """The name of a group."""
    return f"{_TEAMS[group % len(_TEAMS)]}-group-{group:05d}"


def policy_name(policy: int) -> str:
    """The name of a managed policy."""
    return f"{_TEAMS[policy % len(_TEAMS)]}-policy-{policy:05d}"


def index_of(name: str, name_of: object, count: int) -> int | None:
    """Which of `count` things has the name that `name_of` would give it."""
    found = re.search(r"-(\d{5,})$", name)
    index = int(found[1]) if found else 0
    return index if index < count and name_of(index) == name else None  # type: ignore[operator]


def unique_id(prefix: str, *parts: object) -> str:
    """An id as AROA..., AIDA..., ANPA...: 21 characters."""
    return prefix + write(int.from_bytes(digest("unique", prefix, *parts)[:12], "big"), 17, BASE32)
