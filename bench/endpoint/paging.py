"""Pages: limits as documented, and tokens that say where the next page starts."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bench.endpoint.scramble import digest


@dataclass(frozen=True)
class Paging:
    """How an operation is paged: the names of its members, and how much a page holds."""

    limit: str
    """Parameter that sets the size of a page."""
    given: str
    """Parameter that takes the token."""
    returned: str
    """Member of the answer that has the token."""
    default: int
    most: int
    truncated: str = ""
    """Member that says whether there is more."""
    least: int = 1


def token(operation: str, start: int) -> str:
    """An opaque token."""
    return base64.urlsafe_b64encode(digest("page", operation, start)[:9] + start.to_bytes(6, "big")).decode()


def start_of(operation: str, text: str) -> int | None:
    """Where a page starts; None: the operation never gave out such a token."""
    try:
        start = int.from_bytes(base64.urlsafe_b64decode(text.encode())[9:], "big")
        return start if token(operation, start) == text else None
    except (ValueError, OverflowError):
        return None


def page(
    operation: str,
    paging: Paging,
    params: dict[str, Any],
    count: int,
    item: Callable[[int], Any],
    invalid: Callable[[str], Exception],
    bad_token: Callable[[], Exception],
) -> tuple[list[Any], dict[str, Any]]:
    """The items of one page, and the members that tell of the next. Raises what the last two give."""
    size = params.get(paging.limit, paging.default)
    if not paging.least <= size <= paging.most:
        raise invalid(
            f"1 validation error detected: Value '{size}' at '{paging.limit[0].lower()}{paging.limit[1:]}' "
            f"failed to satisfy constraint: Member must have value between {paging.least} and {paging.most}"
        )
    start = 0
    if params.get(paging.given):
        found = start_of(operation, params[paging.given])
        if found is None:
            raise bad_token()
        start = found
    stop = min(start + (size or paging.default), count)
    rest: dict[str, Any] = {paging.truncated: stop < count} if paging.truncated else {}
    if stop < count:
        rest[paging.returned] = token(operation, stop)
    return [item(n) for n in range(start, stop)], rest
