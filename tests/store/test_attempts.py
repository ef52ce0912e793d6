"""Which attempts at collecting a scope count as whole."""

from datetime import UTC, datetime, timedelta

import duckdb
import pytest

from collector.store import catalog
from collector.store.attempts import attempts

DAY = datetime(2026, 7, 1, tzinfo=UTC)
LISTING, DETAIL = "aws_kms_keys ListKeys", "aws_kms_keys DescribeKey"


@pytest.fixture
def file(tmp_path):
    """An inventory with two runs, and a function that adds an attempt to it."""
    db = tmp_path / "inventory.duckdb"
    with duckdb.connect(str(db)) as connection:
        catalog.create(connection)
        for number, version in (1, "1.0"), (2, "1.0"), (3, "0.9"):
            at = DAY + timedelta(days=number)
            connection.execute(
                "insert into sync_runs values ($1, $2, $2, 'complete', $3, '1', 'arn', 'aws', null, null, "
                "false, 1, 1, 1, 1, 0, null)",
                [f"run-{number}", at, version],
            )

    def attempt(run, operation, outcome="ok", region="r", **rest):
        table, name = operation.split()
        at = DAY + timedelta(days=run)
        row = {
            "run_id": f"run-{run}",
            "table_name": table,
            "account_id": "1",
            "region": region,
            "operation": name,
            "outcome": outcome,
            "planned": 1,
            "failed": 0,
            "rows": 0,
            "accepted": False,
            "started_at": at,
            "finished_at": at + timedelta(minutes=1),
            **rest,
        }
        with duckdb.connect(str(db)) as connection:
            names, values = ", ".join(row), ", ".join(f"${name}" for name in row)
            connection.execute(f"insert into sync_scopes ({names}) values ({values})", row)

    attempt.db = db
    return attempt


def found(file, single=(), since=DAY):
    return sorted(
        (a.region, a.switched_off, a.started_at, *sorted(a.operations))
        for a in attempts(file.db, since, "1.0", "RegionDisabled", single)
    )


FIRST, SECOND = DAY + timedelta(days=1), DAY + timedelta(days=2)


def test_the_latest_attempt_counts_with_all_operations_that_were_made_with_it(file):
    for run in (1, 2):
        file(run, LISTING)
        file(run, DETAIL)
    file(1, LISTING, region="s")
    assert found(file) == [("r", False, SECOND, DETAIL, LISTING), ("s", False, FIRST, LISTING)]


@pytest.mark.parametrize("outcome", ["gone", "disabled", "unsupported"])
def test_there_are_other_complete_outcomes(file, outcome):
    file(1, LISTING, outcome)
    assert found(file) == [("r", False, FIRST, LISTING)]


@pytest.mark.parametrize("outcome", ["denied", "throttled", "error", "not_attempted"])
def test_an_earlier_attempt_does_not_stand_in_for_one_that_failed(file, outcome):
    file(1, LISTING)
    file(1, DETAIL)
    file(2, LISTING, outcome)
    assert found(file) == [("r", False, FIRST, DETAIL)]


def test_nor_does_a_good_listing_for_calls_about_single_resources_that_failed(file):
    file(1, LISTING)
    file(1, DETAIL)
    with duckdb.connect(str(file.db)) as connection:
        connection.execute(
            "insert into sync_failures values ('run-1', 'aws_kms_keys', '1', 'r', 'r', 'DescribeKey', 'arn', "
            "'denied', null, null, false)"
        )
    assert found(file) == [("r", False, FIRST, LISTING)]


def test_what_was_recorded_since_for_all_regions_counts_against_each(file):
    file(1, LISTING)
    file(1, DETAIL)
    file(2, LISTING, "not_attempted", region="*")
    file(2, LISTING, region="s")
    assert found(file) == [("r", False, FIRST, DETAIL)]


def test_and_what_was_recorded_before_does_not(file):
    file(1, LISTING, "not_attempted", region="*")
    file(2, LISTING)
    assert found(file) == [("r", False, SECOND, LISTING)]


def test_another_version_may_have_filled_other_columns(file):
    file(1, LISTING)
    file(3, LISTING)
    assert found(file) == []


def test_a_region_that_was_switched_off_is_told_apart(file):
    file(1, LISTING, "disabled", error_code="RegionDisabled")
    file(1, DETAIL, "unsupported", error_code="UnsupportedOperation")
    assert found(file) == [("r", False, FIRST, DETAIL), ("r", True, FIRST, LISTING)]


def test_a_listing_of_several_calls_does_not_count_where_it_must_be_one(file):
    file(1, LISTING, planned=3)
    file(1, DETAIL, planned=3)
    assert found(file, [LISTING]) == [("r", False, FIRST, DETAIL)]


def test_an_account_that_was_dropped_was_not_collected(file):
    file(1, "aws_kms_keys Retire", "gone")
    assert found(file) == []


def test_without_a_file_there_are_none(tmp_path):
    assert list(attempts(tmp_path / "none.duckdb", DAY, "1.0", "", ())) == []


def test_what_ended_before_is_left_out(file):
    file(1, DETAIL)
    file(2, LISTING)
    assert found(file, since=SECOND) == [("r", False, SECOND, LISTING)]
    assert len(found(file, since=datetime.min.replace(tzinfo=UTC))) == 2
    assert found(file, since=datetime.max.replace(tzinfo=UTC)) == []
