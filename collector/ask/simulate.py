"""Policy requests as JSON lines, and the decisions about them: offline, one after the other, in order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

import msgspec

from collector.policy.context import Context
from collector.policy.decision import decide
from collector.policy.document import Document, parse
from collector.policy.evaluate import Levels, Policies, Request
from collector.policy.grammar import Where
from collector.policy.grants import Grant, grant
from collector.policy.principal import principal
from collector.policy.services import IN_IAM_ONLY, is_key

_ACTION = re.compile(r"[A-Za-z0-9-]+:[A-Za-z0-9]+")
_ACCOUNT_ID = re.compile(r"[0-9]{12}")

Value = str | bool | int | float


_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What is raised for text that is no JSON, or not the JSON that is wanted."""
_ABSENT = msgspec.Raw(b"null")


class Line(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A request as it is written: what is asked, and the policies that bear on it."""

    principal: str
    action: str
    resource: str
    id: str | int | None = None
    resource_account: str | None = None
    """Needed where the ARN of the resource has no account, as in S3."""
    identity_policies: list[msgspec.Raw] = []
    permissions_boundary: msgspec.Raw = _ABSENT
    session_policy: msgspec.Raw = _ABSENT
    resource_policy: msgspec.Raw = _ABSENT
    scps: list[list[msgspec.Raw]] | None = None
    rcps: list[list[msgspec.Raw]] | None = None
    grants: list[dict[str, Any]] | None = None
    context: dict[str, Value | list[Value]] = {}
    unknown_context: list[str] = []


class Invalid(ValueError):
    """A line that is no request; the message says where and why."""


class Named(msgspec.Struct):
    """What can be read of a line that is no request."""

    id: Any = None


_DECODER = msgspec.json.Decoder(Line)
_ENCODER = msgspec.json.Encoder()


def simulate(lines: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """For every request its decision, as a line of JSON, and whether it was a request at all."""
    for number, text in enumerate(lines, 1):
        if not text.strip():
            continue
        try:
            yield _ENCODER.encode(_decision(_decoded(text))) + b"\n", True
        except Invalid as error:
            answer = {"id": _id(text), "line": number, "error": str(error)}
            yield _ENCODER.encode(answer) + b"\n", False


def _decoded(text: bytes) -> Line:
    try:
        return _DECODER.decode(text)
    except _UNREADABLE as error:
        raise Invalid(str(error)) from error


def _id(text: bytes) -> Any:
    try:
        return msgspec.json.decode(text, type=Named).id
    except _UNREADABLE:
        return None


def _decision(line: Line) -> dict[str, Any]:
    found = decide(_request(line), _policies(line))
    return {
        "id": line.id,
        "decision": found.outcome.value,
        "legs": {name: leg.verdict.value for name, leg in found.legs.named()},
        "blocked_by": found.blocked_by,
        "conditions": found.conditions,
        "evidence": found.evidence,
    }


def _request(line: Line) -> Request:
    if not _ACTION.fullmatch(line.action):
        raise Invalid(f"action: {line.action!r} is not service:Operation")
    both = {key.lower() for key in line.context} & {key.lower() for key in line.unknown_context}
    if both:
        raise Invalid(f"unknown_context: {', '.join(sorted(both))} has a value in context")
    try:
        who = principal(line.principal, bounded=line.permissions_boundary != _ABSENT)
    except ValueError as error:
        raise Invalid(f"principal: {error}") from error
    context = Context.of(line.context, line.unknown_context)
    seen = _seen_by_key(context) if is_key(line.resource) else None
    return Request(who, line.action.lower(), line.resource, _resource_account(line), context, seen)


def _seen_by_key(context: Context) -> Context | None:
    """What a key's policy sees of a request, where that is less."""
    if not any(key.startswith(IN_IAM_ONLY) for key in context):
        return None
    return Context({key: values for key, values in context.items() if not key.startswith(IN_IAM_ONLY)})


def _resource_account(line: Line) -> str:
    fields = line.resource.split(":", 5)
    owner = fields[4] if len(fields) == 6 and _ACCOUNT_ID.fullmatch(fields[4]) else None
    given = line.resource_account or owner
    if given is None:
        raise Invalid("resource_account: missing, and the resource does not tell it")
    if not _ACCOUNT_ID.fullmatch(given):
        raise Invalid(f"resource_account: {given!r} is not an account id of 12 digits")
    if owner and owner != given:
        raise Invalid(f"resource_account: {given} is not the account of the resource, {owner}")
    return given


def _policies(line: Line) -> Policies:
    return Policies(
        identity=_documents("identity_policies", line.identity_policies, Where.IDENTITY),
        boundary=_optional("permissions_boundary", line.permissions_boundary, Where.IDENTITY),
        session=_optional("session_policy", line.session_policy, Where.SESSION),
        resource=_resource_policy(line),
        scps=_levels("scps", line.scps, Where.SCP),
        rcps=_levels("rcps", line.rcps, Where.RCP),
        grants=None if line.grants is None else _grants(line.grants),
    )


def _resource_policy(line: Line) -> tuple[Document, ...] | None:
    where = Where.TRUST if line.action.lower().startswith("sts:") else Where.RESOURCE
    found = _optional("resource_policy", line.resource_policy, where)
    return None if found is None else (found,)


def _optional(name: str, raw: msgspec.Raw, where: Where) -> Document | None:
    return None if raw == _ABSENT else _document(name, bytes(raw), where)


def _documents(name: str, raws: list[msgspec.Raw], where: Where) -> tuple[Document, ...]:
    return tuple(_document(f"{name}[{i}]", bytes(raw), where) for i, raw in enumerate(raws))


def _levels(name: str, levels: list[list[msgspec.Raw]] | None, where: Where) -> Levels:
    return tuple(_documents(f"{name}[{i}]", raws, where) for i, raws in enumerate(levels or ()))


def _document(name: str, text: bytes, where: Where) -> Document:
    try:
        found = _prepared(text, where)
    except _UNREADABLE as error:
        raise Invalid(f"{name}: {error}") from error
    if found.problems:
        raise Invalid("; ".join(map(str, (problem.within(name) for problem in found.problems))))
    return found


@lru_cache(maxsize=16384)
def _prepared(text: bytes, where: Where) -> Document:
    """A document, given as an object or as its text: equal ones are parsed once."""
    return parse(msgspec.json.decode(text), where)


def _grants(listed: list[dict[str, Any]]) -> tuple[Grant, ...]:
    found = []
    for index, each in enumerate(listed):
        try:
            found.append(grant(each))
        except ValueError as error:
            raise Invalid(f"grants[{index}].{error}") from error
    return tuple(found)
