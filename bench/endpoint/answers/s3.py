"""S3: the listing of buckets and every read of their settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bench.endpoint.answers.call import Call
from bench.endpoint.paging import Paging
from bench.endpoint.refusal import Refusal
from bench.endpoint.resources import buckets

_BUCKETS = Paging("MaxBuckets", "ContinuationToken", "ContinuationToken", 10_000, 10_000)
_MOVED = (
    "The bucket you are attempting to access must be addressed using the specified endpoint. "
    "Please send all future requests to this endpoint."
)


def bucket_region(call: Call) -> str:
    """The region of the bucket that the call is about. Raises Refusal if there is none."""
    found = buckets.bucket_of(call.estate, call.params["Bucket"])
    if found is None:
        members = {"BucketName": call.params["Bucket"]}
        raise Refusal("NoSuchBucket", "The specified bucket does not exist", 404, members)
    return call.estate.region_names[call.estate.bucket_region(found[1])]


def _bucket(call: Call, anywhere: bool = False) -> int:
    """The index of the bucket. Raises Refusal if it is in another region, or not the caller's."""
    region, found = bucket_region(call), buckets.bucket_of(call.estate, call.params["Bucket"])
    assert found is not None
    account, bucket = found
    expected = call.params.get("ExpectedBucketOwner")
    if region != call.region and not anywhere:
        raise moved(call, region)
    if account != call.account or expected not in (None, call.estate.account_id(account)):
        raise Refusal("AccessDenied", "Access Denied", 403)
    return bucket


def moved(call: Call, region: str) -> Refusal:
    """The answer of one region's endpoint about another region's bucket."""
    name = call.params["Bucket"]
    members = {"Endpoint": f"{name}.s3.{region}.amazonaws.com", "Bucket": name, "Region": region}
    return Refusal("PermanentRedirect", _MOVED, 301, members, {"x-amz-bucket-region": region})


def list_buckets(call: Call) -> dict[str, Any]:
    """Every bucket of the account; with their regions, if the request has any parameter."""
    estate, params = call.estate, call.params
    chosen = list(range(estate.buckets))
    if wanted := params.get("BucketRegion"):
        chosen = [n for n in chosen if estate.region_names[estate.bucket_region(n)] == wanted]
    if prefix := params.get("Prefix"):
        chosen = [n for n in chosen if buckets.bucket_name(estate, call.account, n).startswith(prefix)]

    def entry(n: int) -> dict[str, Any]:
        return buckets.listed(estate, call.account, chosen[n], bool(params))

    def bad_token() -> Refusal:
        return Refusal("InvalidArgument", "The continuation token provided is incorrect")

    found, rest = call.page(_BUCKETS, len(chosen), entry, bad_token)
    if prefix:
        rest["Prefix"] = prefix
    return {"Buckets": found, "Owner": buckets.owner(estate, call.account), **rest}


def get_bucket_location(call: Call) -> dict[str, Any]:
    """The bucket's region, from any region; nothing for us-east-1."""
    _bucket(call, anywhere=True)
    region = bucket_region(call)
    return {} if region == "us-east-1" else {"LocationConstraint": region}


def head_bucket(call: Call) -> dict[str, Any]:
    """Whether the bucket is there."""
    _bucket(call)
    return {"BucketArn": f"arn:aws:s3:::{call.params['Bucket']}", "BucketRegion": bucket_region(call)}


def _setting(member: str, of: Callable[..., Any], missing: str = "", whole: bool = False) -> Any:
    """Reads one setting: `of` estate, account and bucket, or of the bucket alone."""

    def answer(call: Call) -> dict[str, Any]:
        bucket = _bucket(call)
        found = of(call.estate, call.account, bucket) if whole else of(bucket)
        if found is None:
            raise Refusal(missing, _MISSING.get(missing, missing), 404, {"BucketName": call.params["Bucket"]})
        return {member: found} if member else found

    return answer


def _policy_status(_: Any, __: int, bucket: int) -> dict[str, Any] | None:
    return {"IsPublic": False} if buckets.has_policy(bucket) else None


def _never(_: int) -> None:
    return None


def _nothing(_: int) -> dict[str, Any]:
    return {}


def list_objects(call: Call) -> dict[str, Any]:
    """Refused: the endpoint has no objects to show."""
    raise Refusal("AccessDenied", "Access Denied", 403)


_MISSING = {
    "NoSuchBucketPolicy": "The bucket policy does not exist",
    "NoSuchPublicAccessBlockConfiguration": "The public access block configuration was not found",
    "OwnershipControlsNotFoundError": "The bucket ownership controls were not found",
    "ReplicationConfigurationNotFoundError": "The replication configuration was not found",
    "ObjectLockConfigurationNotFoundError": "Object Lock configuration does not exist for this bucket",
    "NoSuchTagSet": "The TagSet does not exist",
    "NoSuchLifecycleConfiguration": "The lifecycle configuration does not exist",
    "NoSuchCORSConfiguration": "The CORS configuration does not exist",
    "NoSuchWebsiteConfiguration": "The specified bucket does not have a website configuration",
}

OPERATIONS = {
    "ListBuckets": list_buckets,
    "HeadBucket": head_bucket,
    "GetBucketLocation": get_bucket_location,
    "GetBucketEncryption": _setting("ServerSideEncryptionConfiguration", buckets.encryption, whole=True),
    "GetBucketPolicy": _setting("Policy", buckets.policy, "NoSuchBucketPolicy", whole=True),
    "GetBucketPolicyStatus": _setting("PolicyStatus", _policy_status, "NoSuchBucketPolicy", whole=True),
    "GetPublicAccessBlock": _setting(
        "PublicAccessBlockConfiguration", buckets.public_access_block, "NoSuchPublicAccessBlockConfiguration"
    ),
    "GetBucketOwnershipControls": _setting(
        "OwnershipControls", buckets.ownership, "OwnershipControlsNotFoundError"
    ),
    "GetBucketVersioning": _setting("", buckets.versioning),
    "GetBucketAcl": _setting("", buckets.acl, whole=True),
    "GetBucketReplication": _setting(
        "ReplicationConfiguration", buckets.replication, "ReplicationConfigurationNotFoundError", whole=True
    ),
    "GetObjectLockConfiguration": _setting(
        "ObjectLockConfiguration", buckets.object_lock, "ObjectLockConfigurationNotFoundError"
    ),
    "GetBucketLogging": _setting("", buckets.logging, whole=True),
    "GetBucketTagging": _setting("TagSet", buckets.tags, "NoSuchTagSet"),
    "GetBucketLifecycleConfiguration": _setting("Rules", _never, "NoSuchLifecycleConfiguration"),
    "GetBucketCors": _setting("CORSRules", _never, "NoSuchCORSConfiguration"),
    "GetBucketWebsite": _setting("", _never, "NoSuchWebsiteConfiguration"),
    "GetBucketNotificationConfiguration": _setting("", _nothing),
    "GetBucketAccelerateConfiguration": _setting("", _nothing),
    "GetBucketRequestPayment": _setting("", lambda _: {"Payer": "BucketOwner"}),
    "ListObjects": list_objects,
    "ListObjectsV2": list_objects,
}
