"""The structure of the package: who imports whom, what files are called, and how long they are."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "collector"
FILES = sorted(PACKAGE.rglob("*.py"))

MAY_IMPORT = {
    "": {"", "ask"},
    "cli": {"", "cli", "sync", "ask", "collect", "store", "demo"},
    "sync": {"", "sync", "collect", "store", "access"},
    "ask": {"", "ask", "store", "access", "policy"},
    "access": {"", "access", "policy", "store"},
    "store": {"", "store"},
    "collect": {"", "collect"},
    "policy": {"policy"},
    "demo": {"", "demo"},
}
"""Wing -> the wings that it may import from; the empty one is the modules at the top."""


def name(path):
    return str(path.relative_to(ROOT))


def wing(path):
    parts = path.relative_to(PACKAGE).parts
    return parts[0] if len(parts) > 1 else ""


def imports(path):
    """Every module that a file names in an import, at the top or inside a function."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def wings(path):
    found = set()
    for module in imports(path):
        head, *rest = module.split(".")
        if head == "collector" and rest:
            folder = PACKAGE / rest[0]
            found.add(rest[0] if folder.is_dir() else "")
    return found


@pytest.mark.parametrize("path", FILES, ids=name)
def test_imports_follow_the_arrow(path):
    if path == PACKAGE / "__main__.py":
        return
    assert wings(path) <= MAY_IMPORT[wing(path)]


@pytest.mark.parametrize("path", sorted((PACKAGE / "collect" / "tables").glob("*.py")), ids=name)
def test_a_declaration_has_no_part_in_how_it_is_executed(path):
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\b(try|except|boto3|logging|logger)\b", text)
    ours = {module for module in imports(path) if module.startswith("collector.")}
    allowed = ("collector.collect.table", "collector.collect.tags", "collector.collect.document")
    assert all(module.startswith(allowed) for module in ours)


@pytest.mark.parametrize("path", FILES, ids=name)
def test_only_transports_talk_to_aws(path):
    clients = {"boto3", "botocore.session", "botocore.client", "aiohttp"}
    inside = path.relative_to(PACKAGE).as_posix()
    may = ("collect/transport/", "demo/", "sync/", "cli/init.py", "collect/pages.py")
    if clients & set(imports(path)):
        assert inside.startswith(may)
    if not inside.startswith(("collect/transport/", "demo/")):
        assert ".create_client(" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", FILES, ids=name)
def test_only_the_command_line_prints(path):
    if wing(path) in ("cli", ""):
        return
    assert "typer" not in set(imports(path))
    tree = ast.parse(path.read_text(encoding="utf-8"))
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    assert not any(isinstance(func, ast.Name) and func.id == "print" for func in calls)


@pytest.mark.parametrize("path", [*FILES, *sorted((ROOT / "tests").rglob("*.py"))], ids=name)
def test_files_are_short_and_named_after_what_is_in_them(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300
    assert path.stem not in {"util", "utils", "helper", "helpers", "common", "misc", "base", "manager"}


def test_errors_are_caught_only_where_they_are_classified():
    broad = [
        name(path)
        for path in FILES
        if re.search(r"except( Exception| BaseException)?:", path.read_text(encoding="utf-8"))
    ]
    assert broad == []
