"""What `explain` tells about paths, on inventories made of a few rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest
from sqlalchemy import Connection, create_engine

from collector.ask.explain import explain
from collector.errors import UsageError
from collector.store import catalog
from tests.access.builder import Inventory
from tests.access.words import (
    COMPUTE,
    DATA,
    DELEGATED,
    ETL,
    IN_BUCKET,
    KEY,
    LAKE,
    ON_KEY,
    OWN_KMS,
    OWN_S3,
    POINT,
    REGION,
    SOMETIMES,
    USE,
    allow,
    key,
    role,
    root,
)

Build = Callable[[Inventory], None]
Told = list[dict[str, Any]]


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    """The schema without rows, as SQLAlchemy sees it."""
    path = tmp_path_factory.mktemp("empty") / "empty.duckdb"
    with duckdb.connect(str(path)) as connection:
        catalog.create(connection)
    engine = create_engine(f"duckdb:///{path}")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@pytest.fixture
def ask(empty: Connection) -> Iterator[Callable[..., Told]]:
    """Explain a path of an inventory that is built first."""

    def run(build: Build, *arguments: str | None) -> Told:
        inventory = Inventory(SimpleNamespace(execute=empty.exec_driver_sql))  # type: ignore[arg-type]
        build(inventory)
        inventory.ledger()
        inventory.flush()
        return explain(empty, *[*arguments, None, None, None][:4])

    yield run
    empty.rollback()


def usual(**given: Any) -> Build:
    return lambda inventory: inventory.shared(**given)


WITHOUT_KEY = usual(key=[DELEGATED])


def test_every_leg_in_order_and_what_decides_it(ask: Callable[..., Told]) -> None:
    (told,) = ask(usual(), "lake", ETL)
    assert (told["principal_arn"], told["bucket_arn"], told["access"]) == (ETL, LAKE, "read")
    assert (told["verdict"], told["blocked_by"], told["key_basis"]) == ("allowed", [], "key_arn")
    legs = {leg["leg"]: leg for leg in told["legs"]}
    assert list(legs)[:3] == ["bucket_policy", "access_point_policy", "s3_identity"] and len(legs) == 12
    assert legs["key_policy"] == {
        "leg": "key_policy",
        "verdict": "allow",
        "decided_by": [{"policy": KEY, "statement": ON_KEY}],
    }
    assert legs["key_grant"] == {"leg": "key_grant", "verdict": "none", "decided_by": []}
    assert told["statements_to_add"] == told["obstacles"] == told["works_through_roles"] == []


def test_grants_are_told_by_their_ids(ask: Callable[..., Told]) -> None:
    def build(inventory: Inventory) -> None:
        inventory.shared(key=[DELEGATED])
        inventory.grant(KEY, ETL)

    (told,) = ask(build, "lake", ETL)
    legs = {leg["leg"]: leg["decided_by"] for leg in told["legs"]}
    assert legs["key_grant"] == [{"grant": "g1"}]


@pytest.mark.parametrize("bucket", ["lake", LAKE])
def test_a_blocked_path_tells_what_to_add(ask: Callable[..., Told], bucket: str) -> None:
    (told,) = ask(WITHOUT_KEY, bucket, ETL)
    assert (told["verdict"], told["blocked_by"]) == ("blocked", ["key_policy"])
    (missing,) = told["statements_to_add"]
    assert missing["where"] == f"key policy of {KEY}" and missing["statement"]["Action"] == "kms:Decrypt"


@pytest.mark.parametrize(
    ("action", "access"),
    [
        (None, "read"),
        ("s3:GetObject", "read"),
        ("getobject", "read"),
        ("s3:PutObject", "write"),
        ("S3:PUTOBJECT", "write"),
        ("write", "write"),
    ],
)
def test_actions(ask: Callable[..., Told], action: str | None, access: str) -> None:
    (told,) = ask(usual(), "lake", ETL, None, action)
    assert told["access"] == access


def test_without_a_principal_everybody_whose_path_is_blocked(ask: Callable[..., Told]) -> None:
    def build(inventory: Inventory) -> None:
        inventory.shared(key=[DELEGATED, allow("kms:GenerateDataKey", to=ETL)])
        inventory.role("other", COMPUTE, OWN_S3)

    told = ask(build, "lake")
    other = role(COMPUTE, "other")
    assert [(each["principal_arn"], each["access"]) for each in told] == [
        (ETL, "read"),
        (other, "read"),
        (other, "write"),
    ]
    assert {each["verdict"] for each in told} == {"blocked"}


def test_without_a_principal_and_with_an_action(ask: Callable[..., Told]) -> None:
    told = ask(WITHOUT_KEY, "lake", None, None, "s3:PutObject")
    assert [(each["principal_arn"], each["access"]) for each in told] == [(ETL, "write")]


def test_a_bucket_to_which_nothing_is_blocked(ask: Callable[..., Told]) -> None:
    assert ask(usual(), "lake") == []


def test_a_key_in_the_place_of_the_default_one(ask: Callable[..., Told]) -> None:
    def build(inventory: Inventory) -> None:
        inventory.shared()
        inventory.key("k2", DELEGATED)

    (told,) = ask(build, "lake", ETL, key("k2"))
    assert (told["key_arn"], told["blocked_by"]) == (key("k2"), ["key_policy", "kms_identity"])


def test_a_key_takes_the_place_of_none(ask: Callable[..., Told]) -> None:
    (told,) = ask(usual(algorithm="AES256"), "lake", ETL, KEY)
    assert (told["key_arn"], told["key_basis"], told["verdict"]) == (KEY, "key_arn", "allowed")


def test_access_points_are_told_beside_the_bucket(ask: Callable[..., Told]) -> None:
    def build(inventory: Inventory) -> None:
        inventory.shared(own=[OWN_S3, OWN_KMS, allow("s3:GetObject", f"{POINT}/object/*")])
        inventory.access_point(allow("s3:GetObject", f"{POINT}/object/*", to=role(COMPUTE, "x")))

    told = ask(build, "lake", ETL)
    assert [each["access_point_arn"] for each in told] == [None, POINT]
    assert told[1]["blocked_by"] == ["access_point_policy"]


def test_a_way_through_a_role_is_told(ask: Callable[..., Told]) -> None:
    reader, other = role(DATA, "reader"), role(DATA, "other")

    def build(inventory: Inventory) -> None:
        inventory.shared(key=[DELEGATED])
        path = {"principal_arn": ETL, "bucket_arn": LAKE, "access": "read"}
        for via, rest in ((reader, {}), (other, {"access": "write"}), (other, {"verdict": "blocked"})):
            row = {"verdict": "conditional", "via_role_arn": via, **path, **rest}
            inventory._row("cross_account_paths", **row)

    (told,) = ask(build, "lake", ETL)
    assert (told["verdict"], told["works_through_roles"]) == ("blocked", [reader])


SPECIAL = ["*", root(COMPUTE), f"arn:aws:sts::{COMPUTE}:assumed-role/etl/nightly", role("999999999999", "x")]


@pytest.mark.parametrize("who", SPECIAL)
def test_anybody_may_be_asked_about(ask: Callable[..., Told], who: str) -> None:
    (told,) = ask(usual(bucket=[IN_BUCKET, allow(USE, f"{LAKE}/*", to=root(COMPUTE))]), "lake", who)
    assert told["principal_arn"] == (ETL if "assumed-role" in who else who)


def test_open_conditions_are_told(ask: Callable[..., Told]) -> None:
    (told,) = ask(usual(bucket=[{**IN_BUCKET, "Condition": SOMETIMES}]), "lake", ETL)
    (condition,) = told["conditions"]
    assert (told["verdict"], condition["key"]) == ("conditional", "aws:SourceIp")


def test_one_s_own_bucket_under_another_account_s_key_is_a_path(ask: Callable[..., Told]) -> None:
    def build(inventory: Inventory) -> None:
        central = inventory.key("c1", allow("kms:*", to=root(COMPUTE)), account=COMPUTE)
        inventory.bucket("lake", key=central)
        inventory.role("own", DATA, OWN_S3)
        inventory.s3_account(DATA)

    (told,) = ask(build, "lake", role(DATA, "own"))
    assert told["blocked_by"] == ["key_policy", "kms_identity"]


WRONG = [
    ("no bucket nowhere was collected", ("nowhere", ETL)),
    ("no bucket arn:aws:s3:::nowhere was collected", ("arn:aws:s3:::nowhere",)),
    ("--principal:", ("lake", "etl")),
    ("--principal:", ("lake", "arn:aws:iam::12:role/etl")),
    ("is a service", ("lake", "s3.amazonaws.com")),
    ("same account", ("lake", role(DATA, "own"))),
    ("same account", ("lake", root(DATA))),
    ("--action: s3:DeleteObject", ("lake", ETL, None, "s3:DeleteObject")),
    ("--action: kms:Decrypt", ("lake", ETL, None, "kms:Decrypt")),
    ("--key: alias/lake", ("lake", ETL, "alias/lake")),
    ("--key:", ("lake", ETL, f"arn:aws:kms:{REGION}:{DATA}:alias/lake")),
    ("--key:", ("lake", ETL, "k1")),
    ("--key:", ("lake", ETL, "arn:aws:key/x")),
]


@pytest.mark.parametrize(("words", "arguments"), WRONG)
def test_what_there_is_not_is_said(ask: Callable[..., Told], words: str, arguments: tuple[str, ...]) -> None:
    with pytest.raises(UsageError) as caught:
        ask(usual(), *arguments)
    assert words in str(caught.value)
