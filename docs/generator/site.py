"""All generated pages together: what they should be, and what is on disk."""

from __future__ import annotations

from pathlib import Path

from generator import commands, configuration, queries, tables

DOCS = Path(__file__).parent.parent
GENERATED_FOLDERS = ("tables", "queries")
"""Folders in which every page is generated, so that one which no source asks for is left over."""


def pages() -> dict[str, str]:
    """Every generated page: path inside `docs/` -> text."""
    return {
        "command-line.md": commands.page(),
        "configuration.md": configuration.page(),
        **{f"tables/{name}": text for name, text in tables.pages().items()},
        **{f"queries/{name}": text for name, text in queries.pages().items()},
    }


def write(docs: Path = DOCS) -> None:
    """Write every page and remove those that are left over."""
    wanted = pages()
    for name, text in wanted.items():
        path = docs / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    for name in _left_over(docs, wanted):
        (docs / name).unlink()


def stale(docs: Path = DOCS) -> dict[str, str]:
    """The pages that are not as they should be, and how they differ."""
    wanted = pages()
    found = {name: _compared(docs / name, text) for name, text in wanted.items()}
    found |= dict.fromkeys(_left_over(docs, wanted), "left over: nothing is called so any more")
    return {name: problem for name, problem in sorted(found.items()) if problem}


def _compared(path: Path, text: str) -> str:
    if not path.exists():
        return "missing"
    return "" if path.read_bytes() == text.encode() else "out of date"


def _left_over(docs: Path, wanted: dict[str, str]) -> list[str]:
    present = (path for folder in GENERATED_FOLDERS for path in (docs / folder).glob("*.md"))
    return sorted({path.relative_to(docs).as_posix() for path in present} - set(wanted))
