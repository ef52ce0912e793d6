"""The pieces that pages are made of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from collector.ask.formats.markdown import cell

_CODE = re.compile(
    r"""
    (?P<marked>`[^`|]+`)                                  # marked as code by whoever wrote the sentence
    | (?P<plain><[\w-]+>                                  # <key_id>: a place to fill in
      | \b[A-Za-z0-9]+(?:_[A-Za-z0-9]+)+(?:\.\w+)*        # aws_kms_keys.arn, ENCRYPT_DECRYPT
      | \b[a-z]+\.[a-z]+_[a-z_]+)                         # sync.key_last_usage
    """,
    re.VERBOSE,
)
"""Parts of a sentence that are names and not words."""


def join(*blocks: str) -> str:
    """A page of blocks with an empty line between; empty blocks are left out."""
    return "\n\n".join(block for block in blocks if block) + "\n"


def made_from(source: str) -> str:
    """A note for whoever opens the page to change it. Readers of the rendered page do not see it."""
    return f"<!-- Made by docs/generate.py from {source}: change it there, then run `make docs`. -->"


def prose(text: str) -> str:
    """A sentence from code, a comment or a header, on one line: shown as written, with names set as code."""
    parts, end = [], 0
    line = " ".join(text.split())
    for match in _CODE.finditer(line):
        parts += [cell(line[end : match.start()]), match["marked"] or f"`{match['plain']}`"]
        end = match.end()
    return "".join([*parts, cell(line[end:])])


def paragraphs(text: str) -> str:
    """A text of several paragraphs."""
    return "\n\n".join(prose(part) for part in re.split(r"\n\s*\n", text) if part.strip())


def code(text: str) -> str:
    """A name as code, also in a cell."""
    return f"`{text}`".replace("|", "\\|")


def names(found: Iterable[str]) -> str:
    """Names as code, with commas between."""
    return ", ".join(code(name) for name in found)


def link(text: str, target: str) -> str:
    """A name as a link."""
    return f"[{cell(text)}]({target})"


def name_link(name: str) -> str:
    """A table's name as a link to its page, from the pages beside it."""
    return f"[{code(name)}]({name}.md)"


def block(text: str, language: str) -> str:
    """A block of code, fenced by more backticks than it holds in a row."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text.strip(chr(10))}\n{fence}"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are Markdown already; empty if it has no rows."""
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    rule = "| " + " | ".join("---" for _ in header) + " |"
    return "\n".join(["| " + " | ".join(header) + " |", rule, *lines]) if lines else ""


def bullets(lines: Iterable[str]) -> str:
    """A list."""
    return "\n".join(f"- {line}" for line in lines)
