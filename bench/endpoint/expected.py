"""How many calls it takes to collect an estate, counted by hand from its parameters.

This is arithmetic on what there is, independent of the functions that answer, and on what the tables in
`collector/collect/tables` ask for: every page and every detail once, and nothing that cannot have an answer.
"""

from __future__ import annotations

from collections import Counter

from bench.endpoint.estate import Estate

_POLICY_TYPES = 3
"""Service control, resource control and S3 policies are listed; the first two have one of AWS's own."""
_BUCKET_DETAILS = (
    *("GetBucketEncryption", "GetBucketPolicy", "GetPublicAccessBlock", "GetBucketOwnershipControls"),
    *("GetBucketVersioning", "GetBucketAcl", "GetBucketReplication", "GetObjectLockConfiguration"),
    *("GetBucketLogging", "GetBucketTagging"),
)
_AWS_POLICIES = 3


def expected_calls(
    estate: Estate, *, organization: bool = True, key_last_usage: bool = False
) -> Counter[str]:
    """Calls by `service:operation`; `organization`: whether the accounts are found through Organizations."""
    calls: Counter[str] = Counter({"sts:GetCallerIdentity": 1})
    reached = [n for n in range(estate.accounts) if n == 0 or n not in estate.closed]
    calls["sts:AssumeRole"] = estate.accounts - 1
    if organization:
        calls.update(_of_organization(estate))
    for account in reached:
        calls.update(_of_account(estate))
        for region in range(estate.regions):
            calls.update(_of_keys(estate, account, region, key_last_usage))
            calls.update(_of_points(estate, region))
        for _ in range(estate.empty_regions):
            calls.update(_of_nothing())
    return +calls


def _pages(count: int, size: int) -> int:
    """An empty listing takes a call, too."""
    return max(1, -(-count // size))


def _of_organization(estate: Estate) -> Counter[str]:
    accounts, own = estate.accounts + estate.suspended, estate.control_policies
    children = Counter("root" if unit < 2 else str(unit // 2 - 1) for unit in range(estate.units))
    parents = ["root", *(str(unit) for unit in range(estate.units))]
    return Counter(
        {
            "organizations:DescribeOrganization": 1,
            "organizations:ListAccounts": _pages(accounts, 20),
            "organizations:ListRoots": 1,
            "organizations:ListOrganizationalUnitsForParent": sum(_pages(children[p], 20) for p in parents),
            "organizations:ListPolicies": _pages(1 + own, 20) + _POLICY_TYPES - 1,
            "organizations:DescribePolicy": 2 + own,
            "organizations:ListTargetsForPolicy": 2 * _pages(1 + estate.units + accounts, 20) + own,
        }
    )


def _of_account(estate: Estate) -> Counter[str]:
    """What is asked once an account, and about its buckets."""
    details = estate.users + estate.groups + estate.roles + estate.policies + _AWS_POLICIES
    buckets = range(estate.buckets)
    calls = Counter(
        {
            "ec2:DescribeRegions": 1,
            "iam:GetAccountAuthorizationDetails": _pages(details, 1000),
            "iam:ListRoles": _pages(estate.roles, 1000),
            "iam:ListUsers": _pages(estate.users, 1000),
            "s3:ListBuckets": _pages(estate.buckets, 10_000),
            "s3control:GetPublicAccessBlock": 1,
        }
    )
    calls.update({f"s3:{operation}": estate.buckets for operation in _BUCKET_DETAILS})
    calls["s3:GetBucketPolicyStatus"] = len(buckets[::2])
    return calls


def _of_keys(estate: Estate, account: int, region: int, key_last_usage: bool) -> Counter[str]:
    """Of twenty keys one is in a custom store, one signs and one is an HMAC key: these never rotate. One is
    being deleted and one has no material: these have no rotation status."""
    first = account == region == 0
    own = max(estate.keys, estate.large_keys) if first else estate.keys
    by_aws = min(estate.managed_keys, 10)
    grants = [max(estate.grants_per_key, estate.large_grants) if first else estate.grants_per_key] * min(
        own, 1
    )
    grants += [estate.grants_per_key] * (own - 1)
    never, without = {1, 2, 3}, {6, 7}
    rotatable = sum(n % 20 not in never for n in range(own))
    return Counter(
        {
            "kms:ListKeys": _pages(own + by_aws, 1000),
            "kms:ListAliases": _pages(own + by_aws + (2 if by_aws else 0), 100),
            "kms:DescribeCustomKeyStores": 1,
            "kms:DescribeKey": own + by_aws,
            "kms:GetKeyPolicy": own + by_aws,
            "kms:ListGrants": by_aws + sum(_pages(count, 100) for count in grants),
            "kms:ListResourceTags": own * _pages(estate.tags_per_key, 50),
            "kms:ListKeyRotations": rotatable,
            "kms:GetKeyRotationStatus": rotatable - sum(n % 20 in without for n in range(own)),
            "kms:GetKeyLastUsage": own if key_last_usage else 0,
        }
    )


def _of_points(estate: Estate, region: int) -> Counter[str]:
    points = estate.access_points if len(range(region, estate.buckets, estate.regions)) else 0
    return Counter(
        {
            "s3control:ListAccessPoints": _pages(points, 1000),
            "s3control:GetAccessPoint": points,
            "s3control:GetAccessPointPolicy": points,
            "s3control:GetAccessPointPolicyStatus": len(range(0, points, 2)),
        }
    )


def _of_nothing() -> Counter[str]:
    """A region that is enabled and empty."""
    return Counter(
        {
            "kms:ListKeys": 1,
            "kms:ListAliases": 1,
            "kms:DescribeCustomKeyStores": 1,
            "s3control:ListAccessPoints": 1,
        }
    )
