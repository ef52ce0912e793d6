import asyncio

from collector.collect.fetch import fetch
from collector.collect.outcome import Outcome
from collector.collect.pace import Pace
from collector.collect.records import Result, Row, planned
from collector.collect.table import Scope
from collector.collect.tables import kms
from tests.collect.scripted import Answer, ScriptedTransport

TABLES = (
    kms.KEYS,
    kms.KEY_POLICIES,
    kms.KEY_GRANTS,
    kms.KEY_ROTATIONS,
    kms.ALIASES,
    kms.CUSTOM_KEY_STORES,
)
SCOPE = Scope("kms", "111122223333", "eu-west-1")
KEY = "arn:aws:kms:eu-west-1:111122223333:key/"


def listed(*ids: str) -> dict[str, object]:
    return {"Keys": [{"KeyId": key_id, "KeyArn": KEY + key_id} for key_id in ids]}


def metadata(key_id: str, **changes: object) -> dict[str, object]:
    key = {
        "KeyId": key_id,
        "Arn": KEY + key_id,
        "KeyManager": "CUSTOMER",
        "KeyState": "Enabled",
        "KeySpec": "SYMMETRIC_DEFAULT",
        "Origin": "AWS_KMS",
    }
    return {"KeyMetadata": {**key, **changes}}


ANSWERS: dict[str | tuple[str, str], Answer] = {
    "ListKeys": listed("k1"),
    ("DescribeKey", "k1"): metadata("k1"),
    "GetKeyRotationStatus": {"KeyRotationEnabled": True, "RotationPeriodInDays": 90},
    "ListResourceTags": {"Tags": [{"TagKey": "team", "TagValue": "data"}]},
    "GetKeyPolicy": {"Policy": '{"Version": "2012-10-17"}', "PolicyName": "default"},
    "ListGrants": {"Grants": []},
    "ListKeyRotations": {"Rotations": []},
    "ListAliases": {"Aliases": []},
    "DescribeCustomKeyStores": {"CustomKeyStores": []},
}


def collect(options: frozenset[str] = frozenset(), **changes: Answer) -> Result:
    return collect_with(ScriptedTransport({**ANSWERS, **changes}), options)


def collect_with(transport: ScriptedTransport, options: frozenset[str] = frozenset()) -> Result:
    async def run() -> Result:
        return await fetch(SCOPE, TABLES, transport, Pace(4), options)

    return asyncio.run(run())


def rows(result: Result, table: str) -> list[dict[str, object]]:
    return [row for name, row, _ in result.rows if name == table]


def outcome(result: Result, table: str, operation: str) -> Outcome:
    return next(o.outcome for o in result.operations if (o.table, o.operation) == (table, operation))


def test_details_fill_the_columns_they_declare():
    (key,) = rows(collect(), "aws_kms_keys")
    assert key["arn"] == KEY + "k1"
    assert key["rotation_enabled"] is True
    assert key["rotation_period_in_days"] == 90
    assert key["tags"] == {"team": "data"}


def test_every_planned_operation_is_recorded_whatever_happens():
    for changes in ({}, {"ListKeys": "AccessDeniedException"}, {"GetKeyPolicy": "InternalException"}):
        result = collect(**changes)
        recorded = [(operation.table, operation.operation) for operation in result.operations]
        assert recorded == planned(TABLES, frozenset())


def test_a_failed_listing_leaves_its_details_and_children_not_attempted():
    result = collect(ListKeys="AccessDeniedException")
    assert outcome(result, "aws_kms_keys", "ListKeys") is Outcome.DENIED
    assert outcome(result, "aws_kms_keys", "DescribeKey") is Outcome.NOT_ATTEMPTED
    assert outcome(result, "aws_kms_key_grants", "ListGrants") is Outcome.NOT_ATTEMPTED
    assert outcome(result, "aws_kms_aliases", "ListAliases") is Outcome.OK


def test_a_denied_detail_is_missing_and_never_false():
    result = collect(GetKeyRotationStatus="AccessDeniedException")
    (row,) = [(row, missing) for table, row, missing in result.rows if table == "aws_kms_keys"]
    assert "rotation_enabled" not in row[0]
    assert row[1] == ["GetKeyRotationStatus"]
    (failure,) = result.failures
    assert (failure.operation, failure.resource) == ("GetKeyRotationStatus", KEY + "k1")
    assert outcome(result, "aws_kms_keys", "GetKeyRotationStatus") is Outcome.DENIED


def test_a_denied_child_is_recorded_for_its_parent():
    result = collect(GetKeyPolicy="AccessDeniedException")
    assert rows(result, "aws_kms_key_policies") == []
    (failure,) = result.failures
    assert (failure.table, failure.resource) == ("aws_kms_key_policies", KEY + "k1")


def test_a_key_that_went_away_leaves_no_row_and_no_failure():
    result = collect_with(ScriptedTransport({**ANSWERS, ("DescribeKey", "k1"): "NotFoundException"}))
    assert rows(result, "aws_kms_keys") == []
    assert result.failures == []
    assert result.complete


def test_rotation_is_asked_only_where_it_can_exist():
    for change in ({"KeyManager": "AWS"}, {"KeySpec": "RSA_2048"}, {"Origin": "AWS_CLOUDHSM"}):
        transport = ScriptedTransport({**ANSWERS, ("DescribeKey", "k1"): metadata("k1", **change)})
        result = collect_with(transport)
        assert transport.calls["GetKeyRotationStatus"] == 0
        assert "rotation_enabled" not in rows(result, "aws_kms_keys")[0]


def test_a_key_without_metadata_is_still_asked_for_its_rotation():
    changed = {**ANSWERS, ("DescribeKey", "k1"): "AccessDeniedException"}
    assert rows(collect_with(ScriptedTransport(changed)), "aws_kms_keys")[0]["rotation_enabled"] is True


def test_all_pages_are_read():
    grants = [{"GrantId": f"g{n}", "KeyId": "k1", "Operations": ["Decrypt"]} for n in range(3)]
    result = collect(ListGrants=[{}, {"Grants": grants[:2]}, {}, {"Grants": grants[2:]}, {}])
    assert [row["grant_id"] for row in rows(result, "aws_kms_key_grants")] == ["g0", "g1", "g2"]


def test_a_listing_that_breaks_midway_keeps_what_it_got_and_says_so():
    changed = {
        **ANSWERS,
        "ListAliases": {"Aliases": [], "Truncated": True, "NextMarker": "1"},
        ("ListAliases", "1"): "ThrottlingException",
    }
    result = collect_with(ScriptedTransport(changed))
    assert outcome(result, "aws_kms_aliases", "ListAliases") is Outcome.THROTTLED


def test_what_must_not_be_stored_is_dropped_from_columns_and_raw():
    store = {
        "CustomKeyStoreId": "cks-1",
        "XksProxyConfiguration": {
            "AccessKeyId": "ABCDE12345670EXAMPLE",
            "UriEndpoint": "https://xks.example",
        },
    }
    result = collect(DescribeCustomKeyStores={"CustomKeyStores": [store]})
    (row,) = rows(result, "aws_kms_custom_key_stores")
    assert row["xks_proxy_configuration"] == {"UriEndpoint": "https://xks.example"}
    assert "ABCDE12345670EXAMPLE" not in str(row)


def test_last_usage_is_asked_only_when_asked_for():
    transport = ScriptedTransport({**ANSWERS, "GetKeyLastUsage": {"TrackingStartDate": "2026-01-01"}})
    collect_with(transport)
    assert transport.calls["GetKeyLastUsage"] == 0
    collect_with(transport, frozenset({"key_last_usage"}))
    assert transport.calls["GetKeyLastUsage"] == 1


def test_rows_are_handed_over_while_the_scope_goes_on():
    ids = [f"k{n}" for n in range(600)]
    answers = {**ANSWERS, "ListKeys": listed(*ids), "DescribeKey": metadata("k1")}
    batches: list[list[Row]] = []

    async def run() -> Result:
        transport = ScriptedTransport(answers)
        return await fetch(SCOPE, TABLES, transport, Pace(4), hand_over=batches.append)

    result = asyncio.run(run())
    assert [len(batch) for batch in batches] == [500, 500]
    assert result.handed_over == 1000 and len(result.rows) == 200
    found = sorted(row["arn"] for batch in [*batches, result.rows] for table, row, _ in batch if "arn" in row)
    assert found == sorted(KEY + key_id for key_id in ids)
    assert {o.operation: o.rows for o in result.operations if o.table == "aws_kms_keys"}["ListKeys"] == 600
