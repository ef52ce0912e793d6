"""What holds for every query of the library."""

import json
import re

import duckdb
import pytest
from botocore.session import get_session

from collector.ask import cases
from collector.ask.library import Query, library
from collector.ask.verdict import Status
from collector.paths import data_dir
from collector.store import catalog

LIBRARY = library()
CHECKS = [query for query in LIBRARY.values() if query.kind == "check"]
CONTRACT = ["account_id", "region", "resource_id", "related_id", "status", "reason"]
THEMES = {"kms", "grants", "s3", "cross_account", "iam", "org", "inventory"}
FRAMEWORK = re.compile(r"[a-z0-9_.]+/[A-Za-z0-9.]+")


def id(query: Query) -> str:
    return query.id


@pytest.fixture(scope="module")
def empty():
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    catalog.create(connection)
    return connection


def test_a_file_is_a_query_and_its_name_is_the_id():
    paths = sorted(data_dir("queries").rglob("*.sql"))
    assert [path.stem for path in paths] and len(paths) == len(LIBRARY)
    assert {path.parent.name for path in paths} <= THEMES
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", path.stem) for path in paths)


@pytest.mark.parametrize("query", LIBRARY.values(), ids=id)
def test_it_says_what_it_is_for(query):
    assert query.description and query.title[0].isupper() and not query.title.endswith(".")
    if query.kind == "check":
        assert query.remediation
    assert all(FRAMEWORK.fullmatch(name) for name in query.frameworks)


@pytest.mark.parametrize("query", LIBRARY.values(), ids=id)
def test_it_reads_tables_of_the_schema_and_names_its_columns(query):
    assert query.reads.relations
    assert query.reads.tables <= set(catalog.tables())
    assert not any(column["class"] == "STAR" for column in outermost(query.sql))


def outermost(sql):
    """What the outermost SELECT, or each one of a UNION, lists."""
    (text,) = duckdb.execute("select json_serialize_sql(?)", [sql]).fetchone()
    nodes = [json.loads(text)["statements"][0]["node"]]
    columns = []
    while nodes:
        node = nodes.pop()
        columns += node.get("select_list", [])
        nodes += [node[side] for side in ("left", "right") if side in node] + node.get("children", [])
    assert columns
    return columns


@pytest.mark.parametrize("query", LIBRARY.values(), ids=id)
def test_it_takes_the_time_from_the_runs_and_never_from_the_clock(query):
    clock = r"\b(now|today|random|uuid|get_current_timestamp)\s*\(|\bcurrent_(date|time|timestamp)\b"
    assert not re.search(clock, query.sql)


@pytest.mark.parametrize("query", LIBRARY.values(), ids=id)
def test_it_runs_on_an_empty_inventory_with_its_default_parameters(query, empty):
    used = set(re.findall(r"\$([a-z_]+)\b", re.sub(r"'[^']*'", "", query.sql)))
    assert used == set(query.parameters)
    cursor = empty.execute(query.sql, {name: p.default for name, p in query.parameters.items()})
    columns = [column[0] for column in cursor.description]
    if query.kind == "check":
        assert columns[:6] == CONTRACT
        assert set(columns[6:]) <= {"severity", "evidence"}
    else:
        assert "order by" in query.sql and len(set(columns)) == len(columns)


@pytest.mark.parametrize("query", LIBRARY.values(), ids=id)
def test_its_cases_come_true(query):
    verdicts = list(cases.run([query]))
    assert verdicts
    assert [(v.case, v.problem) for v in verdicts if v.problem] == []


@pytest.mark.parametrize("query", CHECKS, ids=id)
def test_its_cases_show_all_three_verdicts(query):
    shown = {status for case in query.cases for status in case.expect.values()}
    assert shown == {status.value for status in Status}


def test_cases_use_words_that_the_api_knows():
    kms, s3 = (get_session().get_service_model(name) for name in ("kms", "s3"))
    words = {
        "key_manager": kms.shape_for("KeyManagerType").enum,
        "key_state": kms.shape_for("KeyState").enum,
        "key_spec": kms.shape_for("KeySpec").enum,
        "key_usage": kms.shape_for("KeyUsageType").enum,
        "origin": kms.shape_for("OriginType").enum,
        "expiration_model": kms.shape_for("ExpirationModelType").enum,
        "connection_state": kms.shape_for("ConnectionStateType").enum,
        "connection_error_code": kms.shape_for("ConnectionErrorCodeType").enum,
        "rotation_type": kms.shape_for("RotationType").enum,
        "import_state": kms.shape_for("ImportState").enum,
        "key_material_state": kms.shape_for("KeyMaterialState").enum,
        "multi_region_key_type": kms.shape_for("MultiRegionKeyType").enum,
        "sse_algorithm": s3.shape_for("ServerSideEncryption").enum,
    }
    lists = {
        "operations": kms.shape_for("GrantOperation").enum,
        "blocked_encryption_types": s3.shape_for("EncryptionType").enum,
    }
    seen = 0
    for query in LIBRARY.values():
        rows = [row for case in query.cases for rows in case.given.values() for row in rows]
        for row in rows:
            for column in words.keys() & row.keys():
                assert row[column] in words[column], f"{query.id}: {column} = {row[column]}"
                seen += 1
            for column in lists.keys() & row.keys():
                if "grant_id" in row or column != "operations":
                    assert set(row[column]) <= set(lists[column]), f"{query.id}: {column}"
    assert seen > 100


def test_the_catalogues_ids_are_kept():
    assert set(LIBRARY) >= {
        "kms-key-classification",
        "kms-key-pending-deletion-in-use",
        "kms-key-pending-deletion-recent",
        "kms-key-disabled-in-use",
        "kms-rotation-off-eligible",
        "kms-rotation-manual-overdue",
        "kms-rotation-period-over-policy",
        "kms-imported-material-expiring",
        "kms-material-missing-in-use",
        "kms-custom-key-store-unhealthy",
        "kms-origin-outside-standard",
        "kms-key-unused",
        "kms-alias-hygiene",
        "kms-key-cost",
        "kms-spec-unusable-for-service",
        "kms-policy-unreadable",
        "kms-grant-external-account",
        "kms-grant-redelegation",
        "kms-grant-unconstrained-decrypt",
        "kms-grant-stale-or-duplicate",
        "s3-encryption-inventory",
        "s3-default-key-alias-or-short-id",
        "s3-sse-kms-aws-managed-key",
        "s3-bucket-key-off",
        "collection-coverage",
    }
