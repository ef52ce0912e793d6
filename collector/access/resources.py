"""Buckets, access points and keys, with what decides about access to them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import msgspec

from collector.access import Ask
from collector.access.documents import Parser, Policies
from collector.access.gaps import Gaps
from collector.policy.grammar import Where
from collector.policy.grants import Grant, grant

_BUCKETS = """
select
  b.arn, b.name, b.account_id, b.region, b.sse_algorithm, r.reference, r.reference_kind, r.key_arn,
  b.bucket_key_enabled, b.object_ownership,
  b.has_policy, p.policy, b.policy_is_public, greatest(b.restrict_public_buckets, a.restrict_public_buckets)
    as restricted, b.restrict_public_buckets is null or a.restrict_public_buckets is null as restricted_unread
from aws_s3_buckets b
left join key_references r
  on r.resource_arn = b.arn and r.table_name = 'aws_s3_buckets' and r.attribute = 'default_encryption'
left join aws_s3_bucket_policies p on p.account_id = b.account_id and p.bucket_arn = b.arn
left join aws_s3_accounts a on a.account_id = b.account_id
order by b.arn
"""

_ACCESS_POINTS = """
select
  p.arn, p.name, p.account_id, p.region, p.bucket, p.network_origin, p.has_policy, p.policy_text,
  p.policy_is_public, greatest(p.restrict_public_buckets, a.restrict_public_buckets) as restricted,
  p.restrict_public_buckets is null or a.restrict_public_buckets is null as restricted_unread
from aws_s3_access_points p
left join aws_s3_accounts a on a.account_id = p.account_id
order by p.arn
"""

_KEYS = """
select
  k.arn, k.account_id, k.region, k.key_manager, k.key_state, k.key_spec, k.key_usage, k.origin,
  k.multi_region, k.tags::varchar, p.policy_text
from aws_kms_keys k
left join aws_kms_key_policies p on p.account_id = k.account_id and p.key_arn = k.arn and p.name = 'default'
order by k.arn
"""

_ALIASES = """
select
  account_id, region, alias_name,
  'arn:' || split_part(arn, ':', 2) || ':kms:' || region || ':' || account_id || ':key/' || target_key_id
from aws_kms_aliases
where target_key_id is not null
order by all
"""


@dataclass(frozen=True, slots=True, eq=False)
class Door:
    """What the policies on S3's side say: of a bucket, or of an access point."""

    arn: str
    account_id: str
    region: str
    policies: Policies | None
    """None: there is no policy."""
    public: bool | None
    """Whether S3 takes its policy for public. None: not known."""
    restricted: bool | None
    """RestrictPublicBuckets, of its own or of the account. None: not known."""


@dataclass(frozen=True, slots=True, eq=False)
class Bucket:
    """A bucket and its default encryption."""

    door: Door
    name: str
    sse_algorithm: str | None
    key_reference: str | None
    reference_kind: str | None
    key_arn: str | None
    bucket_key: bool | None
    object_ownership: str | None


@dataclass(frozen=True, slots=True, eq=False)
class AccessPoint:
    """A further door to a bucket."""

    door: Door
    bucket_arn: str
    network_origin: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Key:
    """A collected KMS key."""

    arn: str
    account_id: str
    region: str
    manager: str | None
    state: str | None
    spec: str | None
    usage: str | None
    origin: str | None
    multi_region: bool | None
    tags: dict[str, str] | None
    policies: Policies
    grants: tuple[Grant, ...]
    grants_unread: bool
    aliases: tuple[str, ...]


def buckets(ask: Ask, gaps: Gaps, parser: Parser) -> list[Bucket]:
    """Every bucket, in the order of the ARNs."""
    found = []
    for row in ask(_BUCKETS):
        arn, name, account, region, algorithm, reference, kind, key_arn, bucket_key, ownership = row[:10]
        tables = ("aws_s3_buckets", "aws_s3_bucket_policies")
        door = _door(gaps, parser, (arn, account, region), tables, row[10:])
        current = (
            gaps.listed("aws_s3_buckets", account)
            and gaps.answered("aws_s3_buckets", arn, "sse_algorithm")
            and gaps.listed("aws_s3_bucket_encryption_rules", account)
            and gaps.answered("aws_s3_bucket_encryption_rules", arn)
        )
        encryption = algorithm if current else None
        found.append(Bucket(door, name, encryption, reference, kind, key_arn, bucket_key, ownership))
    return found


def access_points(ask: Ask, gaps: Gaps, parser: Parser) -> list[AccessPoint]:
    """Every access point, in the order of the ARNs."""
    found = []
    for row in ask(_ACCESS_POINTS):
        arn, _, account, region, bucket, network_origin = row[:6]
        tables = ("aws_s3_access_points", "aws_s3_access_points")
        door = _door(gaps, parser, (arn, account, region), tables, row[6:])
        partition = arn.split(":")[1]
        found.append(AccessPoint(door, f"arn:{partition}:s3:::{bucket}", network_origin))
    return found


def keys(ask: Ask, gaps: Gaps, parser: Parser) -> dict[str, Key]:
    """Every key by ARN, in the order of the ARNs."""
    grants, broken = _grants(ask)
    names: dict[str, list[str]] = defaultdict(list)
    for _, _, name, arn in ask(_ALIASES):
        names[arn].append(name)
    found = {}
    for row in ask(_KEYS):
        arn, account, region, manager, state, spec, usage, origin, multi_region, tags, text = row
        if not gaps.listed("aws_kms_keys", account, region) or not gaps.answered(
            "aws_kms_keys", arn, "key_state"
        ):
            manager = state = None
        readable = gaps.listed("aws_kms_key_policies", account, region) and gaps.answered(
            "aws_kms_key_policies", arn
        )
        listed = gaps.listed("aws_kms_key_grants", account, region)
        found[arn] = Key(
            arn=arn,
            account_id=account,
            region=region,
            manager=manager,
            state=state,
            spec=spec,
            usage=usage,
            origin=origin,
            multi_region=multi_region,
            tags=msgspec.json.decode(tags) if tags else None,
            policies=parser.policies(Where.RESOURCE, [(arn, text)], not readable),
            grants=tuple(grants.get(arn, ())),
            grants_unread=arn in broken or not listed or not gaps.answered("aws_kms_key_grants", arn),
            aliases=tuple(names.get(arn, ())),
        )
    return found


def aliases(ask: Ask) -> dict[tuple[str, str, str], str]:
    """Account, region and name of every alias -> the key that it leads to."""
    found = ask(_ALIASES)
    return {(account, region, name): arn for account, region, name, arn in found}


def _door(
    gaps: Gaps, parser: Parser, place: tuple[str, str, str], tables: tuple[str, str], row: tuple[Any, ...]
) -> Door:
    """`tables`: the one that lists it, and the one that has its policy."""
    arn, account_id, region = place
    table, with_policy = tables
    has_policy, text, public, restricted, restricted_unread = row
    listed = (gaps.listed(each, account_id) or gaps.listed(each, account_id, region) for each in tables)
    read = all(listed) and gaps.answered(with_policy, arn) and gaps.answered(table, arn, "has_policy")
    unread = has_policy is None or not read
    policies = None
    if unread or has_policy:
        texts = [(arn, text)] if text is not None or has_policy else []
        policies = parser.policies(Where.RESOURCE, texts, unread)
    if not gaps.answered(table, arn, "policy_is_public"):
        public = None
    stale = not gaps.answered(table, arn, "restrict_public_buckets")
    if restricted_unread or stale or not gaps.listed("aws_s3_accounts", account_id):
        restricted = True if restricted and not stale else None
    return Door(arn, account_id, region, policies, False if has_policy is False else public, restricted)


def _grants(ask: Ask) -> tuple[dict[str, list[Grant]], set[str]]:
    """The grants of each key, and the keys of which one is not understood."""
    found: dict[str, list[Grant]] = defaultdict(list)
    broken = set()
    for key_arn, raw in ask(
        "select key_arn, raw::varchar from aws_kms_key_grants order by key_arn, grant_id"
    ):
        try:
            found[key_arn].append(grant(msgspec.json.decode(raw)))
        except ValueError:
            broken.add(key_arn)
    return found, broken


def unseen(arn: str) -> Key | None:
    """What is known of a key that was not collected: where it is. None: it is no ARN, S3 takes any text."""
    fields = arn.split(":", 5)
    if len(fields) < 6:
        return None
    return Key(
        arn=arn,
        account_id=fields[4],
        region=fields[3],
        manager=None,
        state=None,
        spec=None,
        usage=None,
        origin=None,
        multi_region=None,
        tags=None,
        policies=Policies(unread=True),
        grants=(),
        grants_unread=True,
        aliases=(),
    )
