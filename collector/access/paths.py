"""Every path across an account boundary: who reaches which bucket's objects, and what stands in the way."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import replace
from functools import lru_cache, partial

from collector.access.alike import OF_ACCESS, Alike, Speaking
from collector.access.candidates import of_access_point, of_bucket
from collector.access.encryption import Encryption, basis, default_key, encryption
from collector.access.granting import Naming
from collector.access.hops import Hops
from collector.access.path import KMS_LEGS, S3_LEGS, Legs, Path, best, public_access_block
from collector.access.people import Who
from collector.access.regions import allowed_to, merged, regions, spared
from collector.access.requests import READ, WRITE, Access
from collector.access.resources import AccessPoint, Bucket, Door, Key
from collector.access.told import Labels, labels
from collector.access.world import World
from collector.policy.grammar import Where
from collector.policy.leg import Verdict
from collector.policy.principal import Kind

_AT_ACCESS_POINT = {**S3_LEGS, "resource": "access_point_policy"}
_BEHIND = {"resource": "bucket_policy", "rcp": "s3_rcp"}


def paths(world: World, hops: Hops) -> Iterator[Path]:
    """Every path, bucket by bucket."""
    alike = Alike(world)
    for buckets in world.buckets.batches():
        world.keys.hold(bucket.key_arn for bucket in buckets if bucket.key_arn is not None)
        for bucket in buckets:
            yield from _to_bucket(world, hops, _Shared(world, alike, bucket))


def _to_bucket(world: World, hops: Hops, shared: _Shared) -> Iterator[Path]:
    bucket = shared.bucket
    key = default_key(world, bucket)
    for access in (READ, WRITE):
        roles = hops.roles(bucket, access)
        onward: dict[str, Path | None] = dict.fromkeys(role.arn for role in roles)
        verdicts: dict[str, str] = {}
        for who in of_bucket(world, bucket, key, access):
            direct = shared.path(who, access)
            verdicts[who.arn] = direct.legs.verdict
            if who.arn in onward:
                onward[who.arn] = direct
            yield direct
        for point in bucket.points:
            for who in of_access_point(world, point, bucket, access):
                yield shared.path(who, access, point)
        for role in roles:
            yield from _through(role, hops, onward[role.arn] or shared.path(role, access), verdicts)


class _Shared:
    """The paths to one bucket: those of principals whom nothing tells apart are decided once."""

    def __init__(self, world: World, alike: Alike, bucket: Bucket) -> None:
        self.bucket = bucket
        self._world, self._alike = world, alike
        doors = (bucket.door, *(point.door for point in bucket.points))
        policies = [door.policies for door in doors if door.policies is not None]
        documents = tuple(document for each in policies for document in each.documents)
        self._side = alike.behind(bucket.door.account_id, documents)
        self._speaking = alike.speaking_within(_objects(bucket.door))
        for point in bucket.points:
            self._speaking |= alike.speaking_within(_objects(point.door, point))
        self._encryption = lru_cache(None)(partial(encryption, world, bucket))
        self._of_key = lru_cache(64)(partial(_OfKey, alike, self._speaking))
        self._decided: dict[Hashable, Path] = {}

    def path(self, who: Who, access: Access, point: AccessPoint | None = None) -> Path:
        """Somebody's way to the bucket's objects."""
        chosen = self._encryption(who.account_id, access)
        speaking, naming = self._speaking, Naming()
        same: tuple[Hashable, ...] = (access, point, self._side.bearing(who))
        if key := chosen.key:
            behind = self._of_key(key)
            speaking, naming = behind.speaking, behind.granting.naming(who)
            same = (*same, key.arn, behind.side.bearing(who), naming)
        same = (*same, self._alike.own(who, OF_ACCESS[access.name], speaking))
        found = self._decided.get(same)
        if found is None:
            if key:
                chosen = replace(chosen, key=replace(key, grants=tuple(grant for grant, *_ in naming)))
            found = self._decided[same] = path(self._world, who, self.bucket, access, point, chosen)
        return found if found.who is who else replace(found, who=who)


class _OfKey:
    """What decisions about a key that encrypts a bucket's objects may rest on."""

    def __init__(self, alike: Alike, objects: Speaking, key: Key) -> None:
        self.speaking = {**objects, **alike.speaking_of(key.arn)}
        self.side, self.granting = alike.side(key), alike.granting(key)


def path(
    world: World,
    who: Who,
    bucket: Bucket,
    access: Access,
    point: AccessPoint | None = None,
    chosen: Encryption | None = None,
) -> Path:
    """Somebody's way to a bucket's objects, through an access point if one is given.

    `chosen` is what `encryption` says, if that is known already.
    """
    chosen = chosen or encryption(world, bucket, who.account_id, access)
    door = point.door if point else bucket.door
    found = []
    for region in _regions(who, door, access, _objects(door, point)):
        legs = Legs()
        if point:
            _through_point(world, legs, who, bucket, point, access, region)
        else:
            decision = world.requests.to_bucket(who, bucket, access.s3_action, region)
            legs.add(decision, S3_LEGS, _labels(world, who, bucket.door))
        for each in (bucket.door, *((point.door,) if point else ())):
            if each.policies is not None:
                verdict = public_access_block(each, who)
                unread = "whether the policy counts as public, and is cut off then, was not collected"
                legs.judge("public_access_block", verdict, unread if verdict is Verdict.UNKNOWN else "")
        legs.conditions += _access_lists(bucket)
        _with_key(world, legs, who, bucket, chosen, access, region)
        found.append((region, legs))
    legs = best([legs for _, legs in found])
    patterns = merged(region for region, each in found if each.verdict == legs.verdict)
    return Path(
        who=who,
        via=None,
        bucket=bucket,
        point=point,
        key=chosen.key,
        access=access.name,
        basis=basis(bucket),
        pattern=", ".join(patterns),
        legs=legs,
    )


def _with_key(
    world: World,
    legs: Legs,
    who: Who,
    bucket: Bucket,
    chosen: Encryption,
    access: Access,
    region: str,
) -> None:
    """The legs of the key: what S3 asks KMS in the caller's name."""
    legs.judge("key_usable", chosen.usable, chosen.reason)
    if not chosen.needed:
        return
    if chosen.key is None:
        for name in ("key_policy", "key_grant", "kms_identity", "kms_rcp"):
            legs.set(name, Verdict.UNKNOWN)
        return
    rcps = world.organization.bounds(Where.RCP, chosen.key.account_id).levels
    decisions = world.requests.through_s3(who, chosen.key, access, bucket, region)
    legs.add_either(decisions, KMS_LEGS, labels(who, chosen.key.policies, rcps))


def _through_point(
    world: World,
    legs: Legs,
    who: Who,
    bucket: Bucket,
    point: AccessPoint,
    access: Access,
    region: str,
) -> None:
    requests, action = world.requests, access.s3_action
    objects = region.replace(f"{point.door.arn}/object/", f"{bucket.door.arn}/", 1)
    decision = requests.to_access_point(who, point, action, region)
    legs.add(decision, _AT_ACCESS_POINT, _labels(world, who, point.door))
    behind = requests.behind(who, bucket, point, action, objects)
    legs.add(behind, _BEHIND, _labels(world, who, bucket.door))


def _through(role: Who, hops: Hops, onward: Path, verdicts: dict[str, str]) -> Iterator[Path]:
    """The ways through a role that somebody assumes, for whoever has none without it.

    `verdicts`: those of the ways without a role, by principal.
    """
    if onward.legs.verdict == "blocked":
        return
    for who, assumed in hops.into(role):
        if who.account_id == onward.bucket.door.account_id or verdicts.get(who.arn, "blocked") != "blocked":
            continue
        yield hops.joined(who, role, assumed, onward)


def _access_lists(bucket: Bucket) -> list[dict[str, str]]:
    """What access control lists may do where they are on: no inventory has those of objects.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
    """
    if bucket.object_ownership in (None, "BucketOwnerEnforced"):
        return []
    reason = "acl_possible: access control lists are on, so objects may be another account's, or open to it"
    return [{"leg": "bucket_policy", "reason": reason}]


def _labels(world: World, who: Who, door: Door) -> Labels:
    return labels(who, door.policies, world.organization.bounds(Where.RCP, door.account_id).levels)


def _objects(door: Door, point: AccessPoint | None = None) -> str:
    """The pattern of all objects behind a door."""
    return f"{door.arn}/object/*" if point else f"{door.arn}/*"


def _regions(who: Who, door: Door, access: Access, objects: str) -> list[str]:
    """Patterns of objects: where the door's policy and the caller's own intersect."""
    action, context = access.s3_action, who.context
    sides = [door.policies] if door.policies else []
    if who.principal.kind is not Kind.ROOT:
        sides += [who.policies, *([who.boundary] if who.boundary else []), *who.bounds.levels]
    patterns = [
        [text for document in side.documents for text in allowed_to(who.principal, document, action, context)]
        for side in sides
    ]
    denying = (*(door.policies.documents if door.policies else ()), *who.policies.documents)
    exempt = [text for document in denying for text in spared(document, action)]
    return regions(objects, patterns, exempt)
