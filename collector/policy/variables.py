"""Policy variables: `${aws:username}`, with defaults and the escapes for `*`, `?` and `$`.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from collector.policy.context import UNKNOWN, Context, Perhaps, StartsWith
from collector.policy.pattern import LITERAL, LITERAL_QUESTION, LITERAL_STAR

_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_DEFAULT = re.compile(r"(.*?)\s*,\s*'(.*)'", re.DOTALL)

_ESCAPES = {"*": LITERAL_STAR, "?": LITERAL_QUESTION, "$": "$"}


@dataclass(frozen=True)
class Template:
    """A pattern with variables in it."""

    parts: tuple[str | tuple[str, str | None], ...]
    """Text of the pattern, or a condition key in lower case with its default."""

    @property
    def keys(self) -> tuple[str, ...]:
        """The condition keys that it needs."""
        return tuple(part[0] for part in self.parts if isinstance(part, tuple))

    def fill(self, context: Context) -> tuple[str | None, bool]:
        """The pattern with the request's values in it, and whether it depends on a key that is not known.

        None: a variable has no value and no default, so nothing matches. A key with several values has
        none. What comes from the request, and the escapes, are no wildcards.
        """
        text = []
        for part in self.parts:
            if isinstance(part, str):
                text.append(part)
                continue
            key, default = part
            values = context.get(key)
            if (
                values is UNKNOWN
                or isinstance(values, Perhaps)
                or (values and values[0].__class__ is StartsWith)
            ):
                return None, True
            if values is None or len(values) != 1:
                if default is None:
                    return None, False
                text.append(default.translate(LITERAL))
            else:
                text.append(values[0].translate(LITERAL))
        return "".join(text), False


def template(text: str, start: int = 0) -> Template | None:
    """The template in a text; None if there is no variable in it. What is before `start` is as it is."""
    if "${" not in text[start:]:
        return None
    parts: list[str | tuple[str, str | None]] = []
    end = 0
    for found in _VARIABLE.finditer(text, start):
        parts.append(text[end : found.start()])
        parts.append(_part(found[1]))
        end = found.end()
    parts.append(text[end:])
    return Template(tuple(part for part in parts if part != ""))


def anything(text: str) -> str:
    """The pattern of whatever the variables in a text may stand for."""
    return _VARIABLE.sub("*", text)


def _part(inside: str) -> str | tuple[str, str | None]:
    inside = inside.strip()
    if inside in _ESCAPES:
        return _ESCAPES[inside]
    if found := _DEFAULT.fullmatch(inside):
        return found[1].strip().lower(), found[2]
    return inside.lower(), None
