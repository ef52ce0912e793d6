"""`keyreach explain`: formats, errors, exit codes, and text of others that it prints."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import duckdb
import pytest

from collector.access.derive import derive
from tests.access.builder import Inventory
from tests.access.words import DELEGATED, ETL, IN_BUCKET, KEY, OWN_KMS, allow, deny
from tests.inventory import inventory as written

HOSTILE = "\x1b]0;owned\x07\x1b[2J\u202e<script>alert(1)</script>|`x`\r\n=cmd()"
USUAL = ("explain", "--principal", ETL, "--bucket", "lake")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Inventories of the usual path, with what is given instead: each is made once."""
    folder, paths = tmp_path_factory.mktemp("explain"), {}

    def make(**given: Any) -> Path:
        name = json.dumps(given)
        if name not in paths:
            paths[name] = written(folder / f"{len(paths)}.duckdb", {"sync_runs": []})
            with duckdb.connect(str(paths[name])) as connection:
                inventory = Inventory(connection)
                inventory.shared(**given)
                inventory.ledger()
                inventory.flush()
                derive(connection)
        return paths[name]

    return make


@pytest.fixture
def explained(made: Callable[..., Path], keyreach: Callable[..., Any], tmp_path: Path) -> Callable[..., Any]:
    """Run the command on a copy of such an inventory."""
    copies = count()

    def run(*arguments: str, **given: Any) -> Any:
        db = shutil.copy(made(**given), tmp_path / f"{next(copies)}.duckdb")
        return keyreach("--db", str(db), *arguments)

    return run


BLOCKED = {"key": [DELEGATED]}


def test_a_table_for_people(explained: Callable[..., Any]) -> None:
    result = explained(*USUAL, **BLOCKED)
    assert result.exit_code == 0 and result.stderr == ""
    first = result.stdout.splitlines()[0]
    assert first == f"{ETL}, read of arn:aws:s3:::lake/*: blocked"
    assert f"Missing: key_policy. Add to the key policy of {KEY}:" in result.stdout
    text = result.stdout[result.stdout.index("{\n") : result.stdout.rindex("}") + 1]
    assert json.loads(text)["Principal"] == {"AWS": ETL}
    assert "access_point_policy" not in result.stdout and "bucket_policy" in result.stdout


def test_json(explained: Callable[..., Any]) -> None:
    result = explained(*USUAL, "--format", "json", **BLOCKED)
    (told,) = json.loads(result.stdout)
    assert (told["verdict"], told["blocked_by"], result.exit_code) == ("blocked", ["key_policy"], 0)
    assert {leg["leg"]: leg["verdict"] for leg in told["legs"]}["bucket_policy"] == "allow"


def test_json_lines_and_csv(explained: Callable[..., Any]) -> None:
    lines = explained(*USUAL, "--format", "jsonl", **BLOCKED).stdout.splitlines()
    assert [json.loads(line)["access"] for line in lines] == ["read"]
    (row,) = csv.DictReader(io.StringIO(explained(*USUAL, "--format", "csv", **BLOCKED).stdout))
    assert row["verdict"] == "blocked" and json.loads(row["statements_to_add"])[0]["leg"] == "key_policy"
    assert row["access_point_arn"] == ""


def test_markdown(explained: Callable[..., Any]) -> None:
    result = explained(*USUAL, "--format", "markdown", **BLOCKED)
    assert result.exit_code == 0 and "| key\\_policy | none |" in result.stdout


def test_into_a_file(explained: Callable[..., Any], tmp_path: Path) -> None:
    result = explained(*USUAL, "--format", "json", "-o", str(tmp_path / "out.json"), **BLOCKED)
    assert (result.exit_code, result.stdout) == (0, "")
    assert json.loads((tmp_path / "out.json").read_text())[0]["verdict"] == "blocked"


def test_a_path_that_is_open_says_what_it_depends_on(explained: Callable[..., Any]) -> None:
    when = {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}
    result = explained(*USUAL, bucket=[{**IN_BUCKET, "Condition": when}])
    assert "conditional" in result.stdout and "Open: bucket_policy: aws:sourceip: not known" in result.stdout
    assert "Missing" not in result.stdout


def test_an_obstacle_instead_of_a_statement(explained: Callable[..., Any]) -> None:
    result = explained(*USUAL, key=[DELEGATED, deny("kms:*", to="*", sid="Never")])
    assert f"In the way: key_policy: {KEY}, Never denies it." in result.stdout
    assert "Missing" not in result.stdout


def test_a_bucket_alone(explained: Callable[..., Any]) -> None:
    result = explained("explain", "--bucket", "lake", **BLOCKED)
    assert result.exit_code == 0
    assert [line for line in result.stdout.splitlines() if line.endswith(": blocked")] == [
        f"{ETL}, read of arn:aws:s3:::lake/*: blocked",
        f"{ETL}, write of arn:aws:s3:::lake/*: blocked",
    ]


def test_a_bucket_to_which_nothing_is_blocked(explained: Callable[..., Any]) -> None:
    result = explained("explain", "--bucket", "lake")
    assert (result.exit_code, result.stdout) == (0, "no path to lake is blocked\n")
    assert json.loads(explained("explain", "--bucket", "lake", "--format", "json").stdout) == []


@pytest.mark.parametrize(("option", "words"), [("s3:PutObject", "write of"), ("s3:GetObject", "read of")])
def test_the_action(explained: Callable[..., Any], option: str, words: str) -> None:
    assert words in explained(*USUAL, "--action", option).stdout.splitlines()[0]


def test_another_key(explained: Callable[..., Any]) -> None:
    result = explained(*USUAL, "--key", KEY + "0", "--format", "json")
    (told,) = json.loads(result.stdout)
    assert (told["key_arn"], told["blocked_by"]) == (KEY + "0", ["key_usable"])


WRONG = [
    ("no bucket nowhere", ("explain", "--bucket", "nowhere")),
    ("is a service", ("explain", "--bucket", "lake", "--principal", "s3.amazonaws.com")),
    ("--key", (*USUAL, "--key", "alias/lake")),
    ("--bucket", ("explain", "--principal", ETL)),
    ("--format", (*USUAL, "--format", "yaml")),
]


@pytest.mark.parametrize(("words", "arguments"), WRONG)
def test_wrong_usage_exits_2(explained: Callable[..., Any], words: str, arguments: tuple[str, ...]) -> None:
    result = explained(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in result.stderr and "Traceback" not in result.stderr


def test_without_an_inventory_it_exits_2(keyreach: Callable[..., Any]) -> None:
    result = keyreach("--db", "missing.duckdb", *USUAL)
    assert result.exit_code == 2 and "no inventory" in result.stderr


def bad(text: str) -> list[str]:
    """Characters that steer a terminal, line ends apart."""
    return [c for c in text if (ord(c) < 32 and c != "\n") or c in "\x7f\x9b\u202e\u2028"]


HELD = {
    "what is open": {
        "bucket": [{**IN_BUCKET, "Sid": HOSTILE, "Condition": {"StringEquals": {f"aws:{HOSTILE}": HOSTILE}}}]
    },
    "what denies": {"bucket": [IN_BUCKET, deny("s3:*", "*", to="*", sid=HOSTILE)]},
    "what is missing": {"own": [allow("s3:*", f"arn:aws:s3:::lake/{HOSTILE}*"), OWN_KMS], "bucket": []},
}


@pytest.mark.parametrize("given", HELD.values(), ids=HELD)
@pytest.mark.parametrize("format", ["table", "markdown"])
def test_text_of_others_steers_no_terminal(
    explained: Callable[..., Any], given: dict[str, Any], format: str
) -> None:
    result = explained(*USUAL, "--format", format, **given)
    assert result.exit_code == 0 and bad(result.stdout) == []


@pytest.mark.parametrize("format", ["json", "jsonl", "csv"])
def test_text_of_others_stays_what_it_is_for_programs(explained: Callable[..., Any], format: str) -> None:
    result = explained(*USUAL, "--format", format, bucket=[{**IN_BUCKET, "Sid": HOSTILE}])
    text = result.stdout
    if format == "csv":
        (row,) = csv.DictReader(io.StringIO(text))
        legs = json.loads(row["legs"])
    else:
        found = json.loads(text)
        legs = (found[0] if format == "json" else found)["legs"]
    assert legs[0]["decided_by"][0]["statement"]["Sid"] == HOSTILE
    assert "\x1b" not in text


def test_markup_of_others_is_no_markup_in_markdown(explained: Callable[..., Any]) -> None:
    given = {"bucket": [IN_BUCKET, deny("s3:*", "*", to="*", sid="<script>alert(1)</script>")]}
    assert "<script>" not in explained(*USUAL, "--format", "markdown", **given).stdout


HOSTILE_ARGUMENTS = [("explain", "--bucket", HOSTILE), (*USUAL[:2], HOSTILE, "--bucket", "lake")]


@pytest.mark.parametrize("arguments", HOSTILE_ARGUMENTS, ids=["bucket", "principal"])
def test_a_hostile_argument_is_told_harmlessly(
    explained: Callable[..., Any], arguments: tuple[str, ...]
) -> None:
    result = explained(*arguments)
    assert result.exit_code == 2 and bad(result.stderr) == []


NOBODY = [
    "",
    " ",
    "arn:aws:iam::222222222222",
]


@pytest.mark.parametrize("who", NOBODY)
def test_names_that_nobody_has(explained: Callable[..., Any], who: str) -> None:
    result = explained("explain", "--bucket", "lake", "--principal", who)
    assert result.exit_code == 2 and "--principal" in result.stderr
