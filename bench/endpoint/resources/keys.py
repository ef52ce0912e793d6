"""KMS keys, their ids, and what hangs on them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum
from functools import lru_cache
from typing import Any

from bench.endpoint.estate import Estate
from bench.endpoint.resources.documents import other_account
from bench.endpoint.resources.roles import role_arn
from bench.endpoint.resources.when import when
from bench.endpoint.scramble import Scramble, digest, write

SERVICES = ("s3", "ebs", "rds", "lambda", "secretsmanager", "sns", "sqs", "dynamodb", "backup", "glue")
"""Those that have an AWS managed key, in the order in which an account gets them."""
UNUSED_SERVICES = ("redshift", "elasticfilesystem")
"""Those whose alias exists while their key does not."""


class Manager(IntEnum):
    """Whose key it is."""

    CUSTOMER = 0
    AWS = 1


class Kind(IntEnum):
    """What a customer key is: by its index, twenty by twenty."""

    IMPORTED = 0
    IN_CUSTOM_STORE = 1
    SIGNING = 2
    HMAC = 3
    MULTI_REGION = 4
    DISABLED = 5
    PENDING_DELETION = 6
    PENDING_IMPORT = 7
    PLAIN = 8

    @classmethod
    def of(cls, index: int) -> Kind:
        """The kind of the key with that index: of twenty, twelve are plain."""
        return cls(min(index % 20, cls.PLAIN))


ROTATABLE = frozenset(Kind) - {Kind.IN_CUSTOM_STORE, Kind.SIGNING, Kind.HMAC}
"""Kinds with symmetric material in KMS: their key materials can be listed."""
WITH_STATUS = ROTATABLE - {Kind.PENDING_DELETION, Kind.PENDING_IMPORT}
"""Kinds whose rotation status can be asked."""


@dataclass(frozen=True)
class Key:
    """One key, by its place in the estate."""

    account: int
    region: int
    index: int
    manager: Manager = Manager.CUSTOMER

    @property
    def kind(self) -> Kind:
        """What it is, if it is a customer key."""
        return Kind.PLAIN if self.manager is Manager.AWS else Kind.of(self.index)


@lru_cache(8)
def _uuids(seed: int) -> Scramble:
    return Scramble(122, seed, "key")


def count(estate: Estate, account: int, region: int) -> int:
    """How many keys an account has in a region."""
    return estate.keys_in(account, region) + managed(estate)


def key_at(estate: Estate, account: int, region: int, place: int) -> Key:
    """The key at a place in the listing: the customer's come first."""
    own = estate.keys_in(account, region)
    return Key(account, region, place) if place < own else Key(account, region, place - own, Manager.AWS)


def keys(estate: Estate, account: int, region: int) -> Iterator[Key]:
    """All keys of an account and region."""
    return (key_at(estate, account, region, n) for n in range(count(estate, account, region)))


def managed(estate: Estate) -> int:
    """How many AWS managed keys an account has in a region."""
    return min(estate.managed_keys, len(SERVICES))


def key_id(estate: Estate, key: Key) -> str:
    """A UUID, or `mrk-` and 32 digits; copies of a multi-Region key share it."""
    multi = key.kind is Kind.MULTI_REGION
    region = 0 if multi else key.region
    place = (((key.account << 6 | region) << 1 | key.manager) << 1 | multi) << 32 | key.index
    value = _uuids(estate.seed).forward(place)
    if multi:
        return f"mrk-{value:032x}"
    high, middle, low = value >> 74, value >> 62 & 0xFFF, value & (1 << 62) - 1
    return str(uuid.UUID(int=high << 80 | 4 << 76 | middle << 64 | 2 << 62 | low))


def key_of(estate: Estate, identifier: str, region: int) -> Key | None:
    """The key in a region that has the id; None: there is none."""
    try:
        if identifier.startswith("mrk-"):
            value = int(identifier[4:], 16)
        else:
            number = uuid.UUID(identifier).int
            value = (number >> 80) << 74 | (number >> 64 & 0xFFF) << 62 | number & (1 << 62) - 1
    except ValueError:
        return None
    if value >> 122:
        return None
    place = _uuids(estate.seed).back(value)
    multi, manager = place >> 32 & 1, Manager(place >> 33 & 1)
    account = place >> 40
    home = region if multi else place >> 34 & 63
    key = Key(account, home, place & 0xFFFFFFFF, manager)
    if home != region or account >= estate.accounts or key_id(estate, key) != identifier:
        return None
    count = managed(estate) if manager is Manager.AWS else estate.keys_in(account, home)
    return key if key.index < count else None


def key_arn(estate: Estate, key: Key, region: int | None = None) -> str:
    """The ARN of a key, or of its copy in another region."""
    name = estate.region_names[key.region if region is None else region]
    return f"arn:aws:kms:{name}:{estate.account_id(key.account)}:key/{key_id(estate, key)}"


def material_id(estate: Estate, key: Key, version: int = 0) -> str:
    """64 hexadecimal digits."""
    return digest("material", estate.seed, key.account, key.region, key.manager, key.index, version).hex()


def store_id(estate: Estate, account: int, region: int) -> str:
    """The id of an account's custom key store in a region."""
    return "cks-" + digest("store", estate.seed, account, region).hex()[:17]


def cluster_id(estate: Estate, account: int, region: int) -> str:
    """The id of the CloudHSM cluster behind it."""
    return "cluster-" + write(int.from_bytes(digest("cluster", estate.seed, account, region)[:7], "big"), 11)


def alias_count(estate: Estate, account: int, region: int) -> int:
    """One for every key, and those of services that have no key yet."""
    return count(estate, account, region) + (len(UNUSED_SERVICES) if managed(estate) else 0)


def alias_at(estate: Estate, account: int, region: int, place: int) -> dict[str, Any]:
    """The alias at a place in the listing."""
    prefix = f"arn:aws:kms:{estate.region_names[region]}:{estate.account_id(account)}:"
    unused = place - count(estate, account, region)
    if unused >= 0:
        name = f"alias/aws/{UNUSED_SERVICES[unused]}"
        return {"AliasName": name, "AliasArn": prefix + name}
    return alias_of(estate, key_at(estate, account, region, place))


def alias_of(estate: Estate, key: Key) -> dict[str, Any]:
    """The alias that points to a key."""
    name, created = alias_name(key), when(estate.seed, "key", key.account, key.index)
    region = estate.region_names[key.region]
    return {
        "AliasName": name,
        "AliasArn": f"arn:aws:kms:{region}:{estate.account_id(key.account)}:{name}",
        "TargetKeyId": key_id(estate, key),
        "CreationDate": created,
        "LastUpdatedDate": created,
    }


def alias_name(key: Key) -> str:
    """The name of that alias."""
    return f"alias/aws/{SERVICES[key.index]}" if key.manager is Manager.AWS else f"alias/app-{key.index:05d}"


def grant(estate: Estate, key: Key, number: int) -> dict[str, Any]:
    """One of a key's grants: to a role of the account, every fourth to one of another account."""
    outside = number % 4 == 3
    account = other_account(estate, key.account, "grant", key.index, number) if outside else key.account
    found: dict[str, Any] = {
        "KeyId": key_arn(estate, key),
        "GrantId": digest("grant", estate.seed, key.account, key.region, key.index, number).hex(),
        "Name": f"grant-{number:05d}",
        "CreationDate": when(estate.seed, "grant", key.account, key.index, number),
        "GranteePrincipal": role_arn(estate, account, (key.index + number) % estate.roles),
        "RetiringPrincipal": role_arn(estate, key.account, 0),
        "IssuingAccount": f"arn:aws:iam::{estate.account_id(key.account)}:root",
        "Operations": ["Decrypt", "GenerateDataKey", "DescribeKey"],
    }
    if key.kind is Kind.SIGNING:
        found["Operations"] = ["Sign", "Verify", "GetPublicKey"]
    elif key.kind is Kind.HMAC:
        found["Operations"] = ["GenerateMac", "VerifyMac"]
    elif number % 2:
        found["Constraints"] = {"EncryptionContextSubset": {"team": f"team-{number % 7}"}}
    return found


def rotations(estate: Estate, key: Key, materials: bool) -> list[dict[str, Any]]:
    """The rotations of a key, by default; all its materials, if these are asked for."""
    arn, created = key_arn(estate, key), when(estate.seed, "key", key.account, key.index)
    if key.kind is Kind.PENDING_IMPORT:
        return []
    if key.kind is Kind.IMPORTED:
        material = {
            "KeyId": arn,
            "KeyMaterialId": material_id(estate, key),
            "ImportState": "IMPORTED",
            "KeyMaterialState": "CURRENT",
            "ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE",
        }
        return [material] if materials else []
    count = key.index % 3
    found = []
    for version in range(count + 1):
        entry: dict[str, Any] = {"KeyId": arn, "KeyMaterialId": material_id(estate, key, version)}
        entry["KeyMaterialState"] = "CURRENT" if version == count else "NON_CURRENT"
        if version:
            entry["RotationDate"] = created + timedelta(days=100 * version)
            entry["RotationType"] = "ON_DEMAND" if version == 2 else "AUTOMATIC"
        if version or materials:
            found.append(entry)
    return found
