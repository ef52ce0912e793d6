"""Patterns with `*` and `?`: of plain text, of actions and of ARNs."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

Match = Callable[[str], bool]
"""Whether a text fits a pattern."""

LITERAL_STAR, LITERAL_QUESTION = "\ue000", "\ue001"
"""In a pattern: a star and a question mark that are no wildcards. No name in AWS has these characters."""

LITERAL = str.maketrans({"*": LITERAL_STAR, "?": LITERAL_QUESTION})
"""Makes a text a pattern that only this text matches."""

_FIELDS = 6
"""An ARN's fields; colons behind the fifth belong to the last one."""
_GAP = re.compile(r"[*?]*\*[*?]*")
"""Wildcards side by side: any text that is as long as there are question marks among them."""


@lru_cache(maxsize=4096)
def glob(pattern: str) -> Match:
    """What matches a pattern, case and all. `*` stands for any text, `?` for one character."""
    stars, questions = pattern.count("*"), pattern.count("?")
    if not stars and not questions:
        return literal(pattern).__eq__
    if pattern == "*":
        return _anything
    if stars == 1 and not questions and pattern.endswith("*"):
        prefix = literal(pattern[:-1])
        return lambda text: text.startswith(prefix)
    return _compiled(expression(pattern))


@lru_cache(maxsize=4096)
def arn(pattern: str) -> Match:
    """What matches the pattern of an ARN: field by field, so that `*` covers no colon but in the last field.

    A pattern with fewer fields than an ARN has matches nothing, but for a lone `*`.
    """
    if pattern == "*":
        return _anything
    *fields, last = pattern.split(":", _FIELDS - 1)
    if len(fields) < _FIELDS - 1:
        return _nothing
    if not any("*" in field or "?" in field for field in fields):
        return glob(pattern)
    within = "[^:]"
    return _compiled(
        ":".join([*(expression(field, within, within, within) for field in fields), expression(last)])
    )


def expression(pattern: str, one: str = ".", counted: str = ".", rest: str = ".") -> str:
    """The regular expression of a pattern.

    What stands for a character is given: for that of a lone question mark, of one beside a star, and for
    those of the star. A star but the last ends where the text behind it is found first, and nothing else is
    tried: a star behind it takes what it leaves.
    """
    fixed = ["".join(one if c == "?" else re.escape(c) for c in text) for text in _GAP.split(pattern)]
    gaps = [f"{counted * gap.count('?')}{rest}*" for gap in _GAP.findall(pattern)]
    if not gaps:
        return fixed[0]
    inner = (f"(?>{gap}?{text})" for gap, text in zip(gaps, fixed[1:-1], strict=False))
    return fixed[0] + "".join(inner) + gaps[-1] + fixed[-1]


def _compiled(expression: str) -> Match:
    wanted = expression.replace(LITERAL_STAR, r"\*").replace(LITERAL_QUESTION, r"\?")
    match = re.compile(wanted, re.DOTALL).fullmatch
    return lambda text: match(text) is not None


def any_of(matches: Sequence[Match]) -> Match:
    """What fits one of some patterns."""
    if len(matches) == 1:
        return matches[0]

    def match(text: str) -> bool:
        for each in matches:
            if each(text):
                return True
        return False

    return match


def completed(pattern: str) -> str:
    """The pattern of a resource with the fields that it leaves out: `arn:aws:s3` is all of S3.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
    """
    missing = _FIELDS - 1 - pattern.count(":")
    return pattern if pattern == "*" or missing <= 0 else pattern + ":*" * missing


def last_field(pattern: str) -> int:
    """Where the last field of an ARN's pattern begins; at its end, if it has fewer fields."""
    fields = pattern.split(":", _FIELDS - 1)
    return len(pattern) - len(fields[-1]) if len(fields) == _FIELDS else len(pattern)


@lru_cache(maxsize=4096)
def action(pattern: str) -> Match:
    """What matches the pattern of an action; the text must be in lower case."""
    return glob(pattern.lower())


def literal(pattern: str) -> str:
    """The text that a pattern without wildcards stands for."""
    return pattern.replace(LITERAL_STAR, "*").replace(LITERAL_QUESTION, "?")


def _anything(_: str) -> bool:
    return True


def _nothing(_: str) -> bool:
    return False
