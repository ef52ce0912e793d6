"""Statements that are equal are parsed once: most policies repeat those of others."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from collector.policy.grammar import Problem, StatementParser, Where
from collector.policy.statement import Statement

_KEPT = 4096


class _Source(str):
    """A statement as text, which tells equal ones, with what the text says."""

    raw: Any


def statement(index: int, several: bool, raw: Any, where: Where, variables: bool) -> Parsed:
    """The statement at a place of a document, and what is wrong with it. None: it cannot be used.

    `several`: the document has a list of them; `variables`: its version has some. Equal statements at the
    same place are the same object.
    """
    try:
        source = _Source(json.dumps(raw))
    except (TypeError, ValueError, RecursionError):
        return _parsed(index, several, raw, where, variables)
    source.raw = raw
    return _parsed_once(index, several, source, where, variables)


Parsed = tuple[Statement | None, tuple[Problem, ...]]


@lru_cache(maxsize=_KEPT)
def _parsed_once(index: int, several: bool, source: _Source, where: Where, variables: bool) -> Parsed:
    return _parsed(index, several, source.raw, where, variables)


def _parsed(index: int, several: bool, raw: Any, where: Where, variables: bool) -> Parsed:
    parser = StatementParser(f"Statement[{index}]" if several else "Statement", where, variables)
    return parser.statement(index, raw), tuple(parser.problems)
