"""Which scopes are to be asked, given which changed."""

from datetime import UTC, datetime, timedelta

import pytest

from collector.collect import plan
from collector.collect.records import planned
from collector.collect.table import Scope
from collector.config import parse
from collector.store.attempts import Attempt
from collector.sync.due import Due
from collector.sync.news import News

ACCOUNT = "111122223333"
NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
KMS, IAM = Scope("kms", ACCOUNT, "eu-west-1"), Scope("iam", ACCOUNT, "global")
REGIONS = Scope("ec2", ACCOUNT, "global")
ON = {ACCOUNT: [{"region": region, "enabled": True} for region in ("eu-west-1", "us-east-1")]}


def attempt(scope, started_at):
    tables = {"kms": "aws_kms_*", "iam": "aws_iam_*", "ec2": "aws_regions"}[scope.service]
    (found,) = plan.services([tables], (), ("", "")).values()
    operations = frozenset(f"{table} {operation}" for table, operation in planned(found, frozenset()))
    return Attempt(scope.account_id, scope.region, False, started_at, started_at, operations)


def due(*scopes, at=NOON, attempts=(), config="", tables="*", regions=ON, gaps=()):
    services = plan.services([tables], (), ("", ""))
    places = {(scope.account_id, "eu-west-1") for scope in scopes}
    news = News(changed=dict.fromkeys(scopes, at), places=places)
    return Due(parse(config), services, news, attempts).scopes(regions, gaps)


@pytest.mark.parametrize(
    ("seconds", "expected"), [(-1, {KMS}), (0, {KMS}), (59, {KMS}), (60, set()), (600, set())]
)
def test_what_was_collected_long_enough_after_the_change_is_not_asked(seconds, expected):
    assert due(KMS, attempts=[attempt(KMS, NOON + timedelta(seconds=seconds))]) == expected


def test_an_attempt_at_another_scope_does_not_count():
    late = NOON + timedelta(hours=1)
    other = Scope("kms", ACCOUNT, "us-east-1")
    assert due(KMS, IAM, attempts=[attempt(other, late), attempt(IAM, late)]) == {KMS}


def test_nor_does_one_without_what_is_collected_now():
    late = attempt(KMS, NOON + timedelta(hours=1))
    assert due(KMS, attempts=[late], config="sync.key_last_usage = true") == {KMS}


@pytest.mark.parametrize("at", [datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC)])
def test_no_time_is_too_far_off(at):
    found = due(KMS, at=at, attempts=[attempt(KMS, NOON)])
    assert found == ({KMS} if at > NOON else set())


@pytest.mark.parametrize(
    "more",
    [
        {"tables": "aws_iam_*"},
        {"config": "regions.include = ['us-*']"},
        {"config": "regions.skip = ['eu-west-1']"},
    ],
)
def test_what_the_configuration_leaves_out_is_not_asked(more):
    assert due(KMS, **more) == set()


def test_the_organization_is_asked_for_its_tables_or_for_the_accounts():
    scope = Scope("organizations", ACCOUNT, "global")
    assert due(scope) == {scope}
    assert due(scope, tables="aws_kms_*") == set()
    accounts = "accounts.organization = true\nrole.name = 'reader'"
    assert due(scope, tables="aws_kms_*", config=accounts) == {scope}


def test_regions_are_asked_where_the_file_does_not_have_the_region_as_enabled():
    off = {ACCOUNT: [{"region": "eu-west-1", "enabled": False}]}
    assert due(KMS, regions=off) == {KMS, REGIONS}
    assert due(KMS, regions={ACCOUNT: []}) == {KMS, REGIONS}
    assert due(KMS, regions={}) == {KMS}
    assert due(regions=off) == set()


def test_all_regions_are_asked_where_none_could_be():
    gap = {"table_name": "aws_kms_keys", "account_id": ACCOUNT, "region": "*"}
    assert due(KMS, IAM, gaps=[gap]) == {KMS, IAM, REGIONS, Scope("kms", ACCOUNT, "*")}
    assert due(KMS, gaps=[{**gap, "account_id": "999988887777"}]) == {KMS}
    assert due(KMS, gaps=[{**gap, "table_name": "aws_of_another_version"}]) == {KMS}
