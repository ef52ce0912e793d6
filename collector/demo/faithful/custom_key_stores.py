"""Custom key stores: moto has none, and accepts keys in stores that do not exist."""

from __future__ import annotations

import json
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.core.utils import unix_time
from moto.kms.models import Key, KmsBackend, kms_backends
from moto.kms.responses import KmsResponse
from moto.moto_api._internal import mock_random


def stores(backend: KmsBackend) -> dict[str, dict[str, Any]]:
    """The stores of an account and region, by id."""
    return backend.__dict__.setdefault("stores_beyond_moto", {})  # type: ignore[no-any-return]


def store_of(key: Key) -> dict[str, Any] | None:
    """The store that holds a key, if one does."""
    store_id = key.__dict__.get("metadata_beyond_moto", {}).get("CustomKeyStoreId")
    return stores(kms_backends[key.account_id][key.region]).get(store_id) if store_id else None


def _create(response: KmsResponse) -> str:
    store_id = f"cks-{mock_random.get_random_hex(17)}"
    members = ("CustomKeyStoreName", "CloudHsmClusterId", "TrustAnchorCertificate")
    store = {member: response._get_param(member) for member in members}
    store["CustomKeyStoreType"] = response._get_param("CustomKeyStoreType") or "AWS_CLOUDHSM"
    if store["CustomKeyStoreType"] == "EXTERNAL_KEY_STORE":
        store["XksProxyConfiguration"] = {
            "Connectivity": response._get_param("XksProxyConnectivity"),
            "UriEndpoint": response._get_param("XksProxyUriEndpoint"),
            "UriPath": response._get_param("XksProxyUriPath"),
            "AccessKeyId": (response._get_param("XksProxyAuthenticationCredential") or {}).get("AccessKeyId"),
        }
    stores(response.kms_backend)[store_id] = {
        "CustomKeyStoreId": store_id,
        "ConnectionState": "DISCONNECTED",
        "CreationDate": unix_time(),
        **{member: value for member, value in store.items() if value is not None},
    }
    return json.dumps({"CustomKeyStoreId": store_id})


def _describe(response: KmsResponse) -> str:
    asked = {member: response._get_param(member) for member in ("CustomKeyStoreId", "CustomKeyStoreName")}
    asked = {member: value for member, value in asked.items() if value}
    found = [
        store
        for store in stores(response.kms_backend).values()
        if all(store[member] == value for member, value in asked.items())
    ]
    if asked and not found:
        raise JsonRESTError("CustomKeyStoreNotFoundException", "")
    return json.dumps({"CustomKeyStores": found, "Truncated": False})


def _connect(response: KmsResponse) -> str:
    return _set_state(response, "CONNECTED")


def _disconnect(response: KmsResponse) -> str:
    return _set_state(response, "DISCONNECTED")


def _set_state(response: KmsResponse, state: str) -> str:
    store_id = response._get_param("CustomKeyStoreId")
    store = stores(response.kms_backend).get(store_id)
    if store is None:
        raise JsonRESTError("CustomKeyStoreNotFoundException", f"{store_id} does not exist")
    store["ConnectionState"] = state
    return "{}"


REPLACEMENTS: list[tuple[Any, str, Any]] = [
    (KmsResponse, "create_custom_key_store", _create),
    (KmsResponse, "describe_custom_key_stores", _describe),
    (KmsResponse, "connect_custom_key_store", _connect),
    (KmsResponse, "disconnect_custom_key_store", _disconnect),
]
