"""What the derived tables rest on: a gap in one of these tables is a gap in theirs."""

from __future__ import annotations

from collections.abc import Iterable

from collector.access.identities import TABLES as _IDENTITIES

_ORGANIZATION = (
    "aws_organizations",
    "aws_organizations_accounts",
    "aws_organizations_organizational_units",
    "aws_organizations_policies",
    "aws_organizations_policy_targets",
)
_KEYS = ("aws_kms_keys", "aws_kms_key_policies", "aws_kms_key_grants")
_BUCKETS = (
    "aws_s3_buckets",
    "aws_s3_bucket_encryption_rules",
    "aws_s3_bucket_policies",
    "aws_s3_access_points",
    "aws_s3_accounts",
)

_DERIVED = {
    "key_access": (*_KEYS, *_IDENTITIES, *_ORGANIZATION),
    "cross_account_paths": (*_BUCKETS, *_KEYS, "aws_kms_aliases", *_IDENTITIES, *_ORGANIZATION),
}
_STATEMENTS = {
    "key_policy": ("aws_kms_key_policies",),
    "bucket_policy": ("aws_s3_bucket_policies",),
    "access_point_policy": ("aws_s3_access_points",),
    "trust_policy": ("aws_iam_roles",),
    "inline_policy": ("aws_iam_role_policies", "aws_iam_user_policies", "aws_iam_group_policies"),
    "managed_policy": ("aws_iam_policy_versions",),
    "scp": ("aws_organizations_policies", "aws_organizations_policy_targets"),
    "rcp": ("aws_organizations_policies", "aws_organizations_policy_targets"),
}
"""Kind of policy -> the tables that have its text."""


def sources(table: str, constants: Iterable[str]) -> frozenset[str]:
    """The collected tables behind a derived one, for a query that names these constants.

    Of `policy_statements` they are those of the kinds of policies that the query names; all, if it names
    none. Of a collected table there are none.
    """
    if table != "policy_statements":
        return frozenset(_DERIVED.get(table, ()))
    kinds = set(constants) & _STATEMENTS.keys() or _STATEMENTS.keys()
    return frozenset(name for kind in kinds for name in _STATEMENTS[kind])
