"""What a sync says when it ends early, to people and to machines."""

from __future__ import annotations

import json

import pytest

from tests.sync.estate import DATA, EXTERNAL_ID, only

FEW = only("aws_regions")


def test_every_line_on_stderr_is_json(lasting):
    lasting.deny("AssumeRole", DATA)
    result = lasting.command("--log-format", "json", "-v", "sync", lasting.configure(FEW))
    assert (result.exit_code, result.stdout) == (4, "")
    entries = [json.loads(line) for line in result.stderr.splitlines()]
    assert all({"time", "level", "message"} <= set(entry) for entry in entries)
    (problem,) = [entry["problem"] for entry in entries if "problem" in entry]
    assert "cannot assume" in problem


@pytest.mark.parametrize(("fault", "code"), [("GetCallerIdentity", 1), ("", 2)], ids=["broken", "usage"])
def test_so_is_the_last_one_of_a_run_that_fails(lasting, fault, code):
    config = lasting.configure(FEW if fault else "[acounts]")
    lasting.faults.add(operation=fault or "-", error="ExpiredToken")
    result = lasting.command("--log-format", "json", "sync", config)
    assert (result.exit_code, result.stdout) == (code, "")
    assert [json.loads(line)["level"] for line in result.stderr.splitlines()] == ["error"]


def test_quiet_says_only_what_is_wrong(lasting):
    config = lasting.configure(FEW)
    assert lasting.command("-q", "sync", config).stderr == ""
    lasting.deny("AssumeRole", DATA)
    lines = lasting.command("-q", "sync", config).stderr.splitlines()
    assert len(lines) == 2 and "cannot assume" in lines[0] and "not everything" in lines[1]


def test_an_external_id_that_is_not_in_the_environment_is_found_out_before_anything_is_asked(lasting):
    lasting.faults.clear()
    config = FEW.replace(f'external_id = "{EXTERNAL_ID}"', 'external_id_env = "NOT_SET_ANYWHERE"')
    result = lasting.command("sync", lasting.configure(config))
    assert result.exit_code == 2 and "NOT_SET_ANYWHERE is not set" in result.stderr
    assert sum(lasting.faults.calls.values()) == 0


def test_an_account_that_is_not_there_is_wrong_usage(lasting):
    result = lasting.command("sync", lasting.configure(FEW), "--accounts", "999999999999")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--accounts: 999999999999 is none of the 3 accounts to collect" in result.stderr
    assert lasting.faults.count("AssumeRole") == 0 and not lasting.db.exists()


def test_a_dry_run_asks_nothing_and_writes_nothing(lasting):
    lasting.faults.clear()
    result = lasting.command("sync", lasting.configure(FEW), "--dry-run")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "aws_regions: once per account: DescribeRegions",
        "aws_organizations_accounts: once per organization: ListAccounts, ListParents",
        "aws_organizations_organizational_units: once per organization: "
        "ListRoots, ListOrganizationalUnitsForParent",
        f"there is no inventory at {lasting.db}: after the first sync there are numbers, too",
    ]
    assert sum(lasting.faults.calls.values()) == 0
    assert [path.name for path in lasting.db.parent.iterdir()] == ["keyreach.toml"]


def test_with_an_inventory_it_tells_how_many_calls_and_how_long_the_quotas_make_them_last(lasting):
    run = lasting.settled(only("aws_kms_key_grants"))
    lasting.faults.clear()
    before = lasting.db.read_bytes()
    config = lasting.configure(only("aws_kms_key_grants") + "quota_share = 0.01\n")
    result = lasting.command("sync", config, "--dry-run")
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert ["kms", "ListGrants", "3", "1.0"] in [line.split() for line in lines]
    assert ["organizations", "ListAccounts", "1"] in [line.split() for line in lines]
    total, bound = lines[-2:]
    assert "calls for 3 accounts, by the sync of 2" in total
    assert bound == (
        f"1% of the quotas allow that in 2 s at least: ListGrants in {DATA} us-east-1, 2 calls at 1 a second"
    )
    assert sum(lasting.faults.calls.values()) == 0 and lasting.db.read_bytes() == before
    assert run in lasting.column("select run_id from sync_runs")
