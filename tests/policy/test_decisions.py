"""The table of decisions: requests and what AWS documents to come of them, written by hand."""

import json
import re
from collections import Counter
from importlib import import_module
from pathlib import Path

import pytest

from collector.ask.simulate import simulate
from tests.policy.decisions.table import LEGS, Row

FOLDER = Path(__file__).parent / "decisions"
THEMES = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem != "table")
RULES = [(theme, rule) for theme in THEMES for rule in import_module(f"tests.policy.decisions.{theme}").RULES]
ROWS = [(theme, row) for theme, rule in RULES for row in rule.rows]


def parameter(theme: str, row: Row):
    return pytest.param(row, id=f"{theme}: {row.name}")


def answer(row: Row) -> dict:
    ((line, valid),) = simulate([json.dumps({"id": row.name, **row.request}).encode()])
    found = json.loads(line)
    assert found["id"] == row.name
    assert valid is (row.decision != "invalid"), found
    return found


def names_keys(entries: list[dict], keys: list[str]) -> bool:
    """Whether open statements say why, and each key is named by one of them."""
    told = [f"{entry.get('key', '')} {entry['reason']}".lower() for entry in entries]
    return all(entry["reason"] for entry in entries) and all(
        any(re.search(rf"(?<![\w:]){re.escape(key.lower())}(?![\w/])", text) for text in told) for key in keys
    )


@pytest.mark.parametrize("row", [parameter(theme, row) for theme, row in ROWS])
def test_decision(row):
    found = answer(row)
    if row.decision == "invalid":
        assert row.error in found["error"]
        return
    assert found["decision"] == row.decision, found
    assert {leg: found["legs"][leg] for leg in row.legs} == row.legs
    if row.blocked_by is not None:
        assert found["blocked_by"] == row.blocked_by
    if row.depends_on is not None:
        opened = {entry["leg"] for entry in found["conditions"]}
        assert opened == row.depends_on.keys(), found["conditions"]
        for leg, keys in row.depends_on.items():
            assert names_keys([entry for entry in found["conditions"] if entry["leg"] == leg], keys)
    told = {(entry["leg"], entry.get("statement", entry.get("grant"))) for entry in found["evidence"]}
    assert set(row.evidence or ()) <= told


def legs(row: Row) -> int:
    return sum(bool(row.request.get(leg)) for leg in LEGS)


def test_the_table_is_long_enough():
    assert len(ROWS) >= 260


def test_names_are_unique():
    names = Counter(row.name for _, row in ROWS)
    assert [name for name, times in names.items() if times > 1] == []


def test_a_rule_has_one_to_three_rows_and_its_own_words():
    assert [rule.text for _, rule in RULES if not 1 <= len(rule.rows) <= 3] == []
    assert len({rule.text for _, rule in RULES}) == len(RULES)


def test_half_of_the_rows_span_two_kinds_of_policy():
    assert 2 * sum(legs(row) >= 2 for _, row in ROWS) >= len(ROWS)


def test_most_rows_are_about_buckets_and_keys():
    services = Counter(row.request["action"].partition(":")[0].lower() for _, row in ROWS)
    assert 10 * (services["s3"] + services["kms"]) >= 9 * len(ROWS)


def test_every_rule_has_a_page_of_aws():
    page = re.compile(r"https://docs\.aws\.amazon\.com/[\w/-]+\.html")
    assert [rule.page for _, rule in RULES if not page.fullmatch(rule.page)] == []


def test_open_rows_say_what_they_depend_on():
    assert [row.name for _, row in ROWS if row.decision == "conditional" and not row.depends_on] == []
