"""Every listing, page by page, against the estate that it was computed from."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from bench.endpoint.resources import buckets, identities, keys, organization
from tests.bench.callers import EMPTY, ESTATE, SECOND, client, every


@pytest.mark.parametrize("account, region, count", [(0, 0, 45 + 4), (0, 1, 9 + 4), (2, 1, 9 + 4)])
def test_keys_are_listed_once_each(endpoint, account, region, count):
    name = ESTATE.region_names[region]
    found = every(endpoint, "kms", "list_keys", "Keys", 10, region=name, account=account)
    assert [key["KeyArn"] for key in found] == [
        keys.key_arn(ESTATE, key) for key in keys.keys(ESTATE, account, region)
    ]
    assert len({key["KeyId"] for key in found}) == count
    assert endpoint.stats()["by_operation"]["kms:ListKeys"] == -(-count // 10)


def test_aliases_are_listed_with_and_without_a_key(endpoint):
    found = every(endpoint, "kms", "list_aliases", "Aliases", 20)
    assert len(found) == 45 + 4 + 2
    unused = [alias["AliasName"] for alias in found if "TargetKeyId" not in alias]
    assert unused == ["alias/aws/redshift", "alias/aws/elasticfilesystem"]
    aliases = {alias["TargetKeyId"]: alias for alias in found if "TargetKeyId" in alias}
    kms = client(endpoint, "kms")
    one = kms.list_keys()["Keys"][5]["KeyId"]
    assert kms.list_aliases(KeyId=one)["Aliases"] == [aliases[one]]


def test_grants_of_a_large_key_are_paged(endpoint):
    first = keys.Key(0, 0, 0)
    found = every(endpoint, "kms", "list_grants", "Grants", 50, KeyId=keys.key_id(ESTATE, first))
    assert found == [keys.grant(ESTATE, first, n) for n in range(120)]
    issuers = {grant["IssuingAccount"] for grant in found}
    assert issuers == {f"arn:aws:iam::{ESTATE.account_id(0)}:root"}
    outside = [grant for grant in found if grant["GranteePrincipal"].split(":")[4] != ESTATE.account_id(0)]
    assert len(outside) == 30


def test_what_hangs_on_a_key_is_paged(endpoint):
    one = keys.key_id(ESTATE, keys.Key(0, 0, 8))
    assert len(every(endpoint, "kms", "list_resource_tags", "Tags", 2, KeyId=one)) == 3
    kms = client(endpoint, "kms")
    whole = kms.list_key_rotations(KeyId=one, IncludeKeyMaterial="ALL_KEY_MATERIAL")["Rotations"]
    assert [entry["KeyMaterialState"] for entry in whole] == ["NON_CURRENT", "NON_CURRENT", "CURRENT"]
    parts, marker = [], {}
    while marker is not None:
        answer = kms.list_key_rotations(KeyId=one, IncludeKeyMaterial="ALL_KEY_MATERIAL", Limit=1, **marker)
        parts += answer["Rotations"]
        marker = {"Marker": answer["NextMarker"]} if answer["Truncated"] else None
    assert parts == whole
    assert len(kms.list_key_rotations(KeyId=one)["Rotations"]) == 2


@pytest.mark.parametrize(
    "operation, name, params, count",
    [
        ("list_accounts", "Accounts", {}, 4),
        ("list_roots", "Roots", {}, 1),
        ("list_organizational_units_for_parent", "OrganizationalUnits", {"ParentId": ESTATE.root_id}, 2),
        ("list_policies", "Policies", {"Filter": "SERVICE_CONTROL_POLICY"}, 4),
        ("list_policies", "Policies", {"Filter": "RESOURCE_CONTROL_POLICY"}, 1),
        ("list_policies", "Policies", {"Filter": "S3_POLICY"}, 0),
        ("list_targets_for_policy", "Targets", {"PolicyId": "p-FullAWSAccess"}, 1 + 7 + 4),
    ],
)
def test_the_organization_is_listed_in_pages(endpoint, operation, name, params, count):
    found = every(endpoint, "organizations", operation, name, 1, **params)
    ids = [item.get("Id") or item["TargetId"] for item in found]
    assert len(ids) == len(set(ids)) == count


def test_accounts_have_states_and_paths(endpoint):
    found = every(endpoint, "organizations", "list_accounts", "Accounts")
    assert found == [organization.account_entry(ESTATE, n) for n in range(4)]
    assert [account["State"] for account in found] == ["ACTIVE", "ACTIVE", "ACTIVE", "SUSPENDED"]
    units = {unit["Id"]: unit for unit in _units(endpoint, ESTATE.root_id)}
    assert len(units) == 7
    for account in found[1:]:
        parent = account["Paths"][0].split("/")[-3]
        assert account["Paths"] == [f"{units[parent]['Path']}{account['Id']}/"]


def _units(endpoint, parent):
    listing = every(endpoint, "organizations", "list_organizational_units_for_parent", "OrganizationalUnits",
                    ParentId=parent)  # fmt: skip
    return [found for unit in listing for found in (unit, *_units(endpoint, unit["Id"]))]


def test_authorization_details_page_through_all_kinds_at_once(endpoint):
    iam = client(endpoint, "iam")
    pages = list(
        iam.get_paginator("get_account_authorization_details").paginate(PaginationConfig={"PageSize": 4})
    )
    lists = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
    assert [sum(len(page[name]) for name in lists) for page in pages] == [4] * 7 + [2]
    found = {name: [item for page in pages for item in page[name]] for name in lists}
    assert [len(found[name]) for name in lists] == [6, 3, 11, 7 + 3]
    assert found["RoleDetailList"] == [identities.role_details(ESTATE, 0, n) for n in range(11)]
    roles = iam.get_account_authorization_details(Filter=["Role"])
    assert (len(roles["RoleDetailList"]), roles["UserDetailList"], roles["IsTruncated"]) == (11, [], False)


@pytest.mark.parametrize(
    "operation, name, count",
    [("list_roles", "Roles", 11), ("list_users", "Users", 6), ("list_groups", "Groups", 3),
     ("list_policies", "Policies", 10)],
)  # fmt: skip
def test_identities_are_listed_in_pages(endpoint, operation, name, count):
    arns = [item["Arn"] for item in every(endpoint, "iam", operation, name, 2)]
    assert len(set(arns)) == len(arns) == count


def test_roles_under_a_path(endpoint):
    found = every(endpoint, "iam", "list_roles", "Roles", PathPrefix="/service-role/")
    assert [role["RoleName"] for role in found] == ["orders-service-00010"]


def test_buckets_are_listed_in_pages_and_by_region(endpoint):
    found = every(endpoint, "s3", "list_buckets", "Buckets", 7)
    assert found == [buckets.listed(ESTATE, 0, n, True) for n in range(12)]
    there = every(endpoint, "s3", "list_buckets", "Buckets", 7, BucketRegion=SECOND)
    assert [bucket["Name"] for bucket in there] == [bucket["Name"] for bucket in found[1::2]]


def test_the_region_of_buckets_is_listed_only_where_there_is_a_parameter(endpoint):
    s3 = client(endpoint, "s3")
    assert all("BucketRegion" not in bucket for bucket in s3.list_buckets()["Buckets"])
    assert all("BucketRegion" in bucket for bucket in s3.list_buckets(MaxBuckets=10_000)["Buckets"])


def test_access_points_are_listed_in_pages(endpoint):
    control, account_id = client(endpoint, "s3control", SECOND), ESTATE.account_id(0)
    found, token = [], {}
    while token is not None:
        answer = control.list_access_points(AccountId=account_id, MaxResults=2, **token)
        found += answer["AccessPointList"]
        token = {"NextToken": answer["NextToken"]} if "NextToken" in answer else None
    assert found == [buckets.access_point(ESTATE, 0, 1, n) for n in range(5)]
    assert {point["Bucket"] for point in found} <= {
        buckets.bucket_name(ESTATE, 0, n) for n in range(1, 12, 2)
    }


@pytest.mark.parametrize(
    "service, operation, params, key, count",
    [
        ("kms", "list_aliases", {}, "Aliases", 50),
        ("kms", "list_grants", {"KeyId": keys.key_id(ESTATE, keys.Key(0, 0, 0))}, "Grants", 50),
        ("kms", "list_keys", {}, "Keys", 49),
        ("iam", "get_account_authorization_details", {}, "RoleDetailList", 11),
    ],
)
def test_pages_have_the_documented_size_by_default(endpoint, service, operation, params, key, count):
    assert len(getattr(client(endpoint, service), operation)(**params)[key]) == count


@pytest.mark.parametrize(
    "service, operation, params, code",
    [
        ("kms", "list_aliases", {"Limit": 101}, "ValidationException"),
        ("kms", "list_grants", {"KeyId": "x", "Limit": 1}, "NotFoundException"),
        ("kms", "list_keys", {"Marker": "no-marker"}, "InvalidMarkerException"),
        ("organizations", "list_accounts", {"NextToken": "bm8="}, "InvalidInputException"),
        ("organizations", "list_targets_for_policy", {"PolicyId": "p-00000000"}, "PolicyNotFoundException"),
        ("iam", "list_roles", {"Marker": "no-marker"}, "ValidationError"),
        ("iam", "list_users", {"MaxItems": 1000, "Marker": "x"}, "ValidationError"),
        ("s3", "list_buckets", {"ContinuationToken": "no-token"}, "InvalidArgument"),
        ("kms", "list_keys", {"Limit": "many"}, "ValidationException"),
        ("iam", "list_roles", {"MaxItems": "many"}, "ValidationError"),
        ("s3", "list_buckets", {"MaxBuckets": "many"}, "InvalidArgument"),
        ("kms", "describe_key", {}, "ValidationException"),
        ("iam", "get_role", {}, "ValidationError"),
    ],
)
def test_bad_limits_and_tokens_are_refused(endpoint, service, operation, params, code):
    with pytest.raises(ClientError) as refused:
        getattr(client(endpoint, service, parameter_validation=False), operation)(**params)
    assert refused.value.response["Error"]["Code"] == code


def test_a_token_of_one_operation_is_none_of_another(endpoint):
    kms = client(endpoint, "kms")
    marker = kms.list_keys(Limit=5)["NextMarker"]
    with pytest.raises(ClientError, match="InvalidMarkerException"):
        kms.list_aliases(Marker=marker)


def test_a_region_without_resources_lists_nothing(endpoint):
    kms = client(endpoint, "kms", EMPTY)
    assert (kms.list_keys()["Keys"], kms.list_aliases()["Aliases"]) == ([], [])
    assert kms.describe_custom_key_stores()["CustomKeyStores"] == []
