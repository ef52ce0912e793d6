"""A transport that answers from a script: for what no fake AWS can be made to say."""

from __future__ import annotations

from collections import Counter
from typing import Any

from botocore.exceptions import ClientError

Answer = dict[str, Any] | list[dict[str, Any]] | str


class ScriptedTransport:
    """Answers by operation, or operation and the value of one parameter.

    A list is a series of pages; a text is an error code.
    """

    def __init__(self, answers: dict[str | tuple[str, str], Answer]) -> None:
        self.answers = answers
        self.calls: Counter[str] = Counter()

    async def call(
        self, identity: str, region: str, service: str, operation: str, params: dict[str, Any]
    ) -> dict[str, Any]:
        self.calls[operation] += 1
        for value in params.values():
            if isinstance(value, str) and (operation, value) in self.answers:
                return self._answer(operation, self.answers[operation, value], params)
        return self._answer(operation, self.answers[operation], params)

    def _answer(self, operation: str, answer: Answer, params: dict[str, Any]) -> dict[str, Any]:
        if isinstance(answer, str):
            raise ClientError({"Error": {"Code": answer, "Message": "scripted"}}, operation)
        if isinstance(answer, list):
            page = int(params.get("Marker", 0))
            more = page + 1 < len(answer)
            return {**answer[page], "Truncated": more, **({"NextMarker": str(page + 1)} if more else {})}
        return answer

    async def reach(self, identity: str) -> None:
        pass

    async def release(self, identity: str) -> None:
        pass

    async def close(self) -> None:
        pass
