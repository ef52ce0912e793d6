from collector.collect.outcome import Failure, Outcome
from collector.collect.records import Item, Ledger
from collector.collect.table import Scope
from collector.collect.tables import iam, kms

DENIED = Failure(Outcome.DENIED, "AccessDeniedException", "no")
SCOPE = Scope("kms", "111122223333", "eu-west-1")


def test_a_resource_that_was_listed_twice_fails_once():
    ledger = Ledger((kms.KEYS,), frozenset())
    for _ in range(2):
        item = Item(kms.KEYS, "eu-west-1", {}, {}, resource="arn:key")
        ledger.plan(kms.KEYS, "DescribeKey")
        ledger.fail(kms.KEYS, "DescribeKey", DENIED, item)
    assert [failure.resource for failure in ledger.failures(SCOPE)] == ["arn:key"]
    (record,) = [record for record in ledger.records(SCOPE, {}) if record.operation == "DescribeKey"]
    assert (record.planned, record.failed, record.outcome) == (2, 2, Outcome.DENIED)


def test_throttled_answers_are_told_on_every_table_that_the_operation_fills():
    ledger = Ledger((iam.ROLES, iam.USERS, kms.KEYS), frozenset())
    records = ledger.records(SCOPE, {"GetAccountAuthorizationDetails": 3})
    assert {(record.table, record.throttled) for record in records if record.throttled} == {
        ("aws_iam_roles", 3),
        ("aws_iam_users", 3),
    }
