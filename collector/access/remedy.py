"""What would open a blocked path: the least statement to add, and where; or what stands in the way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from collector.access.path import LEGS, Path
from collector.access.requests import READ, WRITE, Access
from collector.policy.leg import Verdict

_ACCESS = {access.name: access for access in (READ, WRITE)}
_SPELLED = {
    "s3:getobject": "s3:GetObject",
    "s3:putobject": "s3:PutObject",
    "kms:decrypt": "kms:Decrypt",
    "kms:generatedatakey": "kms:GenerateDataKey",
}
_OPENABLE = ("bucket_policy", "access_point_policy", "s3_identity", "key_policy", "kms_identity")
"""Legs that an added statement can open. All others can only be taken away."""


@dataclass(frozen=True)
class Remedy:
    """A statement that one leg lacks."""

    leg: str
    where: str
    """The policy that it belongs into."""
    statement: dict[str, Any]


def obstacles(path: Path) -> list[str]:
    """What blocks a path that no added statement can open, in words."""
    found = []
    if path.who.kind == "everybody":
        found.append("everybody is nobody to open it to: name who shall have access")
    for leg in _blocking(path):
        verdict = path.legs.verdicts[leg]
        if leg == "key_usable":
            found.append(f"key_usable: {_reason(path, leg)}{_instead(path)}")
        elif leg == "public_access_block":
            found.append(f"{leg}: the policy is public, so RestrictPublicBuckets cuts off other accounts")
        elif verdict is Verdict.DENY:
            found += [f"{leg}: {policy} denies it" for policy in _denying(path, leg)]
        elif leg not in _OPENABLE:
            found.append(f"{leg}: it does not allow this, and limits whatever else does")
        elif leg.endswith("identity") and _gone(path):
            found.append(f"{leg}: there is no {path.who.arn}")
    return list(dict.fromkeys(found))


def remedies(path: Path) -> list[Remedy]:
    """The statements that would open a blocked path. Empty where something else stands in the way."""
    if path.legs.verdict != "blocked" or obstacles(path):
        return []
    return [_remedy(path, _ACCESS[path.access], leg) for leg in _lacking(path)]


def _lacking(path: Path) -> list[str]:
    """What blocks; and the key's policy, where only a grant that may not apply stands in for it."""
    verdicts = path.legs.verdicts
    doubtful = (verdicts["key_policy"], verdicts["key_grant"]) == (Verdict.NONE, Verdict.CONDITIONAL)
    return [leg for leg in LEGS if leg in path.legs.blocked_by or (doubtful and leg == "key_policy")]


def _blocking(path: Path) -> list[str]:
    return [leg for leg in LEGS if leg in path.legs.blocked_by]


def _remedy(path: Path, access: Access, leg: str) -> Remedy:
    objects = path.pattern.split(", ")
    s3, kms = _SPELLED[access.s3_action], _SPELLED[access.kms_action]
    own = f"policies of {path.who.arn}"
    if leg == "s3_identity":
        return Remedy(leg, own, {"Effect": "Allow", "Action": s3, "Resource": objects})
    if leg == "access_point_policy" and path.point:
        where = f"policy of access point {path.point.door.arn}"
        return Remedy(leg, where, _to(path, s3, objects, {}))
    if leg == "bucket_policy":
        inside, through = _in_bucket(path, objects)
        return Remedy(leg, f"bucket policy of {path.bucket.name}", _to(path, s3, inside, through))
    assert path.key is not None
    through = _through_s3(path)
    if leg == "key_policy":
        return Remedy(leg, f"key policy of {path.key.arn}", _to(path, kms, "*", through))
    statement = {"Effect": "Allow", "Action": kms, "Resource": path.key.arn, "Condition": through}
    return Remedy(leg, own, statement)


def _to(path: Path, action: str, resource: str | list[str], condition: dict[str, Any]) -> dict[str, Any]:
    """A statement of a resource's policy. An organization is nobody that Principal could name."""
    who: Any = {"AWS": path.who.arn}
    if path.who.kind == "organization":
        who = "*"
        ids = list(path.who.context["aws:principalorgid"] or ())
        equals = {**condition.get("StringEquals", {}), "aws:PrincipalOrgID": ids}
        condition = {**condition, "StringEquals": equals}
    statement = {"Effect": "Allow", "Principal": who, "Action": action, "Resource": resource}
    return {**statement, "Condition": condition} if condition else statement


def _in_bucket(path: Path, objects: list[str]) -> tuple[list[str], dict[str, Any]]:
    """The objects as the bucket calls them; behind an access point, only through it.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html
    """
    if path.point is None:
        return objects, {}
    point = path.point.door.arn
    inside = [each.replace(f"{point}/object/", f"{path.bucket.door.arn}/", 1) for each in objects]
    return inside, {"StringEquals": {"s3:DataAccessPointArn": point}}


def _through_s3(path: Path) -> dict[str, Any]:
    """Only by S3, and only for this bucket: with a bucket key the context is the bucket, else the object.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
    """
    bucket = path.bucket.door
    return {
        "StringEquals": {"kms:ViaService": f"s3.{bucket.region}.amazonaws.com"},
        "StringLike": {"kms:EncryptionContext:aws:s3:arn": [bucket.arn, f"{bucket.arn}/*"]},
    }


def _denying(path: Path, leg: str) -> list[str]:
    found = [
        f"{policy}, {statement.get('Sid') or 'a statement without Sid'}"
        for name, policy, statement in path.statements
        if name == leg and statement.get("Effect") == "Deny"
    ]
    return list(dict.fromkeys(found)) or ["a policy"]


def _reason(path: Path, leg: str) -> str:
    return next((each["reason"] for each in path.legs.conditions if each["leg"] == leg), "it cannot serve")


def _instead(path: Path) -> str:
    """What to do where the key itself is the obstacle."""
    if path.basis != "aws_managed":
        return ""
    return (
        "; no statement can change that. Encrypt the bucket with a customer managed key, copy the objects "
        "onto themselves, and let the principal use that key; or let it assume a role of the bucket's account"
    )


def _gone(path: Path) -> bool:
    who = path.who
    return who.kind in ("role", "user") and who.identity is None and not who.policies.unread
