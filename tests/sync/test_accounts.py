"""Which accounts a sync asks, and what it says when it cannot tell."""

import json

import pytest

from collector.errors import KeyreachError, UsageError
from tests.sync.estate import CONFIG, DATA, EXTERNAL_ID, MANAGEMENT, SPARE

ACCOUNTS = "select distinct account_id from aws_regions order by 1"


def test_suspended_accounts_are_left_out(estate):
    estate.aws.client("organizations", MANAGEMENT).close_account(AccountId=SPARE)
    estate.sync()
    assert estate.column(ACCOUNTS) == [MANAGEMENT, DATA]
    states = dict(estate.ask("select id, state from aws_organizations_accounts"))
    assert states == {MANAGEMENT: "ACTIVE", DATA: "ACTIVE", SPARE: "SUSPENDED"}


def test_units_select_accounts(estate):
    (unit,) = [row for row in units(estate) if row["Name"] == "Data"]
    estate.sync(CONFIG.replace("[role]", f'include_ous = ["{unit["Id"]}"]\n[role]'))
    assert estate.column(ACCOUNTS) == [DATA]
    with pytest.raises(UsageError, match=r"accounts.include_ous: 'ou-none' matches nothing"):
        estate.sync(CONFIG.replace("[role]", 'include_ous = ["ou-none"]\n[role]'))


def units(estate):
    client = estate.aws.client("organizations", MANAGEMENT)
    root = client.list_roots()["Roots"][0]["Id"]
    return client.list_organizational_units_for_parent(ParentId=root)["OrganizationalUnits"]


def test_a_list_of_accounts_needs_no_organization(estate):
    estate.deny("ListAccounts")
    config = f'accounts.ids = ["{DATA}"]\nrole = {{name = "audit/reader", external_id = "{EXTERNAL_ID}"}}'
    estate.sync(config)
    assert estate.column(ACCOUNTS) == [DATA]
    gaps = "select distinct table_name from sync_coverage where operation = 'ListAccounts'"
    assert estate.column(gaps) == ["aws_organizations_accounts"]


def test_only_one_answer_means_that_there_is_no_organization(estate):
    estate.caller = lambda: estate.aws.as_caller("999999999999")
    with pytest.raises(UsageError, match="999999999999 is in no organization"):
        estate.sync()
    estate.sync("")
    outcomes = "select distinct outcome from sync_scopes where table_name like 'aws_organizations%'"
    assert "disabled" in estate.column(outcomes)
    assert estate.ask("from sync_coverage") == []


def test_without_a_listing_and_an_earlier_sync_the_accounts_cannot_be_told(estate):
    estate.deny("ListAccounts")
    with pytest.raises(KeyreachError, match=r"cannot be listed.*delegated administrator"):
        estate.sync()
    assert not estate.db.exists()


def test_the_organization_can_be_asked_through_a_role_of_its_own(estate):
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    estate.aws.client("iam", MANAGEMENT).create_role(RoleName="org", AssumeRolePolicyDocument=document)
    estate.caller = lambda: estate.aws.as_caller(DATA)
    role = f"arn:aws:iam::{MANAGEMENT}:role/org"
    config = f'accounts = {{organization = true, organization_role = "{role}"}}\nrole.name = "audit/reader"'
    estate.sync(config)
    assert estate.column("select distinct request_account_id from aws_organizations_accounts") == [MANAGEMENT]
    assert DATA in estate.column(ACCOUNTS)


def test_credentials_that_end_midway_are_recorded_like_any_refusal(estate):
    estate.faults.add(service="s3", account=DATA, error="ExpiredToken", status=400)
    report = estate.sync()
    assert not report.complete
    sql = "select distinct outcome, error_code from sync_coverage where table_name = 'aws_s3_buckets'"
    assert ("denied", "ExpiredToken") in estate.ask(sql)
    assert estate.column("select count(*) from aws_kms_keys where key_manager = 'CUSTOMER'") == [3]
