"""One sync of the demonstration's whole organization, held against what was built, counted by hand."""

from __future__ import annotations

import re

import pytest

from collector.demo.estate import seed
from collector.demo.estate.organization import ANALYTICS, AUDIT, COMPUTE, DATA, MANAGEMENT, OLD_SHOP, SANDBOX
from collector.demo.server import FakeAws
from tests.fault_server import Faults
from tests.sync.estate import Estate
from tests.sync.expected import EVERYWHERE, TABLES, of_account, of_organization, recorded

REACHED = (MANAGEMENT, AUDIT, DATA, COMPUTE, ANALYTICS)
"""The accounts that can be asked: all but the suspended one and the one without a reader role."""


class Seeded(Estate):
    """The demonstration's organization, synced by its own user."""

    def caller(self):
        return self.aws.as_caller(MANAGEMENT, "security-analyst")


@pytest.fixture(scope="module")
def seeded(tmp_path_factory):
    faults = Faults()
    folder = tmp_path_factory.mktemp("seeded")
    with FakeAws(middleware=faults) as aws:
        built = seed(aws)
        faults.clear()
        estate = Seeded(aws, faults, folder / "inventory.duckdb", built.keys)
        estate.result = estate.command("sync", estate.configure(built.config))
        yield estate


def test_it_says_that_it_is_incomplete_and_whose_fault_it_is(seeded):
    result = seeded.result
    assert (result.exit_code, result.stdout) == (4, "")
    assert (
        f"{SANDBOX} sandbox: cannot assume arn:aws:iam::{SANDBOX}:role/audit/keyreach-reader" in result.stderr
    )
    assert "6 accounts to collect" in result.stderr
    assert "not everything was collected" in result.stderr


def test_the_file_is_its_owners_and_nothing_else_is_left(seeded):
    assert seeded.db.stat().st_mode & 0o777 == 0o600
    left = {path.name for path in seeded.db.parent.iterdir()}
    assert left == {"inventory.duckdb", "inventory.duckdb.lock", "keyreach.toml"}


def test_nothing_but_reads_was_asked(seeded):
    operations = {operation for _, operation, _ in seeded.faults.calls}
    assert "AssumeRole" in operations
    assert [name for name in operations if not re.match("List|Get|Describe|AssumeRole$", name)] == []


ACME = "r.role_name <> 'OrganizationAccountAccessRole'"
"""Without the role that Organizations makes in every account."""


@pytest.mark.parametrize(
    ("rows", "count"),
    [
        ("aws_organizations", 1),
        ("aws_organizations_accounts", 7),
        ("aws_organizations_accounts where state = 'ACTIVE'", 6),
        # The root, and Security, Workloads, Data and Sandbox.
        ("aws_organizations_organizational_units", 5),
        ("aws_organizations_policies where not aws_managed", 4),
        ("aws_organizations_policy_targets t semi join aws_organizations_policies p "
         "on p.id = t.policy_id and not p.aws_managed", 4),
        ("aws_regions", 5 * 3),
        ("aws_regions where enabled", 5 * 2),
        # Twelve of the data account and a replica, three of audit, one each of compute and analytics.
        ("aws_kms_keys where key_manager = 'CUSTOMER' or key_manager is null", 13 + 3 + 1 + 1),
        ("aws_kms_keys where key_manager = 'AWS'", 2),
        # All but the locked one's.
        ("aws_kms_key_policies", 20 - 1),
        ("aws_kms_aliases where alias_name not like 'alias/aws/%'", 12 + 3 + 1 + 1),
        # Predefined, of which two have become keys.
        ("aws_kms_aliases where alias_name like 'alias/aws/%'", 5 * 2 * 4),
        ("aws_kms_aliases where alias_name like 'alias/aws/%' and target_key_id is not null", 2),
        # Three on lake, and twice the same on quarantine.
        ("aws_kms_key_grants", 3 + 2),
        # The first material of fourteen keys, and one rotation of lake.
        ("aws_kms_key_rotations", 14 + 1),
        ("aws_kms_custom_key_stores", 1),
        ("aws_s3_buckets", 11 + 3 + 3 + 3),
        ("aws_s3_buckets where region = 'eu-west-1'", 2),
        ("aws_s3_bucket_encryption_rules", 20),
        ("aws_s3_bucket_policies", 8),
        ("aws_s3_bucket_replications", 1),
        ("aws_s3_bucket_grants where permission = 'FULL_CONTROL'", 20),
        ("aws_s3_bucket_grants where grantee_type = 'Group'", 2),
        ("aws_s3_access_points", 1),
        ("aws_s3_accounts", 5),
        # Readers; forensics-admin; lake-reader, replicator; etl, scheduler; notebook, reporter.
        (f"aws_iam_roles r where {ACME}", 4 + 1 + 2 + 2 + 2),
        # One policy in each of them.
        (f"aws_iam_role_policies p semi join aws_iam_roles r on r.arn = p.role_arn and {ACME}", 11),
        ("aws_iam_users", 1 + 2 + 1),
        ("aws_iam_user_policies", 2),
        ("aws_iam_user_attached_policies", 2),
        ("aws_iam_groups", 1),
        ("aws_iam_group_policies", 1),
        ("aws_iam_group_attached_policies", 1),
        ("aws_iam_policies where arn not like 'arn:aws:iam::aws:%'", 2),
    ],
)  # fmt: skip
def test_there_are_as_many_rows_as_were_built(seeded, rows, count):
    assert seeded.column(f"select count(*) from {rows}") == [count]


def test_every_planned_operation_is_recorded_once(seeded):
    reached = set().union(*(of_account(account_id) for account_id in REACHED))
    everything = of_organization(MANAGEMENT) | reached | of_account(SANDBOX, EVERYWHERE)
    assert recorded(seeded) == everything


def test_what_is_planned_for_every_key_is_as_many_calls_as_there_are_keys(seeded):
    sql = (
        "select s.account_id, s.region, s.operation, planned, (select count(*) from aws_kms_keys k "
        "where k.account_id = s.account_id and k.region = s.region) from sync_scopes s "
        "where operation in ('DescribeKey', 'GetKeyPolicy', 'ListGrants') "
        "and region in ('us-east-1', 'eu-west-1')"
    )
    rows = seeded.ask(sql)
    assert len(rows) == len(REACHED) * 2 * 3
    assert [row for row in rows if row[3] != row[4]] == []


def test_every_failed_call_about_a_resource_is_told_apart(seeded):
    sql = (
        "select table_name, account_id, region, operation, failed from sync_scopes "
        "where failed > 0 order by all"
    )
    told = (
        "select table_name, account_id, scope_region, operation, count(*) from sync_failures "
        "group by all order by all"
    )
    assert seeded.ask(sql) == seeded.ask(told) != []
    assert seeded.column("select distinct resource_arn from sync_failures") == [seeded.keys["forensics"]]


def test_the_key_that_hides_is_there_without_saying_anything(seeded):
    columns = "key_state, key_manager, enabled, rotation_enabled, tags"
    sql = f"select {columns} from aws_kms_keys where arn = $1"
    assert seeded.ask(sql, seeded.keys["forensics"]) == [(None,) * 5]


def test_a_region_that_is_not_enabled_has_nothing_to_collect(seeded):
    sql = "select distinct outcome from sync_scopes where region = 'ap-east-1'"
    assert seeded.column(sql) == ["disabled"]
    assert seeded.ask("from sync_coverage where region = 'ap-east-1'") == []


def test_an_account_without_a_role_is_not_attempted_in_any_table(seeded):
    sql = "select table_name, outcome from sync_scopes where account_id = $1"
    of_accounts = {t.name for t in TABLES if not t.name.startswith("aws_organizations")}
    assert set(seeded.ask(sql, SANDBOX)) == {(name, "not_attempted") for name in of_accounts}
    assert seeded.column("select distinct account_id from sync_coverage order by 1") == [AUDIT, SANDBOX]


def test_a_suspended_account_is_known_but_not_asked(seeded):
    assert seeded.ask("from sync_scopes where account_id = $1", OLD_SHOP) == []
    assert seeded.faults.count("AssumeRole", OLD_SHOP) == 0
