"""The requests behind an access to an encrypted object: one to S3, and one that S3 makes to KMS in turn.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_forward_access_sessions.html
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from collector.access.organization import Organization
from collector.access.people import Who
from collector.access.resources import AccessPoint, Bucket, Door, Key
from collector.policy.context import UNKNOWN, PartlyKnown, Perhaps, StartsWith, Values
from collector.policy.decision import Decision, decide
from collector.policy.document import Document, parse
from collector.policy.evaluate import Policies, Request
from collector.policy.grammar import Where
from collector.policy.intersection import example
from collector.policy.services import IN_IAM_ONLY

_DIRECT: dict[str, Values | None] = {
    "aws:viaawsservice": ("false",),
    "aws:calledvia": None,
    "aws:calledviafirst": None,
    "aws:calledvialast": None,
    "s3:dataaccesspointaccount": None,
    "s3:dataaccesspointarn": None,
    "s3:accesspointnetworkorigin": None,
}
_NOT_GRANTING: dict[str, Values | None] = {
    "kms:grantisforawsresource": None,
    "kms:granteeprincipal": None,
    "kms:grantoperations": None,
    "kms:grantconstrainttype": None,
}
_ENCRYPTION_CONTEXT = "kms:encryptioncontext:aws:s3:arn"
_ALL = parse(
    {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}, Where.SCP
)


@dataclass(frozen=True)
class Access:
    """What is done to an object, as S3 and KMS call it."""

    name: str
    s3_action: str
    kms_action: str


READ = Access("read", "s3:getobject", "kms:decrypt")
WRITE = Access("write", "s3:putobject", "kms:generatedatakey")


class Requests:
    """Decides about requests of people in an organization."""

    def __init__(self, organization: Organization) -> None:
        """Accounts stand where the organization has them."""
        self.organization = organization
        self.about = lru_cache(None)(self._about)
        self.bounds = organization.bounds

    def to_bucket(self, who: Who, bucket: Bucket, action: str, region: str) -> Decision:
        """About some object in a bucket: `region` is a pattern of object ARNs."""
        context = self._context(who, bucket.door.account_id, _DIRECT)
        return self._to_door(who, bucket.door, action, example(region), context)

    def to_access_point(self, who: Who, point: AccessPoint, action: str, region: str) -> Decision:
        """About some object behind an access point, as the access point and the caller's policies see it."""
        context = self._context(who, point.door.account_id, {**_DIRECT, **_through(point)})
        return self._to_door(who, point.door, action, example(region), context)

    def behind(self, who: Who, bucket: Bucket, point: AccessPoint, action: str, region: str) -> Decision:
        """The same, as the bucket sees it."""
        context = self._context(who, bucket.door.account_id, {**_DIRECT, **_through(point)})
        request = Request(who.principal, action, example(region), bucket.door.account_id, context)
        return decide(request, self._of_door(bucket.door, Policies(identity=(_ALL,))))

    def to_key(
        self, who: Who, key: Key, action: str, facts: dict[str, Values | None] | None = None
    ) -> Decision:
        """About a key: `facts` are condition keys of the request."""
        known = {**_NOT_GRANTING, **(facts or {}), **about_key(key)}
        context = self._context(who, key.account_id, known)
        context.closed = IN_IAM_ONLY if key.tags is not None else ()
        seen = _without_tags(context) if _uses_tags(key.policies.documents) else None
        bounds = self.bounds(Where.RCP, key.account_id)
        free = key.manager == "AWS"
        policies = Policies(
            identity=who.policies.documents,
            boundary=_boundary(who),
            resource=key.policies.documents,
            scps=who.bounds.documents,
            rcps=() if free else bounds.documents,
            grants=key.grants,
            unread=_unread(
                who.unread,
                resource=key.policies.unread,
                grant=key.grants_unread,
                rcp=bounds.unread and not free,
            ),
        )
        return decide(Request(who.principal, action, key.arn, key.account_id, context, seen), policies)

    def through_s3(self, who: Who, key: Key, access: Access, bucket: Bucket, region: str) -> list[Decision]:
        """About a key that encrypts objects: one decision for each form of the encryption context."""
        via: dict[str, Values | None] = {
            "kms:viaservice": (f"s3.{bucket.door.region}.amazonaws.com",),
            "aws:viaawsservice": ("true",),
            "aws:calledvia": UNKNOWN,
        }
        contexts = _encryption_contexts(access, bucket, region)
        if len(contexts) > 1 and not self._minds(who, key):
            contexts = contexts[:1]
        return [
            self.to_key(who, key, access.kms_action, {**via, _ENCRYPTION_CONTEXT: value})
            for value in contexts
        ]

    def to_role(self, who: Who, role: Who) -> Decision:
        """Whether somebody may assume a role."""
        assert role.identity is not None
        trust, bounds = role.identity.trust, self.bounds(Where.RCP, role.account_id)
        policies = Policies(
            identity=who.policies.documents,
            boundary=_boundary(who),
            resource=trust.documents,
            scps=who.bounds.documents,
            rcps=bounds.documents,
            unread=_unread(who.unread, resource=trust.unread, rcp=bounds.unread),
        )
        context = self._context(who, role.account_id, _DIRECT)
        return decide(Request(who.principal, "sts:assumerole", role.arn, role.account_id, context), policies)

    def _to_door(self, who: Who, door: Door, action: str, resource: str, context: PartlyKnown) -> Decision:
        mine = Policies(
            identity=who.policies.documents,
            boundary=_boundary(who),
            scps=who.bounds.documents,
            unread=who.unread,
        )
        request = Request(who.principal, action, resource, door.account_id, context)
        return decide(request, self._of_door(door, mine))

    def _of_door(self, door: Door, mine: Policies) -> Policies:
        bounds = self.bounds(Where.RCP, door.account_id)
        policies = door.policies
        return replace(
            mine,
            resource=None if policies is None else policies.documents,
            rcps=bounds.documents,
            unread=_unread(mine.unread, resource=policies is not None and policies.unread, rcp=bounds.unread),
        )

    def _context(self, who: Who, resource_account: str, facts: dict[str, Values | None]) -> PartlyKnown:
        return PartlyKnown({**who.context, **self.about(resource_account), **facts})

    def _about(self, account_id: str) -> dict[str, Values | None]:
        """Condition keys about a resource of an account."""
        organization = self.organization
        facts: dict[str, Values | None] = {"aws:resourceaccount": (account_id,)}
        if account_id in organization.paths:
            facts["aws:resourceorgid"] = (organization.id,)
            if path := organization.path(account_id):
                facts["aws:resourceorgpaths"] = (path,)
        elif organization.known and organization.id:
            facts["aws:resourceorgid"] = facts["aws:resourceorgpaths"] = Perhaps(("\ue002",))
        return facts

    def _minds(self, who: Who, key: Key) -> bool:
        """Whether a policy or grant asks for the encryption context."""
        documents = (
            *key.policies.documents,
            *who.policies.documents,
            *(who.boundary.documents if who.boundary else ()),
            *(document for level in who.bounds.documents for document in level),
            *(document for level in self.bounds(Where.RCP, key.account_id).documents for document in level),
        )
        if any(_ENCRYPTION_CONTEXT in document.keys for document in documents):
            return True
        return any(grant.equals is not None or grant.subset is not None for grant in key.grants)


def _unread(mine: frozenset[str], **others: bool) -> frozenset[str]:
    """The legs of which not everything was read: the caller's, and these."""
    return mine.union(name for name, unread in others.items() if unread)


def _boundary(who: Who) -> Document | None:
    return who.boundary.documents[0] if who.boundary and who.boundary.documents else None


def _through(point: AccessPoint) -> dict[str, Values | None]:
    return {
        "s3:dataaccesspointaccount": (point.door.account_id,),
        "s3:dataaccesspointarn": (point.door.arn,),
        "s3:accesspointnetworkorigin": (point.network_origin,) if point.network_origin else UNKNOWN,
    }


@lru_cache(maxsize=64)
def about_key(key: Key) -> dict[str, Values | None]:
    """Condition keys about a key itself."""
    told = {
        "kms:keyspec": key.spec,
        "kms:keyusage": key.usage,
        "kms:keyorigin": key.origin,
        "kms:multiregion": None if key.multi_region is None else str(key.multi_region).lower(),
    }
    facts: dict[str, Values | None] = {name: (value,) for name, value in told.items() if value}
    facts["kms:resourcealiases"] = key.aliases or None
    for name, value in (key.tags or {}).items():
        facts[f"aws:resourcetag/{name.lower()}"] = (value,)
    return facts


def _encryption_contexts(access: Access, bucket: Bucket, region: str) -> list[Values]:
    """The bucket's ARN under a bucket key, else the object's; objects may have been written under either."""
    whole: Values = (bucket.door.arn,)
    single: Values = (StartsWith(region.split("*")[0].split("?")[0]),)
    if access is WRITE and bucket.bucket_key is not None:
        return [whole if bucket.bucket_key else single]
    return [single, whole] if bucket.bucket_key is False else [whole, single]


@lru_cache(maxsize=64)
def _uses_tags(documents: tuple[Document, ...]) -> bool:
    return any(key.startswith(IN_IAM_ONLY) for document in documents for key in document.keys)


def _without_tags(context: PartlyKnown) -> PartlyKnown:
    seen = PartlyKnown({key: value for key, value in context.items() if not key.startswith(IN_IAM_ONLY)})
    seen.closed = IN_IAM_ONLY
    return seen
