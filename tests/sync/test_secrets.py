"""No credential and no external id leaves the process, but in the calls that need it."""

from __future__ import annotations

import gzip
import json

import pytest
from moto.sts.models import sts_backends

from tests.sync.estate import CONFIG, DATA, EXTERNAL_ID, MANAGEMENT, SPARE, only

OPEN = {
    "Effect": "Allow",
    "Principal": {"AWS": f"arn:aws:iam::{MANAGEMENT}:root"},
    "Action": "sts:AssumeRole",
}


@pytest.fixture
def trusting(estate):
    """The trust policies are collected, so for once they do not hold the external id; one role is missing."""
    document = json.dumps({"Version": "2012-10-17", "Statement": [OPEN]})
    estate.aws.client("iam", DATA).update_assume_role_policy(RoleName="reader", PolicyDocument=document)
    estate.aws.client("iam", SPARE).delete_role(RoleName="reader")
    estate.faults.add(service="s3", operation="GetBucketAcl", error="AccessDenied")
    return estate


def secrets(estate):
    """Every value that nobody may see: the caller's, and those of all sessions that were opened."""
    found = {EXTERNAL_ID, estate.aws.environment(MANAGEMENT)["AWS_SECRET_ACCESS_KEY"]}
    sessions = [s for _, _, backend in sts_backends.iter_backends() for s in backend.assumed_roles]
    assert {session.role_arn.split(":")[4] for session in sessions} == {DATA}
    for session in sessions:
        found |= {session.secret_access_key, session.session_token}
    return found


def staged(estate):
    """Everything in the staging folder, as text."""
    texts = [gzip.decompress(path.read_bytes()).decode() for path in estate.staged()]
    return "".join([*texts, (estate.staging / "run.json").read_text()])


def stored(estate):
    """Every row of every table, as text."""
    names = estate.column("select table_name from duckdb_tables()")
    assert len(names) > 25
    return "\n".join(str(row) for name in names for row in estate.ask(f"from {name}"))


def test_nothing_tells_a_secret(trusting):
    config = trusting.configure(only("aws_kms_keys", "aws_s3_buckets", "aws_iam_roles"))
    strict = said_by(trusting, 1, "-v", "sync", config, "--strict")
    kept = staged(trusting)
    loose = said_by(trusting, 4, "-v", "--log-format", "json", "sync", config, "--summary=runs.jsonl")
    published = stored(trusting)
    assert all("GetBucketAcl" in said and "cannot assume" in said for said in (strict, loose))
    assert trusting.keys["one"] in kept and trusting.keys["one"] in published
    files = [
        trusting.db,
        trusting.db.with_name(trusting.db.name + ".lock"),
        trusting.db.parent / "runs.jsonl",
    ]
    for secret in secrets(trusting):
        assert secret not in strict + kept + loose + published
        assert [file.name for file in files if secret.encode() in file.read_bytes()] == []


def said_by(estate, code, *arguments):
    """Everything that a process tells."""
    process = estate.start(*arguments)
    said = process.communicate(timeout=60)
    assert process.returncode == code
    return "".join(said)


def test_an_external_id_from_the_environment_is_no_part_of_what_is_stored(trusting, monkeypatch):
    monkeypatch.setenv("OUR_EXTERNAL_ID", EXTERNAL_ID)
    config = CONFIG.replace(f'external_id = "{EXTERNAL_ID}"', 'external_id_env = "OUR_EXTERNAL_ID"')
    trusting.sync(config)
    assert EXTERNAL_ID not in stored(trusting)
    assert "OUR_EXTERNAL_ID" in trusting.column("select config::varchar from sync_runs")[0]
