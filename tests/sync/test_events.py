"""`--events`: what changed is asked, once, and nothing else; a message goes when the file has its change."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from collector.collect.transport import queue
from collector.demo.faithful import account_settings
from collector.errors import KeyreachError
from collector.sync import events as module
from tests.collect.events import by_sns, event
from tests.sync.estate import DATA, MANAGEMENT, SPARE, only

TABLES = only(
    "aws_kms_keys", "aws_kms_key_grants", "aws_s3_buckets", "aws_s3_bucket_policies", "aws_iam_roles"
)
SINCE = timedelta(minutes=5)
"""Events are this much later than the file, so that there is no doubt."""


@pytest.fixture
def estate(lasting, monkeypatch):
    """The organization with a good file, and an empty queue of the management account's."""
    monkeypatch.setattr(queue, "WAIT_SECONDS", 0)
    lasting.config = TABLES
    lasting.settled()
    client = lasting.aws.client("sqs", MANAGEMENT)
    lasting.queue = client.create_queue(QueueName="changes", Attributes={"VisibilityTimeout": "1000"})[
        "QueueUrl"
    ]
    lasting.faults.clear()
    yield lasting
    client.delete_queue(QueueUrl=lasting.queue)


def put(estate, *bodies):
    for body in bodies:
        estate.aws.client("sqs", MANAGEMENT).send_message(QueueUrl=estate.queue, MessageBody=body)


def happened(name, source="kms", account=DATA, region="us-east-1", **detail):
    return event(name, source, account, region, at=datetime.now(UTC) + SINCE, **detail)


def left(estate):
    """How many messages there are, those in flight included."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    client = estate.aws.client("sqs", MANAGEMENT)
    found = client.get_queue_attributes(QueueUrl=estate.queue, AttributeNames=names)["Attributes"]
    return sum(int(found[name]) for name in names)


def run(estate, *arguments, url=None):
    estate.faults.clear()
    return estate.command("sync", estate.configure(), "--events", url or estate.queue, *arguments)


def asked(estate):
    """Every call that was made, apart from those to STS and to the queue: operation and account."""
    return {(op, who) for service, op, who in estate.faults.calls if service not in ("sts", "sqs")}


OF_KMS = {"ListKeys", "DescribeKey", "GetKeyRotationStatus", "ListGrants", "ListResourceTags"}


def test_a_new_grant_is_in_the_file_after_asking_its_scope_alone(estate):
    client = estate.aws.client("kms", DATA)
    grantee = f"arn:aws:iam::{SPARE}:root"
    client.create_grant(KeyId=estate.keys["two"], GranteePrincipal=grantee, Operations=["Encrypt"])
    put(estate, happened("CreateGrant"), by_sns(happened("CreateGrant")))
    others = "from sync_scopes where not (account_id = $1 and region = 'us-east-1') order by all"
    before = estate.ask(others, DATA)
    result = run(estate)
    assert result.exit_code == 0, result.stderr
    assert {who for _, who in asked(estate)} == {DATA} and {op for op, _ in asked(estate)} <= OF_KMS
    assert estate.faults.count("ListKeys") == 1
    assert estate.ask(
        "select operations::varchar from aws_kms_key_grants where key_arn = $1", estate.keys["two"]
    )
    assert estate.ask(others, DATA) == before
    assert left(estate) == 0
    run_row = "select accounts, outcome from sync_runs order by started_at desc limit 1"
    assert estate.ask(run_row) == [(1, "complete")]


def test_a_bucket_policy_that_changed(estate):
    statement = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::here/*"}
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    estate.aws.client("s3", DATA).put_bucket_policy(Bucket="here", Policy=text)
    put(estate, happened("PutBucketPolicy", "s3"))
    assert run(estate).exit_code == 0
    estate.aws.client("s3", DATA).delete_bucket_policy(Bucket="here")
    assert estate.column("select bucket_arn from aws_s3_bucket_policies") == ["arn:aws:s3:::here"]
    assert estate.faults.count("ListBuckets") == estate.faults.count("ListBuckets", DATA) == 1
    assert estate.faults.count("ListKeys") == estate.faults.count("DescribeRegions") == 0


def test_what_names_nothing_is_taken_off_the_queue_and_nothing_is_asked_or_published(estate):
    before = estate.db.read_bytes()
    put(
        estate,
        happened("Decrypt", readOnly=True),
        happened("CreateGrant", errorCode="AccessDenied"),
        happened("CreateGrant", account="999999999999"),
        happened("RunInstances", "ec2"),
        event("CreateGrant", account=DATA, at=datetime.now(UTC) - SINCE),
        happened("PutRule", "events"),
    )
    result = run(estate)
    assert result.exit_code == 0 and "nothing changed" in result.stderr
    assert "6 messages: 2 from other sources, 1 of other accounts, 1 with changes, 2 without changes" in (
        result.stderr
    )
    assert asked(estate) == set() and left(estate) == 0
    assert estate.db.read_bytes() == before and not estate.staging.exists()


def test_what_is_no_event_stays_in_the_queue_and_is_not_printed(estate):
    hostile = happened("CreateGrant", region="mars-east-1")
    put(estate, "\x1b[31mhello", '{"detail-type": 1}', hostile, happened("CreateGrant"))
    result = run(estate)
    assert result.exit_code == 0 and left(estate) == 3
    assert "3 messages are no events" in result.stderr
    assert "hello" not in result.stderr and "mars" not in result.stderr
    assert estate.faults.count("ListKeys") == 1


def test_messages_stay_until_the_file_is_published(estate):
    put(estate, happened("CreateGrant"))
    estate.deny("ListGrants", DATA)
    estate.faults.calls.clear()
    result = estate.command("sync", estate.configure(), "--events", estate.queue, "--strict")
    assert result.exit_code == 1 and left(estate) == 1
    assert estate.faults.count("DeleteMessageBatch") == 0


def test_and_until_it_has_the_change(estate):
    put(estate, happened("CreateGrant"), happened("AttachRolePolicy", "iam"))
    estate.deny("ListGrants", DATA)
    result = estate.command("sync", estate.configure(), "--events", estate.queue)
    assert result.exit_code == 4 and left(estate) == 1


def test_no_more_messages_are_taken_than_fit(estate, monkeypatch):
    monkeypatch.setattr(module, "MOST_MESSAGES", 12)
    put(estate, *[happened("Encrypt")] * 15)
    assert run(estate).exit_code == 0
    assert left(estate) == 3 and estate.faults.count("ReceiveMessage") == 2


def test_only_the_queue_is_written_to(estate):
    put(estate, happened("CreateGrant"))
    run(estate)
    of_queue = {(op, who) for service, op, who in estate.faults.calls if service == "sqs"}
    assert of_queue == {("ReceiveMessage", MANAGEMENT), ("DeleteMessageBatch", MANAGEMENT)}
    assert all(op.startswith(("List", "Get", "Describe")) for op, _ in asked(estate))


def test_an_event_of_the_organization_asks_it_and_drops_nobody(estate):
    estate.deny("ListKeys")
    put(estate, happened("CloseAccount", "organizations", MANAGEMENT))
    config = TABLES.replace("organization = true", f"organization = true\nskip = ['{SPARE}']")
    (estate.db.parent / "keyreach.toml").write_text(config)
    result = estate.command("sync", str(estate.db.parent / "keyreach.toml"), "--events", estate.queue)
    assert result.exit_code == 0 and left(estate) == 0
    assert {who for _, who in asked(estate)} == {MANAGEMENT}
    assert estate.faults.count("ListAccounts") == 1
    assert SPARE in estate.column("select account_id from aws_iam_roles")


def test_regions_are_asked_where_one_was_switched_on(estate, monkeypatch):
    monkeypatch.setitem(account_settings.REGIONS, "ap-east-1", "opted-in")
    put(estate, happened("CreateKey", region="ap-east-1"))
    assert run(estate).exit_code == 0
    assert asked(estate) == {("DescribeRegions", DATA), ("ListKeys", DATA)}
    latest = "select arg_max(outcome, started_at) from sync_scopes where table_name = 'aws_kms_keys' and "
    latest += "operation = 'ListKeys' and account_id = $1 and region = 'ap-east-1'"
    assert estate.column(latest, DATA) == ["ok"]


def test_where_an_account_could_not_be_reached_one_region_does_not_pass_for_all(estate):
    estate.deny("AssumeRole", DATA)
    estate.sync()
    estate.faults.clear()
    put(estate, happened("CreateGrant"))
    run(estate)
    assert estate.faults.count("ListKeys", DATA) == 2
    assert estate.column("select distinct table_name from sync_coverage where region = '*'") == []


def test_what_a_stopped_run_staged_is_published_but_for_what_changed_since(estate):
    estate.deny("ListRoles", SPARE)
    with pytest.raises(KeyreachError):
        estate.sync(strict=True)
    put(estate, happened("CreateGrant"))
    assert run(estate).exit_code == 0
    assert estate.faults.count("ListKeys") == estate.faults.count("ListKeys", DATA) == 1
    assert estate.faults.count("ListBuckets") == estate.faults.count("ListRoles") == 0
    latest = "select resumed from sync_runs order by started_at desc limit 1"
    assert estate.column(latest) == [True] and not estate.staging.exists()


def test_without_a_file_a_whole_sync_comes_first(lasting):
    result = run_without_file(lasting)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "run a whole sync first" in result.stderr and not lasting.faults.calls


def run_without_file(estate):
    url = "https://sqs.us-east-1.amazonaws.com/111122223333/changes"
    return estate.command("sync", estate.configure(TABLES), "--events", url)


def test_a_queue_that_is_not_there_or_shut(estate):
    result = run(estate, url=f"{estate.queue}-of-others")
    assert result.exit_code == 1 and "NonExistentQueue" in result.stderr
    estate.deny("ReceiveMessage", service="sqs")
    result = estate.command("sync", estate.configure(), "--events", estate.queue)
    assert result.exit_code == 1 and "AccessDenied" in result.stderr
    assert asked(estate) == set()


def test_messages_that_cannot_be_deleted_come_again_and_the_file_is_published_all_the_same(estate):
    put(estate, happened("CreateGrant"))
    estate.deny("DeleteMessageBatch", service="sqs")
    result = estate.command("sync", estate.configure(), "--events", estate.queue)
    assert result.exit_code == 0 and "will come again" in result.stderr
    assert left(estate) == 1


@pytest.mark.parametrize(
    "more", [["--max-age", "1h"], ["--tables", "aws_kms_*"], ["--accounts", DATA], ["--dry-run"]]
)
def test_what_says_otherwise_what_to_ask_does_not_go_with_it(estate, more):
    result = run(estate, *more)
    assert (result.exit_code, result.stdout) == (2, "") and "leave out" in result.stderr


def test_a_url_of_no_queue_is_wrong_usage(estate):
    result = run(estate, url="changes")
    assert result.exit_code == 2 and "no URL of an SQS queue" in result.stderr
    assert not estate.faults.calls
