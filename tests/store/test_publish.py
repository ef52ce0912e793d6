import gzip
import io
from datetime import UTC, datetime, timedelta

import duckdb
import pytest

from collector.errors import KeyreachError, UsageError
from collector.store.ledger import nothing_accepted
from collector.store.merge import Merge
from collector.store.publish import Publication, check, publish
from collector.store.staging import Staging

DAY = datetime(2026, 7, 1, tzinfo=UTC)
MERGES = (Merge("aws_kms_keys", "aws_kms_keys", "region"),)


def scope_row(run_id, at, outcome="ok", account="1", **changes):
    return {
        "run_id": run_id,
        "table_name": "aws_kms_keys",
        "account_id": account,
        "region": "r",
        "operation": "ListKeys",
        "columns": None,
        "outcome": outcome,
        "planned": 1,
        "failed": int(outcome != "ok"),
        "rows": 0,
        "accepted": False,
        "started_at": at.isoformat(),
        "finished_at": at.isoformat(),
        **changes,
    }


def key_row(arn, account="1"):
    return {"account_id": account, "region": "r", "arn": arn, "key_id": arn, "raw": {}, "_missing": []}


@pytest.fixture
def sync(tmp_path):
    """Publish one run: its keys, the outcome of their listing, and who left."""
    db = tmp_path / "it's here.duckdb"

    def run(
        number,
        keys,
        outcome="ok",
        retired=(),
        keep_days=30.0,
        account="1",
        accepted=nothing_accepted,
        more=(),
        derive=(),
    ):
        at = DAY + timedelta(days=number)
        staging = Staging(tmp_path / "staging")
        rows = [("aws_kms_keys", key_row(arn, account)) for arn in keys]
        rows += [
            ("sync_scopes", scope_row(f"run-{number}", at, outcome, account, **record))
            for record in ({}, *more)
        ]
        staging.append(account, f"kms/{account}/r", rows, complete=outcome == "ok", finished_at=at, calls=7)
        staging.flush()
        facts = {
            "run_id": f"run-{number}",
            "started_at": at.isoformat(),
            "finished_at": at.isoformat(),
            "version": "0",
            "account_id": account,
            "caller_arn": "arn",
            "partition": "aws",
            "config": "{}",
            "config_fingerprint": "f",
            "resumed": False,
            "accounts": 1,
        }
        gone = dict.fromkeys(retired, "left the organization")
        publish(db, staging, Publication(facts, MERGES, gone, {"9": "vendor"}, keep_days, accepted), derive)
        staging.clear()
        return db

    return run


def ask(db, sql):
    with duckdb.connect(str(db), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_a_first_sync_makes_a_file_for_its_owner_only(sync):
    db = sync(1, ["a"])
    assert db.stat().st_mode & 0o777 == 0o600
    assert ask(db, "select arn, run_id, collected_at from aws_kms_keys") == [
        ("a", "run-1", DAY + timedelta(days=1))
    ]
    assert ask(db, "select outcome, scopes, failures, calls from sync_runs") == [("complete", 1, 0, 7)]
    assert ask(db, "from trusted_accounts") == [("9", "vendor")]
    assert [path.name for path in db.parent.iterdir()] == [db.name]


def test_a_run_counts_each_throttled_answer_once_whichever_tables_it_was_for(sync):
    shared = [
        {"table_name": name, "operation": "GetAccountAuthorizationDetails", "throttled": 4}
        for name in ("aws_iam_roles", "aws_iam_users")
    ]
    db = sync(1, [], more=[*shared, {"operation": "ListGrants", "throttled": 3}])
    assert ask(db, "select throttled from sync_runs") == [(7,)]
    assert ask(db, "select sum(throttled) from sync_scopes where table_name like 'aws_iam_%'") == [(8,)]


def test_a_file_from_before_throttled_answers_were_counted_is_carried_over(sync):
    db = sync(1, ["a"], keep_days=1)
    with duckdb.connect(str(db)) as connection:
        connection.execute("drop view sync_coverage")
        for table in ("sync_scopes", "sync_runs"):
            connection.execute(f"alter table {table} drop column throttled")
        connection.execute("update keyreach set schema_version = 1")
    sync(2, ["b"], account="2", more=[{"operation": "DescribeKey", "throttled": 1}])
    assert ask(db, "select run_id, throttled from sync_runs order by 1") == [("run-1", None), ("run-2", 1)]
    assert ask(db, "select operation, throttled from sync_scopes where run_id = 'run-1'") == [
        ("ListKeys", None)
    ]


def test_a_failed_scope_keeps_its_rows_and_says_so(sync):
    sync(1, ["a"])
    db = sync(2, [], outcome="denied")
    assert ask(db, "select arn, run_id from aws_kms_keys") == [("a", "run-1")]
    assert ask(db, "select table_name, outcome from sync_coverage") == [("aws_kms_keys", "denied")]
    assert ask(db, "select outcome from sync_runs order by run_id") == [("complete",), ("incomplete",)]


def test_an_accepted_gap_is_listed_and_the_run_counts_as_complete(sync):
    sync(1, [], outcome="denied")
    db = sync(2, [], outcome="denied", accepted=lambda account, region, operation: "no role there")
    assert ask(db, "select accepted, reason from sync_coverage") == [(True, "no role there")]
    assert ask(db, "select outcome from sync_runs where run_id = 'run-2'") == [("complete",)]
    assert ask(sync(3, [], outcome="denied"), "select accepted from sync_coverage") == [(False,)]


def test_coverage_is_the_latest_attempt(sync):
    sync(1, [], outcome="denied")
    assert ask(sync(2, ["a"]), "from sync_coverage") == []


def test_an_account_that_left_is_dropped_and_the_ledger_says_so(sync):
    sync(1, ["a"])
    db = sync(2, [], account="2", retired=["1"])
    assert ask(db, "from aws_kms_keys") == []
    found = ask(db, "select account_id, operation, outcome, rows from sync_scopes where operation = 'Retire'")
    assert found == [("1", "Retire", "gone", 1)]


def test_the_ledger_is_kept_as_long_as_asked_and_latest_attempts_for_ever(sync):
    sync(1, ["a"])
    sync(2, ["b"], account="2")
    db = sync(90, ["b"], account="2")
    assert ask(db, "select run_id from sync_scopes order by run_id") == [("run-1",), ("run-90",)]
    assert ask(db, "select run_id from sync_runs order by run_id") == [("run-1",), ("run-90",)]


def test_an_open_reader_keeps_what_it_had(sync):
    with duckdb.connect(str(sync(1, ["a"])), read_only=True) as reader:
        sync(2, ["b"])
        assert reader.execute("select arn from aws_kms_keys").fetchall() == [("a",)]


def test_a_failed_derivation_leaves_the_file_as_it_was(sync):
    db = sync(1, ["a"])
    before = db.read_bytes()

    def broken(_):
        raise duckdb.InvalidInputException("no such thing")

    with pytest.raises(KeyreachError, match="no such thing"):
        sync(2, ["b"], derive=[broken])
    assert db.read_bytes() == before
    assert not list(db.parent.glob(f"{db.name}.new*"))


@pytest.mark.parametrize(
    "broken",
    [
        gzip.compress(b'{"scope": "kms/1/r", "table": ')[:-4],
        gzip.compress(b"no JSON\n"),
        b"no gzip",
        b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03no gzip at all",
    ],
    ids=["cut", "no-json", "not-compressed", "damaged"],
)
def test_a_broken_staged_file_leaves_the_file_as_it_was(sync, tmp_path, broken):
    db = sync(1, ["a"])
    before = db.read_bytes()
    Staging(tmp_path / "staging").receive("2", io.BytesIO(broken))
    with pytest.raises(KeyreachError, match="what was collected is kept"):
        sync(2, ["b"])
    assert db.read_bytes() == before


def test_where_the_memory_is_too_little_the_file_is_built_without_a_limit(sync):
    limits = []

    def large(connection):
        limits.extend(connection.execute("select current_setting('memory_limit')").fetchone())
        connection.execute("create temp table large as select repeat('x', 300_000_000)")

    db = sync(1, ["a", "b"], derive=[large])
    assert len(set(limits)) == len(limits) == 2
    assert ask(db, "select arn from aws_kms_keys") == [("a",), ("b",)]
    assert [path.name for path in db.parent.glob(f"{db.name}*")] == [db.name]


def test_only_files_of_ours_are_replaced(sync, tmp_path):
    check(tmp_path / "absent.duckdb")
    check(sync(1, ["a"]))
    foreign = tmp_path / "foreign.duckdb"
    duckdb.connect(str(foreign)).close()
    with pytest.raises(UsageError, match="not keyreach's"):
        check(foreign)
    corrupt = tmp_path / "corrupt.duckdb"
    corrupt.write_bytes(b"not a database" * 1000)
    with pytest.raises(UsageError, match="cannot be read"):
        check(corrupt)


def test_a_file_of_a_newer_keyreach_is_refused(sync):
    db = sync(1, ["a"])
    with duckdb.connect(str(db)) as connection:
        connection.execute("update keyreach set schema_version = 999, version = '9.0'")
    with pytest.raises(UsageError, match=r"keyreach 9\.0"):
        check(db)


@pytest.mark.parametrize(
    ("hostile", "stored"),
    [
        ("half \ud800 of a pair", "half ? of a pair"),
        ("a\x00b", "a\x00b"),
        ("\x1b[31m\u202e", "\x1b[31m\u202e"),
        ("'; drop table aws_kms_keys; --", "'; drop table aws_kms_keys; --"),
        ("\U0001f600", "\U0001f600"),
    ],
)
def test_no_text_that_was_collected_can_spoil_the_file(sync, monkeypatch, hostile, stored):
    def hostile_row(arn, account="1"):
        found = {"account_id": account, "region": "r", "arn": arn, "key_id": arn, "_missing": []}
        return {**found, "description": hostile, "tags": {hostile: hostile}, "raw": {"x": hostile}}

    monkeypatch.setitem(sync.__globals__, "key_row", hostile_row)
    assert ask(sync(1, ["a"]), "select description from aws_kms_keys") == [(stored,)]
    assert ask(sync(2, ["a"]), "select count(*) from aws_kms_keys where json_valid(tags)") == [(1,)]
