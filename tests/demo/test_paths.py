"""Who reaches whose data in the demonstration, worked out by hand from collector/demo/estate."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner

from collector.ask.explain import explain
from collector.ask.inventory import open_inventory
from collector.cli.main import app
from collector.config import parse
from collector.demo.estate import Estate, seed
from collector.demo.estate.members import ETL
from collector.demo.server import FakeAws
from collector.sync import sync
from collector.sync.collection import Filters
from tests.access.simulated import decisions

EXPECTED = """
  # The article's case: done right; with the AWS managed key; without a word in the key policy.
etl > acme-lake-curated: read key_arn allowed
etl > acme-lake-curated: write key_arn allowed
etl > acme-lake-reports: read aws_managed blocked key_usable
etl > acme-lake-reports: write aws_managed unknown
etl > acme-lake-events: read key_arn blocked key_policy
etl > acme-lake-events: write key_arn blocked key_policy
etl by lake-reader > acme-lake-events: read key_arn allowed
  # It may only write there, under a name that its own account does not know.
etl > acme-lake-landing: read alias_name blocked bucket_policy
etl > acme-lake-landing: write alias_name blocked key_usable
etl > acme-partner-exchange: read key_arn allowed
  # Keys and grants name it, and nothing else does.
etl > acme-quarantine: write key_arn blocked bucket_policy s3_identity key_usable
etl > acme-notebooks: read key_arn blocked bucket_policy s3_identity
etl > acme-notebooks: write key_arn blocked bucket_policy s3_identity
etl > acme-notebook-scratch: read alias_arn blocked bucket_policy s3_identity
etl > acme-notebook-scratch: write alias_arn blocked bucket_policy s3_identity
  # Through the access point, and not past it; its own account's buckets are under another account's key.
notebook > acme-lake-curated curated-analytics: read key_arn allowed
notebook > acme-lake-curated: read key_arn blocked bucket_policy
notebook > acme-lake-landing: read alias_name blocked bucket_policy s3_identity
notebook > acme-notebooks: read key_arn blocked s3_identity
notebook > acme-notebook-scratch: read alias_arn blocked s3_identity
  # The boundary forgot KMS.
reporter > acme-build-artifacts: read key_arn blocked permissions_boundary
  # Accounts as a whole: closed, trusted, and unknown, with a grant that was forgotten.
777777777777 > acme-legacy-exports: read key_arn blocked bucket_policy key_usable
777777777777 > acme-legacy-exports: write key_arn blocked bucket_policy key_usable
888888888888 > acme-org-logs: read key_arn unknown
999999999999 > acme-lake-curated: read key_arn blocked bucket_policy
999999999999 > acme-lake-landing: read alias_name blocked bucket_policy
999999999999 > acme-notebooks: read key_arn blocked bucket_policy s3_rcp
999999999999 > acme-notebook-scratch: read alias_arn blocked bucket_policy s3_rcp
999999999999 > acme-search-index: read key_arn blocked s3_rcp kms_rcp
  # A key for anyone through S3.
* > acme-search-index: read key_arn blocked bucket_policy s3_rcp kms_rcp
* > acme-search-index: write key_arn blocked bucket_policy s3_rcp kms_rcp
"""
KMS_LEGS = ("key_policy", "key_grant", "kms_identity", "kms_rcp")

Ask = Callable[[str], list[Any]]


def collect(aws: FakeAws, estate: Estate, db: Path, filters: Filters | None = None) -> None:
    with aws.as_caller(estate.caller_account, estate.caller_user):
        sync(parse(estate.config), db, filters, demo=True)


def paths(db: Path) -> list[dict[str, Any]]:
    with duckdb.connect(str(db), read_only=True) as connection:
        cursor = connection.execute("select * from cross_account_paths order by all")
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


@pytest.fixture(scope="module")
def db(built: tuple[FakeAws, Estate], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration's inventory."""
    path = tmp_path_factory.mktemp("paths") / "inventory.duckdb"
    collect(*built, path)
    return path


@pytest.fixture(scope="module")
def rows(db: Path) -> list[dict[str, Any]]:
    return paths(db)


@pytest.fixture(scope="module")
def explained(db: Path, rows: list[dict[str, Any]]) -> dict[tuple[str, ...], dict[str, Any]]:
    """What `explain` says of every path that is blocked."""
    engine = open_inventory(db)
    with engine.connect() as connection:
        buckets = sorted({row["bucket_arn"] for row in rows})
        told = [each for bucket in buckets for each in explain(connection, bucket, None, None, None)]
    engine.dispose()
    return {(t["principal_arn"], t["bucket_arn"], t["access"], t["access_point_arn"] or ""): t for t in told}


@pytest.fixture
def ask(db: Path) -> Iterator[Ask]:
    with duckdb.connect(str(db), read_only=True) as connection:
        yield lambda sql: connection.execute(sql).fetchall()


def path_of(rows: list[dict[str, Any]], bucket: str, access: str, who: str = ETL) -> dict[str, Any]:
    wanted = (who, f"arn:aws:s3:::{bucket}", access, None)
    columns = ("principal_arn", "bucket_arn", "access", "via_role_arn")
    (found,) = [row for row in rows if tuple(row[column] for column in columns) == wanted]
    return found


def named(arn: str) -> str:
    return arn.split(":")[4] if arn.endswith(":root") else arn.rpartition("/")[2].rpartition(":")[2]


def told(row: dict[str, Any]) -> str:
    """A path in a line, as it stands above."""
    via = f" by {named(row['via_role_arn'])}" if row["via_role_arn"] else ""
    point = f" {named(row['access_point_arn'])}" if row["access_point_arn"] else ""
    words = [row["access"], row["key_basis"], row["verdict"], *row["blocked_by"]]
    return f"{named(row['principal_arn'])}{via} > {named(row['bucket_arn'])}{point}: {' '.join(words)}"


def test_every_path(rows: list[dict[str, Any]]) -> None:
    expected = [line for line in EXPECTED.splitlines() if line and not line.startswith(" ")]
    assert sorted(map(told, rows)) == sorted(expected)


def test_all_legs_of_what_was_done_right(rows: list[dict[str, Any]]) -> None:
    for access in ("read", "write"):
        row = path_of(rows, "acme-lake-curated", access)
        legs = ("bucket_policy", "s3_identity", "key_policy", "kms_identity", "key_usable", "scp")
        assert {row[leg] for leg in legs} == {"allow"}
        assert row["access_point_policy"] == row["permissions_boundary"] == "not_applicable"
        assert row["conditions"] == "[]" and "UseByEtl" in row["evidence"]


def test_the_aws_managed_key_blocks_whatever_policies_say(
    rows: list[dict[str, Any]], explained: dict[tuple[str, ...], dict[str, Any]]
) -> None:
    row = path_of(rows, "acme-lake-reports", "read")
    assert (row["blocked_by"], row["key_usable"]) == (["key_usable"], "deny")
    assert {row[leg] for leg in KMS_LEGS} == {"not_applicable"}
    assert row["bucket_policy"] == row["s3_identity"] == "allow"
    found = explained[ETL, row["bucket_arn"], "read", ""]
    assert found["statements_to_add"] == []
    assert ["AWS managed key" in each for each in found["obstacles"]] == [True]


def test_what_the_command_prints_about_it(db: Path) -> None:
    arguments = ["--db", str(db), "explain", "--principal", ETL, "--bucket", "acme-lake-reports"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0 and "In the way: key_usable" in result.stdout
    assert "Effect" not in result.stdout.partition("In the way")[2] and "Missing" not in result.stdout


def test_the_other_way_is_told(db: Path) -> None:
    arguments = ["--db", str(db), "explain", "--principal", ETL, "--bucket", "acme-lake-events"]
    result = CliRunner().invoke(app, arguments)
    assert "There is a way through the role arn:aws:iam::333333333333:role/lake-reader" in result.stdout


def test_statements_are_told_where_they_open_the_path_and_obstacles_elsewhere(
    rows: list[dict[str, Any]], explained: dict[tuple[str, ...], dict[str, Any]], ask: Ask
) -> None:
    blocked = [row for row in rows if row["verdict"] == "blocked"]
    openable = {"bucket_policy", "access_point_policy", "s3_identity", "key_policy", "kms_identity"}
    opened = 0
    for row in blocked:
        point = row["access_point_arn"] or ""
        found = explained[row["principal_arn"], row["bucket_arn"], row["access"], point]
        stuck = [leg for leg in row["blocked_by"] if leg not in openable]
        if stuck or row["principal_arn"] == "*":
            assert found["statements_to_add"] == [], told(row)
            assert {leg for leg in stuck for each in found["obstacles"] if each.startswith(leg)} == set(stuck)
        else:
            doubtful = (row["key_policy"], row["key_grant"]) == ("none", "conditional")
            lacking = {*row["blocked_by"], *(["key_policy"] if doubtful else [])}
            assert {each["leg"] for each in found["statements_to_add"]} == lacking, told(row)
            assert "allowed" not in {*decisions(ask, row)} or len({*decisions(ask, row)}) > 1, told(row)
            after = decisions(ask, row, found["statements_to_add"])
            assert after == ["allowed"] * len(after), told(row)
            opened += 1
    assert opened >= 10 and len(explained) == len(blocked)


def test_simulate_agrees_with_the_paths_that_are_open(rows: list[dict[str, Any]], ask: Ask) -> None:
    direct = [row for row in rows if not row["via_role_arn"] and not row["access_point_arn"]]
    for row in direct:
        if row["verdict"] == "allowed":
            assert set(decisions(ask, row)) == {"allowed"}, told(row)


def test_the_printed_statement_opens_the_path(db: Path, tmp_path: Path) -> None:
    arguments = ["--db", str(db), "explain", "--principal", ETL, "--bucket", "acme-lake-events"]
    result = CliRunner().invoke(app, [*arguments, "--format", "json"])
    ((missing,),) = [path["statements_to_add"] for path in json.loads(result.stdout)]
    shown = CliRunner().invoke(app, arguments).stdout
    printed = json.loads(shown[shown.index("{\n") : shown.rindex("}") + 1])
    assert missing["leg"] == "key_policy" and missing["statement"] == printed
    later = tmp_path / "inventory.duckdb"
    later.write_bytes(db.read_bytes())
    with FakeAws() as aws:
        estate = seed(aws)
        key = estate.keys["events"]
        assert key in missing["where"]
        kms = aws.client("kms", estate.accounts["data-lake"])
        policy = json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"])
        policy["Statement"].append(printed)
        kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(policy))
        collect(aws, estate, later, Filters(tables=("aws_kms_*",), accounts=(estate.accounts["data-lake"],)))
    rows = paths(later)
    assert path_of(rows, "acme-lake-events", "read")["verdict"] == "allowed"
    assert path_of(rows, "acme-lake-events", "write")["blocked_by"] == ["key_policy"]
