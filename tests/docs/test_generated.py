"""The documentation says what the code does: generated pages are current, and nothing is left out."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from generator import configuration, markdown, site

from collector import config, typed_toml
from collector.ask.library import library
from collector.cli.main import app
from collector.collect import registry
from collector.store import catalog

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), ROOT / "README.md"])
COMMANDS = list(typer.main.get_command(app).commands)
SECTIONS = [
    config.Accounts,
    config.Role,
    config.Regions,
    config.Sync,
    config.AcceptedGap,
    config.History,
]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def name(path):
    return path.relative_to(ROOT).as_posix()


def text(page):
    return (DOCS / page).read_text(encoding="utf-8")


def without_code(markdown):
    return re.sub(r"^(`{3,})[^\n]*\n.*?^\1$", "", markdown, flags=re.MULTILINE | re.DOTALL)


def anchors(path):
    """The names under which GitHub knows a page's headings."""
    headings = re.findall(r"^#+ (.*)$", without_code(path.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_generated_pages_are_current():
    assert site.stale() == {}


def test_what_is_missing_changed_or_left_over_is_noticed_and_mended(tmp_path):
    site.write(tmp_path)
    assert site.stale(tmp_path) == {}
    (tmp_path / "configuration.md").unlink()
    (tmp_path / "tables" / "aws_kms_keys.md").write_text("old")
    (tmp_path / "queries" / "gone.md").write_text("left")
    problems = site.stale(tmp_path)
    assert list(problems) == ["configuration.md", "queries/gone.md", "tables/aws_kms_keys.md"]
    site.write(tmp_path)
    assert site.stale(tmp_path) == {}


def test_pages_do_not_depend_on_where_and_how_they_are_made(tmp_path):
    odd = {"COLUMNS": "40", "TZ": "Asia/Tokyo", "KEYREACH_DB": "other.duckdb", "PYTHONHASHSEED": "7"}
    done = subprocess.run([sys.executable, DOCS / "generate.py", "--check"], cwd=tmp_path, env=odd)
    assert done.returncode == 0
    assert not any(str(ROOT) in page for page in site.pages().values())


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_documented(command):
    found = re.search(rf"^### {command}\n\n```text\n(.*?)```", text("command-line.md"), re.M | re.S)
    assert found and f"Usage: keyreach {command}" in found[1]
    assert "Example: keyreach" in found[1]


def test_every_relation_and_column_is_documented():
    for relation in catalog.tables().values():
        page = text(f"tables/{relation.name}.md")
        assert f"{relation.name}.md" in text("tables/README.md")
        for column in relation.columns:
            assert re.search(rf"^\| `{column.name}`( \(key\))? \| `", page, re.M), column.name


def test_every_call_of_a_table_is_documented_with_its_permission():
    for table in registry.tables():
        page = text(f"tables/{table.name}.md")
        for call in table.calls:
            assert f"| `{call.operation}` | `{table.made(call).action}` |" in page


def test_every_query_is_documented():
    for query in library().values():
        page = text(f"queries/{query.id}.md")
        assert f"[{query.id}]({query.id}.md)" in text("queries/README.md")
        assert query.sql in page
        for case in query.cases:
            assert markdown.prose(case.name) in page


def test_every_control_that_a_check_serves_is_listed():
    _, *sections = re.split(r"^### ", text("queries/README.md"), flags=re.M)
    for query in library().values():
        for framework, _, control in (full.partition("/") for full in query.frameworks):
            (section,) = [found for found in sections if f"`{framework}`" in found.splitlines()[0]]
            (row,) = [line for line in section.splitlines() if line.startswith(f"| `{control}` |")]
            assert f"[{query.id}]" in row


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.__name__)
def test_every_key_of_the_configuration_is_documented(section):
    keys = configuration.keys(section)
    assert [key.name for key in keys] == [field.name for field in typed_toml.keys(section)]
    for key in keys:
        assert key.description
        assert f"| `{key.name}` | {key.type} | {key.default} |" in text("configuration.md")


def test_every_section_of_the_configuration_is_documented():
    told = re.findall(r"^## \[+([a-z_.]+)\]+$", text("configuration.md"), re.M)
    inside = {field.name for field in typed_toml.keys(config.Config)}
    assert {section.partition(".")[0] for section in told} == inside


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_links_lead_somewhere(path):
    for target in LINK.findall(without_code(path.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        linked = (path.parent / file).resolve() if file else path
        assert linked.exists(), target
        assert linked == ROOT or linked.is_relative_to(ROOT)
        if anchor:
            assert anchor in anchors(linked), target


def test_every_page_can_be_found_from_the_index():
    found, open_pages = set(), [DOCS / "README.md"]
    while open_pages:
        page = open_pages.pop()
        found.add(page)
        targets = (target.partition("#")[0] for target in LINK.findall(page.read_text(encoding="utf-8")))
        linked = {(page.parent / target).resolve() for target in targets if target.endswith(".md")}
        open_pages += [path for path in linked - found - set(open_pages) if path.is_relative_to(DOCS)]
    assert found == set(DOCS.rglob("*.md"))


def test_what_stands_in_a_comment_stays_text():
    assert markdown.prose("a|b <a href=x> *y* `c|d`") == r"a\|b &lt;a href=x&gt; \*y\* \`c\|d\`"
    assert markdown.prose("aws_kms_keys.arn of <key_id>") == "`aws_kms_keys.arn` of `<key_id>`"
    assert markdown.block("select '```'", "sql").startswith("````sql\n")
