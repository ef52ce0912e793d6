"""What must never keep a sync from being published, whatever others wrote into their settings."""

from __future__ import annotations

import pytest

from tests.access.words import COMPUTE, DATA, ETL, LAKE, MANAGEMENT, ORG, REGION, allow

MEMBERS = {"StringEquals": {"aws:PrincipalOrgID": ORG}}


def test_an_organization_that_is_known_in_part_only(inventory):
    inventory.shared(bucket=[allow("s3:GetObject", f"{LAKE}/*", to="*", when=MEMBERS)])
    inventory.organization()
    inventory.breaks("aws_organizations_policies", MANAGEMENT)
    found = {row["principal_arn"]: row["verdict"] for row in inventory.paths() if row["access"] == "read"}
    assert found[ETL] == "unknown" and len(found) == 2


@pytest.mark.parametrize("key", ["aws:PrincipalOrgID", "aws:PrincipalOrgPaths"])
@pytest.mark.parametrize("value", ["", "/x"])
def test_an_organization_without_a_name_is_nobodys(inventory, key, value):
    nobody = {"ForAnyValue:StringLike": {key: value}}
    inventory.shared(bucket=[allow("s3:GetObject", f"{LAKE}/*", to="*", when=nobody)])
    assert {row["verdict"] for row in inventory.paths()} <= {"blocked", "unknown"}


@pytest.mark.parametrize(
    "text", ["arn:a:kms:b:key/c", "arn:::kms:key/x", "arn:aws:kms:alias/x", "::::::", ""]
)
def test_a_default_key_that_is_none(inventory, text):
    inventory.shared()
    inventory.ask(f"update aws_s3_buckets set kms_master_key_id = '{text}'")
    assert {row["verdict"] for row in inventory.paths()} <= {"blocked", "unknown"}


def test_an_alias_whose_key_was_not_listed_is_not_missing(inventory):
    inventory.shared()
    inventory.ask("update aws_s3_buckets set kms_master_key_id = 'alias/lake'")
    inventory.ask(
        "insert into aws_kms_aliases by name select "
        f"'{COMPUTE}' as account_id, '{REGION}' as region, "
        f"'arn:aws:kms:{REGION}:{COMPUTE}:alias/lake' as arn, 'alias/lake' as alias_name, "
        "'k9' as target_key_id"
    )
    inventory.ask("update aws_s3_bucket_policies set policy = replace(policy, 'GetObject', '*')")
    inventory.breaks("aws_kms_keys", COMPUTE)
    (row,) = [row for row in inventory.paths() if row["access"] == "write"]
    assert (row["key_usable"], row["verdict"], row["blocked_by"]) == ("unknown", "unknown", [])
    assert row["key_arn"] == f"arn:aws:kms:{REGION}:{COMPUTE}:key/k9" and DATA not in row["key_arn"]
