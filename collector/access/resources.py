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
where b.account_id in (select unnest($accounts::varchar[])) or b.arn in (select unnest($arns::varchar[]))
order by b.account_id, b.arn
"""

_ACCESS_POINTS = """
select
  p.arn, p.name, p.account_id, p.region, p.bucket, p.network_origin, p.has_policy, p.policy_text,
  p.policy_is_public, greatest(p.restrict_public_buckets, a.restrict_public_buckets) as restricted,
  p.restrict_public_buckets is null or a.restrict_public_buckets is null as restricted_unread
from aws_s3_access_points p
left join aws_s3_accounts a on a.account_id = p.account_id
where p.bucket in (
  select name from aws_s3_buckets
  where account_id in (select unnest($accounts::varchar[])) or arn in (select unnest($arns::varchar[]))
)
order by p.arn
"""

_KEYS = """
select
  k.arn, k.account_id, k.region, k.key_manager, k.key_state, k.key_spec, k.key_usage, k.origin,
  k.multi_region, k.tags::varchar, p.policy_text
from aws_kms_keys k
left join aws_kms_key_policies p on p.account_id = k.account_id and p.key_arn = k.arn and p.name = 'default'
where k.account_id in (select unnest($accounts::varchar[])) or k.arn in (select unnest($arns::varchar[]))
order by k.account_id, k.arn
"""

_ALIASES = """
from (
  select
    account_id, region, alias_name,
    concat_ws(':', 'arn', split_part(arn, ':', 2), 'kms', region, account_id, 'key/' || target_key_id)
      as key_arn
  from aws_kms_aliases
  where target_key_id is not null
)
select alias_name, key_arn
"""
_OF_KEYS = """
where account_id in (select unnest($accounts::varchar[])) or key_arn in (select unnest($arns::varchar[]))
order by all
"""

_GRANTS = """
select key_arn, raw::varchar from aws_kms_key_grants
where account_id in (select unnest($accounts::varchar[])) or key_arn in (select unnest($arns::varchar[]))
order by key_arn, grant_id
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
class AccessPoint:
    """A further door to a bucket."""

    door: Door
    network_origin: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Bucket:
    """A bucket, its default encryption and all its doors."""

    door: Door
    points: tuple[AccessPoint, ...]
    name: str
    sse_algorithm: str | None
    key_reference: str | None
    reference_kind: str | None
    key_arn: str | None
    bucket_key: bool | None
    object_ownership: str | None


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


def buckets(ask: Ask, gaps: Gaps, accounts: list[str], arns: list[str]) -> dict[str, Bucket]:
    """The buckets of some accounts, and those with some ARNs, with their access points of any account."""
    parser, wanted = Parser(), {"accounts": accounts, "arns": arns}
    points = _access_points(ask, gaps, parser, wanted)
    found = {}
    for row in ask(_BUCKETS, wanted):
        arn, name, account, region, algorithm, reference, kind, key_arn, bucket_key, ownership = row[:10]
        tables = ("aws_s3_buckets", "aws_s3_bucket_policies")
        current = (
            gaps.listed("aws_s3_buckets", account)
            and gaps.answered("aws_s3_buckets", arn, "sse_algorithm")
            and gaps.listed("aws_s3_bucket_encryption_rules", account)
            and gaps.answered("aws_s3_bucket_encryption_rules", arn)
        )
        found[arn] = Bucket(
            door=_door(gaps, parser, (arn, account, region), tables, row[10:]),
            points=tuple(points.get(name, ())),
            name=name,
            sse_algorithm=algorithm if current else None,
            key_reference=reference,
            reference_kind=kind,
            key_arn=key_arn,
            bucket_key=bucket_key,
            object_ownership=ownership,
        )
    return found


def keys(ask: Ask, gaps: Gaps, accounts: list[str], arns: list[str]) -> dict[str, Key]:
    """The keys of some accounts, and those with some ARNs."""
    parser, wanted = Parser(), {"accounts": accounts, "arns": arns}
    grants, broken = _grants(ask, wanted)
    names: dict[str, list[str]] = defaultdict(list)
    for name, arn in ask(_ALIASES + _OF_KEYS, wanted):
        names[arn].append(name)
    found = {}
    for row in ask(_KEYS, wanted):
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


def key_of_alias(ask: Ask, account_id: str, region: str, name: str) -> str | None:
    """The ARN of the key that an alias leads to. None: there is no such alias, or it leads nowhere."""
    given = {"account": account_id, "region": region, "name": name}
    rows = ask(f"{_ALIASES} where account_id = $account and region = $region and alias_name = $name", given)
    return rows[0][1] if rows else None


def _access_points(
    ask: Ask, gaps: Gaps, parser: Parser, wanted: dict[str, list[str]]
) -> dict[str, list[AccessPoint]]:
    """The access points of buckets, by the bucket's name."""
    found: dict[str, list[AccessPoint]] = defaultdict(list)
    for row in ask(_ACCESS_POINTS, wanted):
        arn, _, account, region, bucket, network_origin = row[:6]
        tables = ("aws_s3_access_points", "aws_s3_access_points")
        door = _door(gaps, parser, (arn, account, region), tables, row[6:])
        found[bucket].append(AccessPoint(door, network_origin))
    return found


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


def _grants(ask: Ask, wanted: dict[str, list[str]]) -> tuple[dict[str, list[Grant]], set[str]]:
    """The grants of each key, and the keys of which one is not understood."""
    found: dict[str, list[Grant]] = defaultdict(list)
    broken = set()
    for key_arn, raw in ask(_GRANTS, wanted):
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
