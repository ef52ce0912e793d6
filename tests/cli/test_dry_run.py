"""`sync --dry-run` over an inventory: its last sentences."""

import pytest

from tests.inventory import inventory

OURS = "111122223333"


@pytest.fixture
def lines(keyreach, tmp_path):
    """What a dry run says below its table, if ListGrants was called so often."""

    def run(grants, settings=""):
        attempt = {"run_id": "r1", "account_id": OURS, "region": "eu-west-1", "outcome": "ok"}
        operations = [("aws_kms_keys", "ListKeys", 1), ("aws_kms_key_grants", "ListGrants", grants)]
        rows = [
            {**attempt, "table_name": table, "operation": operation, "planned": planned}
            for table, operation, planned in operations
        ]
        latest = {"run_id": "r1", "outcome": "complete", "account_id": OURS}
        db = inventory(tmp_path / "inventory.duckdb", {"sync_runs": [latest], "sync_scopes": rows})
        (tmp_path / "keyreach.toml").write_text(f"sync.tables = ['aws_kms_key_grants']\n{settings}")
        result = keyreach("--db", str(db), "sync", "--dry-run")
        assert (result.exit_code, result.stderr) == (0, "")
        return result.stdout.splitlines()

    return run


@pytest.mark.parametrize(
    ("grants", "time"),
    [
        (10, "less than a second"),
        (50 * 200, "3 min 20 s"),
        (50 * 7500, "2 h 5 min"),
    ],
)
def test_the_least_time_is_told_in_units_that_people_read(lines, grants, time):
    bound = next(line for line in lines(grants) if "at least" in line)
    assert bound == (
        f"50% of the quotas allow that in {time} at least: ListGrants in {OURS} eu-west-1, "
        f"{grants:,} calls at 50 a second"
    )


def test_what_is_not_counted_is_named_but_not_all_of_it(lines):
    ids = [OURS, *(f"{n:012}" for n in range(7))]
    told = lines(10, f"accounts.ids = {ids}")
    named = ", ".join(ids[1:6])
    assert f"not counted: accounts that were not collected then: {named} and 2 more" in told


def test_calls_of_which_none_has_a_quota_have_no_least_time(lines):
    assert "none of these calls has a published quota" in lines(0, "accounts.ids = ['444455556666']")
