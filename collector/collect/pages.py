"""All pages of one operation, by the paginators that botocore ships."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from functools import cache
from typing import Any

from botocore.exceptions import PaginationError, UnknownServiceError

from collector.collect.answer import search, useful
from collector.collect.table import Call
from collector.collect.transport.session import models

Send = Callable[[dict[str, Any], bool], Awaitable[dict[str, Any]]]
"""Makes one call with these parameters; the second one tells whether it asks for a further page."""


async def pages(call: Call, params: dict[str, Any], send: Send) -> AsyncIterator[Any]:
    """Yield the useful parts of the answers to a call, page by page; one, if it is a single thing.

    Raises PaginationError if the service repeats a token. To be read to its end: the event loop starts a
    task for each generator that is left before.
    """
    tokens = _tokens(call)
    seen: set[str] = set()
    while True:
        answer = await send(params, bool(seen))
        part = useful(call, answer)
        yield part
        if tokens is None or isinstance(part, dict):
            return
        given, returned, more = tokens
        token = search(returned, answer) if not more or search(more, answer) else None
        if not token:
            return
        if token in seen:
            raise PaginationError(message=f"{call.operation} returned the same token twice")
        seen.add(token)
        params = {**params, given: token}


def _tokens(call: Call) -> tuple[str, str, str] | None:
    """Parameter that takes the token, where the answer has it, and what says that there is more."""
    if call.token:
        return (*call.token, "")
    paginator = _paginators(call.service).get(call.operation)
    if paginator is None:
        return None
    return paginator["input_token"], paginator["output_token"], paginator.get("more_results", "")


@cache
def _paginators(service: str) -> dict[str, Any]:
    try:
        return dict(models().load_service_model(service, "paginators-1")["pagination"])
    except UnknownServiceError:
        return {}
