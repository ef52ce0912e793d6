"""Which key encrypts what somebody reads or writes, and whether it can serve at all.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
"""

from __future__ import annotations

from dataclasses import dataclass

from collector.access.requests import WRITE, Access
from collector.access.resources import Bucket, Key, unseen
from collector.access.world import World
from collector.policy.leg import Verdict

_MANAGED_ALIAS = "alias/aws/s3"
_USABLE_STATES = ("Enabled", "Updating")


@dataclass(frozen=True, slots=True)
class Encryption:
    """The key of a path."""

    key: Key | None
    """None: there is none, or it is not known which."""
    usable: Verdict
    reason: str = ""
    """Why it is not usable, or not known to be."""
    needed: bool = True
    """Whether the key's policies decide: they do not for an AWS managed key that cannot serve."""


def basis(bucket: Bucket) -> str:
    """How the bucket's default encryption names its key."""
    if bucket.sse_algorithm is None:
        return "unknown"
    if bucket.sse_algorithm == "AES256":
        return "sse_s3"
    if not bucket.sse_algorithm.startswith("aws:kms"):
        return "other"
    return "aws_managed" if _managed(bucket) else bucket.reference_kind or "unknown"


def default_key(world: World, bucket: Bucket) -> Key | None:
    """The key under which the bucket's owner writes. None: none, or not known which."""
    if not basis(bucket).startswith(("key", "alias", "aws")) or bucket.key_arn is None:
        return None
    return _seen(world, bucket.key_arn)


def encryption(world: World, bucket: Bucket, account_id: str, access: Access) -> Encryption:
    """The key that an access from an account to a bucket needs, under today's default encryption."""
    kind = basis(bucket)
    if kind == "sse_s3":
        return Encryption(None, Verdict.NOT_APPLICABLE, needed=False)
    if kind in ("unknown", "other"):
        return Encryption(
            None, Verdict.UNKNOWN, f"default encryption: {bucket.sse_algorithm or 'not collected'}"
        )
    key = default_key(world, bucket)
    outside = account_id != bucket.door.account_id
    if outside and access is WRITE and kind in ("aws_managed", "alias_name", "key_id"):
        if (bucket.key_reference or "").startswith("arn:"):
            return _managed_elsewhere(key)
        return _of_writer(world, bucket, account_id, kind)
    if kind == "aws_managed" and outside:
        return _managed_elsewhere(key)
    return _judged(world, bucket, account_id, key)


def _of_writer(world: World, bucket: Bucket, account_id: str, kind: str) -> Encryption:
    """A name without account is looked up in the account of whoever writes."""
    if kind == "aws_managed":
        reason = "AWS does not say whose aws/s3 encrypts what another account writes"
        return Encryption(None, Verdict.UNKNOWN, reason, needed=False)
    reference, region = bucket.key_reference or "", bucket.door.region
    if kind == "key_id":
        return _judged(
            world,
            bucket,
            account_id,
            _seen(world, f"arn:{world.partition}:kms:{region}:{account_id}:key/{reference}"),
        )
    if found := world.key_of_alias(account_id, region, reference):
        return _judged(world, bucket, account_id, _seen(world, found))
    if world.gaps.listed("aws_kms_aliases", account_id, region):
        reason = f"{reference} is looked up in the writer's account {account_id}, which has none"
        return Encryption(None, Verdict.DENY, reason, needed=False)
    return Encryption(
        None, Verdict.UNKNOWN, f"{reference} is looked up in the writer's account", needed=False
    )


def _judged(world: World, bucket: Bucket, account_id: str, key: Key | None) -> Encryption:
    """Whether a key can serve."""
    if key is None:
        return Encryption(None, Verdict.UNKNOWN, f"{bucket.key_reference} leads to no key that was collected")
    if key.manager == "AWS" and account_id != key.account_id:
        return _managed_elsewhere(key)
    if key.region != bucket.door.region:
        return Encryption(
            key, Verdict.DENY, f"the key is in {key.region}, the bucket in {bucket.door.region}"
        )
    if key.arn not in world.keys:
        if world.gaps.listed("aws_kms_keys", key.account_id, key.region):
            return Encryption(key, Verdict.DENY, "there is no such key", needed=False)
        return Encryption(key, Verdict.UNKNOWN, "the key was not collected")
    if key.manager is None or key.state is None:
        return Encryption(key, Verdict.UNKNOWN, "the key could not be described")
    if key.state not in _USABLE_STATES:
        return Encryption(key, Verdict.DENY, f"the key is {key.state}")
    if (key.spec, key.usage) != ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT"):
        return Encryption(key, Verdict.DENY, f"S3 takes no {key.spec} key for {key.usage}")
    return Encryption(key, Verdict.ALLOW)


def _managed_elsewhere(key: Key | None) -> Encryption:
    return Encryption(key, Verdict.DENY, "no other account can use an AWS managed key", needed=False)


def _seen(world: World, arn: str) -> Key | None:
    return world.keys.get(arn) or unseen(arn)


def _managed(bucket: Bucket) -> bool:
    """Whether the default key is aws/s3 by name."""
    reference = bucket.key_reference
    return reference is None or reference.endswith(_MANAGED_ALIAS)
