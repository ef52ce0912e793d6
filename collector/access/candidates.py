"""Which paths are looked at: those that a policy or a grant names, never everybody with everything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from collector.access.names import granted, named
from collector.access.people import Who
from collector.access.requests import Access
from collector.access.resources import AccessPoint, Bucket, Key
from collector.access.world import World


def of_bucket(world: World, bucket: Bucket, key: Key | None, access: Access) -> list[Who]:
    """Who may cross an account boundary to a bucket's objects, in the order of their ARNs."""
    door, objects = bucket.door, f"{bucket.door.arn}/*"
    policies = door.policies.documents if door.policies else ()
    found = [
        *world.expand(named(policies, access.s3_action), access.s3_action, objects),
        *world.reach.naming(access.s3_action, objects),
    ]
    if key is not None and key.manager != "AWS":
        found += _of_key(world, bucket, key, access)
    return _crossing(found, {door.account_id} | ({key.account_id} if key else set()))


def of_access_point(world: World, point: AccessPoint, bucket: Bucket, access: Access) -> list[Who]:
    """Who may cross an account boundary through an access point."""
    objects = f"{point.door.arn}/object/*"
    policies = point.door.policies.documents if point.door.policies else ()
    found = [
        *world.expand(named(policies, access.s3_action), access.s3_action, objects),
        *world.reach.naming(access.s3_action, objects),
    ]
    return _crossing(found, {bucket.door.account_id})


def _of_key(world: World, bucket: Bucket, key: Key, access: Access) -> Iterator[Who]:
    """Whom the key's policy and grants name.

    An account that only the key names has one path as a whole, since none of its principals gets past the
    bucket's policy; unless the bucket is its own, under another account's key.
    """
    action, owner = access.kms_action, bucket.door.account_id
    names = named(key.policies.documents, action)
    names.add(granted(key.grants, action))
    names.accounts.discard(key.account_id)
    yield from world.themselves(names)
    if owner != key.account_id and world.reaches(names, owner):
        yield from world.reach.reaching(access.s3_action, f"{bucket.door.arn}/*", [owner])
    yield from world.reach.naming(action, key.arn)


def _crossing(found: Iterable[Who], accounts: set[str]) -> list[Who]:
    """Once each, without those to whom nothing is foreign."""
    crossing = {who.arn: who for who in found if {who.account_id} != accounts}
    return [crossing[arn] for arn in sorted(crossing)]
