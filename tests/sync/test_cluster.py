"""A sync on a Dask cluster of real processes: workers that die, leave and join, and a client that is killed.

The tests share one cluster, in the order in which they stand here.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import dask
import distributed
import pytest

import collector
from collector.demo.faithful.organizations import next_account_ids
from collector.demo.server import FakeAws
from collector.errors import KeyreachError, UsageError
from collector.sync import cluster as client
from collector.sync.mode import Mode
from tests.fault_server import Faults
from tests.sync.cluster import Cluster, wait
from tests.sync.estate import DATA, EXTERNAL_ID, MANAGEMENT, SPARE, Estate, build, only, reader
from tests.sync.expected import contents

pytestmark = pytest.mark.long

CONFIG = only("aws_kms_keys", "aws_s3_buckets", "aws_iam_roles")
MORE = [f"{number}" * 12 for number in (4, 5, 6, 7)]
ACCOUNTS = {MANAGEMENT, DATA, SPARE, *MORE}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """An organization with a few accounts more, collected once by one machine alone."""
    faults = Faults()
    with FakeAws(middleware=faults) as aws:
        estate = Estate(aws, faults, tmp_path_factory.mktemp("built") / "alone.duckdb", build(aws), CONFIG)
        organizations = aws.client("organizations", MANAGEMENT)
        for number, account_id in enumerate(MORE):
            next_account_ids.append(account_id)
            organizations.create_account(AccountName=f"more {number}", Email=f"m{number}@acme.example")
            reader(aws, account_id)
        assert estate.sync().complete
        yield estate


@pytest.fixture(scope="module")
def cluster(built, tmp_path_factory):
    """A scheduler; its workers have the management account's credentials."""
    with Cluster(tmp_path_factory.mktemp("cluster"), built.aws.environment(MANAGEMENT)) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def workers(cluster):
    """Three workers."""
    cluster.add("a", "b", "c")
    return cluster


@pytest.fixture
def alone(built):
    return contents(built.db)


@pytest.fixture
def estate(built, tmp_path):
    built.faults.clear()
    yield replace(built, db=tmp_path / "inventory.duckdb")
    built.faults.clear()


@pytest.fixture
def url(tmp_path):
    return str(tmp_path / "shared")


def on(cluster, url):
    return Mode(scheduler=cluster.address, staging=url)


def whole(estate, alone):
    """Whether everything is there as one machine collects it, each scope exactly once."""
    places = "table_name, account_id, region, operation"
    assert estate.column(f"select count(*) - count(distinct ({places})) from sync_scopes") == [0]
    assert contents(estate.db) == alone
    return estate.ask("from sync_coverage") == []


def hold(estate, **rest):
    """Have the roles wait until they are let go."""
    return estate.faults.add(operation="ListRoles", until=threading.Event(), **rest)


def said(cluster):
    return "".join(path.read_text() for path in cluster.folder.glob("*.log"))


def test_no_workers(estate, cluster, url):
    result = estate.command("sync", estate.configure(), "--scheduler", cluster.address, "--staging", url)
    assert result.exit_code == 2
    assert f"{cluster.address} has no workers: start some, `dask worker {cluster.address}" in result.stderr
    assert sum(estate.faults.calls.values()) == 0


def test_a_client_waits_for_new_workers_but_not_for_ever(cluster, monkeypatch):
    with distributed.Client(cluster.address, set_as_default=False) as connected:
        watch = client._Watch(connected)
        watch.look(7)
        monkeypatch.setattr(client, "ALONE_SECONDS", 0)
        with pytest.raises(KeyreachError, match="all workers are gone, with 7 accounts to collect"):
            watch.look(7)


def test_a_worker_that_is_killed_loses_nothing_and_doubles_nothing(estate, workers, url, alone):
    held = hold(estate)
    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(estate.sync, mode=on(workers, url))
        wait(lambda: held.hits == len(ACCOUNTS))
        busy = workers.busy()
        workers.remove(busy[0])
        held.until.set()
        report = running.result()
    assert len(busy) == 3 and len(workers.known()) == 2
    assert report.complete and report.run["accounts"] == len(ACCOUNTS)
    assert estate.faults.count("ListRoles") > len(ACCOUNTS)
    assert whole(estate, alone)
    assert not any((estate.db.parent / "shared").iterdir()) and not estate.staging.exists()


def test_a_worker_that_joins_when_all_others_have_died_finishes(estate, workers, url, alone):
    held = hold(estate)
    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(estate.sync, mode=on(workers, url))
        wait(lambda: held.hits >= 2)
        for name in list(workers.workers):
            workers.remove(name)
        held.until.set()
        workers.add("d", threads=8)
        assert running.result().complete
    assert whole(estate, alone)


def test_the_next_client_goes_on_where_one_was_killed(estate, workers, alone):
    s3 = estate.aws.client("s3", "999999999999")
    s3.create_bucket(Bucket="handover")
    url = "s3://handover/keyreach"
    held = hold(estate, account=SPARE)
    process = estate.start("sync", estate.configure(), "--scheduler", workers.address, "--staging", url)

    def there():
        found = s3.list_objects_v2(Bucket="handover").get("Contents", ())
        return {item["Key"].removeprefix("keyreach/").removesuffix(".delivery") for item in found}

    wait(lambda: held.hits and there() >= ACCOUNTS - {SPARE})
    process.kill()
    process.communicate()
    assert not estate.db.exists() and SPARE not in there()
    estate.faults.clear()
    assert estate.sync(mode=on(workers, url)).run["resumed"]
    assert estate.faults.count("GetBucketEncryption") == estate.faults.count("ListRoles", DATA) == 0
    assert estate.faults.count("ListRoles", SPARE) == 1
    assert whole(estate, alone)
    estate.faults.clear()
    held.until.set()
    wait(lambda: estate.faults.count("GetObject"))
    time.sleep(0.3)
    assert there() == set(), "what the killed client had asked for was delivered after the end"


def test_a_worker_that_cannot_write_ends_the_sync_and_what_there_is_is_kept(estate, workers, url, tmp_path):
    held = hold(estate, account=SPARE)
    there = tmp_path / "shared" / f"{DATA}.delivery"
    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(estate.sync, mode=on(workers, url))
        wait(lambda: held.hits and there.exists())
        (tmp_path / "shared").rename(tmp_path / "gone")
        held.until.set()
        with pytest.raises(KeyreachError, match=rf"a worker on .*: cannot read {url}: No such file") as told:
            running.result()
    assert told.value.exit_code == 1
    assert not estate.db.exists()
    (tmp_path / "gone").rename(tmp_path / "shared")
    estate.faults.clear()
    estate.faults.add(service="sts", operation="AssumeRole", account=SPARE, error="AccessDenied")
    config, options = estate.configure(), ("--scheduler", workers.address, "--staging", url)
    result = estate.command("--log-format", "json", "sync", config, *options)
    assert result.exit_code == 4 and estate.column("select resumed from sync_runs") == [True]
    assert estate.faults.count("ListRoles", DATA) == 0
    lines = [json.loads(line) for line in result.stderr.splitlines()]
    told = {line["account_id"]: line for line in lines if "account_id" in line}
    assert set(told) == ACCOUNTS and told[DATA]["calls"] > 0 and "problem" not in told[DATA]
    assert "cannot assume" in told[SPARE]["problem"]
    assert "Compute Failed" in said(workers) and EXTERNAL_ID not in said(workers)


def refused(estate, mode, *words):
    """Whether a sync says so, having asked for nobody's identity but the caller's own."""
    with pytest.raises(UsageError) as told:
        estate.sync(mode=mode)
    for word in words:
        assert word in str(told.value)
    asked = {operation for _, operation, _ in estate.faults.calls}
    return not estate.db.exists() and not estate.staging.exists() and asked <= {"GetCallerIdentity"}


def test_staging_that_the_workers_do_not_share(estate, workers, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    apart = "/proc/self/cwd/apart"
    (worker,) = workers.known()
    assert refused(
        estate, on(workers, apart), f"worker {worker} cannot take part: cannot read", "same --staging"
    )
    (workers.folder / "apart").mkdir()
    assert refused(estate, on(workers, apart), f"what the client has written to {apart} is not there")


def test_workers_of_another_account(estate, workers, url):
    with estate.aws.as_caller(DATA), pytest.raises(UsageError) as told:
        collector.sync.sync(collector.config.Config(), estate.db, mode=on(workers, url))
    words = f"its credentials are of account {MANAGEMENT}, the client's are of {DATA}"
    assert words in str(told.value)


def test_workers_with_another_keyreach(estate, workers, url, monkeypatch):
    monkeypatch.setattr(collector, "__version__", "9.9.9")
    ours = "the client has 9.9.9: install that on all workers"
    assert refused(estate, on(workers, url), ours)


def test_a_secret_that_a_worker_has_not_got(estate, workers, url, monkeypatch):
    monkeypatch.setenv("OUR_EXTERNAL_ID", EXTERNAL_ID)
    estate.config = CONFIG.replace(f'external_id = "{EXTERNAL_ID}"', 'external_id_env = "OUR_EXTERNAL_ID"')
    assert refused(estate, on(workers, url), "cannot take part", "the variable OUR_EXTERNAL_ID is not set")


def test_a_scheduler_that_does_not_answer(estate, url, monkeypatch):
    monkeypatch.setattr(client, "ANSWER_SECONDS", 0.5)
    address = "tcp://127.0.0.1:1"
    assert refused(estate, Mode(scheduler=address, staging=url), f"no Dask scheduler answers at {address}")


def test_encryption_that_one_side_does_not_know(estate, url):
    encrypted = Mode(scheduler="tls://127.0.0.1:1", staging=url)
    assert refused(estate, encrypted, "needs certificates: DASK_DISTRIBUTED__COMM__TLS__CA_FILE")
    with dask.config.set({"distributed.comm.require-encryption": True}):
        plain = Mode(scheduler="tcp://127.0.0.1:1", staging=url)
        assert refused(estate, plain, "demand encryption")


def test_dask_that_is_not_installed(estate, url, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert refused(
        estate, Mode(scheduler="tcp://nosuch.example:8786", staging=url), "pip install 'keyreach[dask]'"
    )


def test_a_scheduler_that_dies_ends_the_sync(estate, workers, url):
    held = hold(estate)
    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(estate.sync, mode=on(workers, url))
        wait(lambda: held.hits)
        workers.stop()
        with pytest.raises(KeyreachError, match=r"the scheduler .*; what was collected is kept"):
            running.result()
        held.until.set()
    assert not estate.db.exists()
