"""Fake credentials: access keys that belong to an account of the fake AWS."""

from __future__ import annotations

from moto.iam.models import AccessKey, iam_backends

_SECRET = "not-a-secret-just-a-demonstration-000000"


def register_root_key(account_id: str) -> tuple[str, str]:
    """The access key id and secret of the account's root user."""
    access_key = _access_key(account_id, None, f"AKIADEMO{account_id}")
    iam_backends[account_id]["aws"].access_keys[access_key.access_key_id] = access_key
    return access_key.access_key_id, _SECRET


def register_user_key(account_id: str, user_name: str) -> tuple[str, str]:
    """The access key id and secret of an IAM user that exists."""
    backend = iam_backends[account_id]["aws"]
    access_keys = backend.get_user(user_name).access_keys
    if not access_keys:
        access_key = _access_key(account_id, user_name, f"AKIAUSER{account_id}")
        access_keys.append(access_key)
        backend.access_keys[access_key.access_key_id] = access_key
    return access_keys[0].access_key_id, access_keys[0].secret_access_key


def _access_key(account_id: str, user_name: str | None, key_id: str) -> AccessKey:
    access_key = AccessKey(user_name, "AKIA", account_id)  # type: ignore[abstract]
    access_key.access_key_id = key_id
    access_key.secret_access_key = _SECRET
    return access_key
