"""What a queue's messages come to, together."""

from datetime import UTC, datetime, timedelta

import pytest

from collector.collect.table import Scope
from collector.collect.transport.queue import Message
from collector.sync.news import Known, gather
from tests.collect.events import ACCOUNT, event

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
ORGANIZATION = Scope("organizations", "999988887777", "global")
KNOWN = Known([ACCOUNT], ["us-east-1", "eu-west-1"], ORGANIZATION, [ACCOUNT, "999988887777"])
KMS = Scope("kms", ACCOUNT, "us-east-1")


def news(*bodies):
    return gather([Message(str(n), f"receipt {n}", body) for n, body in enumerate(bodies)], KNOWN)


def test_the_latest_change_of_a_scope_counts():
    times = [NOON, NOON + timedelta(minutes=2), NOON - timedelta(minutes=2)]
    found = news(*(event("CreateGrant", at=at) for at in times))
    assert found.changed == {KMS: times[1]}
    assert found.scopes == dict.fromkeys("012", frozenset([KMS]))


def test_a_message_that_comes_twice_is_deleted_by_its_latest_receipt():
    body = event("CreateGrant")
    found = gather([Message("a", "old", body), Message("b", "b", body), Message("a", "new", body)], KNOWN)
    assert found.receipts == {"a": "new", "b": "b"}
    assert found.counts.total() == 2


def test_the_organization_is_asked_where_it_always_is_whoever_changed_it():
    found = news(event("MoveAccount", "organizations", "999988887777"))
    assert set(found.changed) == {ORGANIZATION}
    assert not news(event("MoveAccount", "organizations", "123456789012")).changed
    assert not news(event("CreateGrant", "kms", "999988887777")).changed


@pytest.mark.parametrize(
    "body",
    [
        event("CreateGrant", region="us-east-9"),
        event("ReplicateKey", requestParameters={"replicaRegion": "us-east-9"}),
        "no event",
    ],
)
def test_what_is_not_understood_has_no_receipt_to_be_deleted_by(body):
    found = news(body)
    assert found.receipts == found.scopes == {} and found.counts == {"not understood": 1}
