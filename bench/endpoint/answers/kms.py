"""KMS: every read of keys, and of what hangs on them."""

from __future__ import annotations

import re
from typing import Any

from bench.endpoint.answers.call import Call
from bench.endpoint.paging import Paging
from bench.endpoint.refusal import Refusal
from bench.endpoint.resources import key_metadata, keys
from bench.endpoint.resources.documents import key_policy, managed_key_policy
from bench.endpoint.resources.keys import Key, Manager

_TOKENS = {"given": "Marker", "returned": "NextMarker", "truncated": "Truncated", "limit": "Limit"}
_KEYS = Paging(**_TOKENS, default=100, most=1000)
_ALIASES = Paging(**_TOKENS, default=50, most=100)
_GRANTS = Paging(**_TOKENS, default=50, most=100)
_TAGS = Paging(**_TOKENS, default=50, most=50)
_POLICIES = Paging(**_TOKENS, default=100, most=1000)
_ROTATIONS = Paging(**_TOKENS, default=100, most=1000)
_STORES = Paging(**_TOKENS, default=1000, most=1000)
_ARN = re.compile(r"arn:aws:kms:([^:]+):(\d{12}):(key|alias)/(.+)")


def _paged(call: Call, paging: Paging, count: int, item: Any, name: str) -> dict[str, Any]:
    items, rest = call.page(
        paging, count, item, lambda: Refusal("InvalidMarkerException", "Could not deserialize")
    )
    return {name: items, **rest}


def _no_key(call: Call, text: str) -> Refusal:
    arn = text if text.startswith("arn:") else f"arn:aws:kms:{call.region}:{call.account_id}:key/{text}"
    kind = "Alias" if ":alias/" in arn else "Key"
    return Refusal("NotFoundException", f"{kind} '{arn}' does not exist")


def _key(call: Call, by_alias: bool = False) -> Key:
    """The key that the call is about. Raises Refusal if there is none, or if it is another account's."""
    text = call.params.get("KeyId")
    if not text:
        raise call.refusal(
            "invalid",
            "1 validation error detected: Value null at 'keyId' failed to satisfy "
            "constraint: Member must not be null",
        )
    found = _ARN.fullmatch(text)
    region, account_id, kind, name = found.groups() if found else (call.region, call.account_id, "key", text)
    if not found and text.startswith("alias/"):
        kind, name = "alias", text[6:]
    if call.region_index is None or region != call.region:
        raise _no_key(call, text)
    if kind == "alias":
        key = _by_alias(call, name) if by_alias else None
    else:
        key = keys.key_of(call.estate, name, call.region_index)
    if key is None:
        raise _no_key(call, text)
    if call.estate.account_id(key.account) != account_id or key.account != call.account:
        if found and account_id != call.account_id:
            raise call.denied(f"kms:{call.operation}", text)
        raise _no_key(call, text)
    return key


def _by_alias(call: Call, name: str) -> Key | None:
    assert call.region_index is not None
    at = call.account, call.region_index
    if name.startswith("aws/"):
        known = keys.SERVICES[: keys.managed(call.estate)]
        return Key(*at, known.index(name[4:]), Manager.AWS) if name[4:] in known else None
    number = re.fullmatch(r"app-(\d{5,})", name)
    return Key(*at, int(number[1])) if number and int(number[1]) < call.estate.keys_in(*at) else None


def list_keys(call: Call) -> dict[str, Any]:
    """Every key of the account and region."""
    estate, account, region = call.estate, call.account, call.region_index
    if region is None:
        return _paged(call, _KEYS, 0, str, "Keys")

    def entry(n: int) -> dict[str, str]:
        key = keys.key_at(estate, account, region, n)
        return {"KeyId": keys.key_id(estate, key), "KeyArn": keys.key_arn(estate, key)}

    return _paged(call, _KEYS, keys.count(estate, account, region), entry, "Keys")


def describe_key(call: Call) -> dict[str, Any]:
    """A key, by its id, ARN or alias."""
    return {"KeyMetadata": key_metadata.metadata(call.estate, _key(call, by_alias=True))}


def get_key_policy(call: Call) -> dict[str, Any]:
    """A key's only policy, `default`."""
    key = _key(call)
    if call.params.get("PolicyName", "default") != "default":
        raise Refusal("NotFoundException", "No such policy exists")
    if key.manager is Manager.AWS:
        document = managed_key_policy(call.estate, key.account, key.region, keys.SERVICES[key.index])
    else:
        document = key_policy(call.estate, key.account, key.region, key.index)
    return {"Policy": document, "PolicyName": "default"}


def list_key_policies(call: Call) -> dict[str, Any]:
    """The name of a key's only policy."""
    _key(call)
    return _paged(call, _POLICIES, 1, lambda _: "default", "PolicyNames")


def _can_rotate(call: Call) -> Key:
    key = _key(call)
    if key.kind not in keys.ROTATABLE:
        arn = keys.key_arn(call.estate, key)
        raise Refusal("UnsupportedOperationException", f"{arn} does not support rotation.")
    return key


def get_key_rotation_status(call: Call) -> dict[str, Any]:
    """Whether a key rotates."""
    return key_metadata.rotation_status(call.estate, _can_rotate(call))


def list_key_rotations(call: Call) -> dict[str, Any]:
    """Rotations of a key, or all its materials."""
    key, which = _can_rotate(call), call.params.get("IncludeKeyMaterial", "ROTATIONS_ONLY")
    found = keys.rotations(call.estate, key, which == "ALL_KEY_MATERIAL")
    return _paged(call, _ROTATIONS, len(found), found.__getitem__, "Rotations")


def list_grants(call: Call) -> dict[str, Any]:
    """Grants of a key; of AWS managed keys there are none."""
    key, estate = _key(call), call.estate
    count = 0 if key.manager is Manager.AWS else estate.grants_on(key.account, key.region, key.index)
    filters = {name: call.params[name] for name in ("GrantId", "GranteePrincipal") if name in call.params}
    if not filters:
        return _paged(call, _GRANTS, count, lambda n: keys.grant(estate, key, n), "Grants")
    every = (keys.grant(estate, key, n) for n in range(count))
    found = [grant for grant in every if all(grant[name] == value for name, value in filters.items())]
    return _paged(call, _GRANTS, len(found), found.__getitem__, "Grants")


def list_resource_tags(call: Call) -> dict[str, Any]:
    """Tags of a key; AWS managed keys have none."""
    key = _key(call)
    count = 0 if key.manager is Manager.AWS else call.estate.tags_per_key

    def tag(n: int) -> dict[str, str]:
        return {"TagKey": f"tag-{n:02d}", "TagValue": f"value-{(key.index + n) % 10}"}

    return _paged(call, _TAGS, count, tag, "Tags")


def list_aliases(call: Call) -> dict[str, Any]:
    """Aliases of the account and region, or the only one of a key."""
    estate, account, region = call.estate, call.account, call.region_index
    if "KeyId" in call.params:
        alias = keys.alias_of(estate, _key(call))
        return _paged(call, _ALIASES, 1, lambda _: alias, "Aliases")
    if region is None:
        return _paged(call, _ALIASES, 0, str, "Aliases")
    count = keys.alias_count(estate, account, region)
    return _paged(call, _ALIASES, count, lambda n: keys.alias_at(estate, account, region, n), "Aliases")


def describe_custom_key_stores(call: Call) -> dict[str, Any]:
    """The account's only custom key store in a region that has keys."""
    here = call.region_index is not None and call.estate.keys_in(call.account, call.region_index)
    found = [key_metadata.custom_store(call.estate, call.account, call.region_index)] if here else []
    for parameter in ("CustomKeyStoreId", "CustomKeyStoreName"):
        if wanted := call.params.get(parameter):
            found = [store for store in found if store[parameter] == wanted]
            if not found:
                raise Refusal("CustomKeyStoreNotFoundException", f"No custom key store {wanted}")
    return _paged(call, _STORES, len(found), found.__getitem__, "CustomKeyStores")


def get_key_last_usage(call: Call) -> dict[str, Any]:
    """When a key was last used."""
    return key_metadata.last_usage(call.estate, _key(call))


OPERATIONS = {
    "ListKeys": list_keys,
    "DescribeKey": describe_key,
    "GetKeyPolicy": get_key_policy,
    "ListKeyPolicies": list_key_policies,
    "GetKeyRotationStatus": get_key_rotation_status,
    "ListKeyRotations": list_key_rotations,
    "ListGrants": list_grants,
    "ListResourceTags": list_resource_tags,
    "ListAliases": list_aliases,
    "DescribeCustomKeyStores": describe_custom_key_stores,
    "GetKeyLastUsage": get_key_last_usage,
}
