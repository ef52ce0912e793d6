"""Policies and requests, drawn from few names so that they often have to do with each other."""

from __future__ import annotations

import copy
import os
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from collector.policy.context import Context
from collector.policy.decision import Decision, Outcome, decide
from collector.policy.document import Document, parse
from collector.policy.evaluate import Policies, Request
from collector.policy.grammar import Where
from collector.policy.grants import grant
from collector.policy.principal import principal

EXAMPLES = os.environ.get("HYPOTHESIS_EXAMPLES")
"""How many examples, where more than the usual ones are wanted; they are other ones every time then."""

checked = settings(
    max_examples=int(EXAMPLES or 80),
    derandomize=EXAMPLES is None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)

A, B = "111122223333", "444455556666"
ROLE, SESSION = f"arn:aws:iam::{A}:role/app", f"arn:aws:sts::{A}:assumed-role/app/ann"
USER, ROOT = f"arn:aws:iam::{A}:user/ann", f"arn:aws:iam::{A}:root"
KEY = f"arn:aws:kms:eu-west-1:{A}:key/k1"
FOREIGN = f"arn:aws:kms:eu-west-1:{B}:key/k1"
OBJECT = "arn:aws:s3:::data/in/k"
REQUESTS = (("kms:decrypt", KEY), ("kms:decrypt", FOREIGN), ("s3:getobject", OBJECT))
RANK = {
    Outcome.EXPLICIT_DENY: 0,
    Outcome.IMPLICIT_DENY: 0,
    Outcome.CONDITIONAL: 1,
    Outcome.UNKNOWN: 1,
    Outcome.ALLOWED: 2,
}
"""How much a decision lets through."""

VALUES = {
    "aws:PrincipalTag/team": ["red", "blue", "r*"],
    "aws:username": ["ann", "bob", "in"],
    "aws:MultiFactorAuthPresent": ["true", "false"],
    "aws:SourceIp": ["10.1.2.3", "192.0.2.1"],
    "s3:max-keys": ["1", "10"],
    "aws:TagKeys": ["red", "blue", "green"],
    "kms:EncryptionContext:app": ["red", "blue"],
}
"""Keys of requests, and values that they have."""


def maybe_list(values: st.SearchStrategy[Any], most: int = 3) -> st.SearchStrategy[Any]:
    """One value, or a list of some."""
    return values | st.lists(values, min_size=1, max_size=most)


_OPERATORS = {
    "aws:MultiFactorAuthPresent": (["Bool"], ["true", "false", True]),
    "aws:SourceIp": (["IpAddress", "NotIpAddress"], ["10.0.0.0/8", "192.0.2.1", "0.0.0.0/0"]),
    "s3:max-keys": (["NumericLessThan", "NumericNotEquals", "NumericEquals"], ["5", 10, "1"]),
}
_TEXT = ["StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIgnoreCase"]
_TEXTS = ["red", "blue", "r*", "*", "RED", "${aws:username}", "${aws:PrincipalTag/team, 'red'}", "a?n"]


@st.composite
def conditions(draw: st.DrawFn) -> dict[str, Any]:
    """The content of Condition."""
    found: dict[str, Any] = {}
    for key in draw(
        st.lists(st.sampled_from(list(VALUES)), min_size=draw(st.integers(0, 1)), max_size=2, unique=True)
    ):
        names, values = _OPERATORS.get(key, (_TEXT, _TEXTS))
        if draw(st.integers(0, 5)) == 0:
            found.setdefault("Null", {})[key] = draw(st.sampled_from(["true", "false", True]))
            continue
        quantifier = draw(st.sampled_from(["", "", "ForAnyValue:", "ForAllValues:"]))
        operator = quantifier + draw(st.sampled_from(names)) + draw(st.sampled_from(["", "", "IfExists"]))
        found.setdefault(operator, {})[key] = draw(maybe_list(st.sampled_from(values)))
    return found


ACTIONS = ["*", "s3:*", "kms:*", "kms:De*", "s3:GetObject", "S3:getObject", "kms:Decrypt", "kms:?ecrypt"]
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
RESOURCES = ["*", "arn:aws:s3:::data/*", "arn:aws:s3:::data/${aws:username}/*", KEY, FOREIGN, OBJECT]
_WHO = [A, B, ROOT, ROLE, SESSION, USER, f"arn:aws:iam::{B}:role/other"]


@st.composite
def statements(draw: st.DrawFn, where: Where, effect: str | None = None) -> dict[str, Any]:
    """A statement that is well formed."""
    found = {"Effect": effect or draw(st.sampled_from(["Allow", "Allow", "Deny"]))}
    if where is Where.RCP and found["Effect"] == "Allow":
        return {**EVERYTHING, "Principal": "*"}
    if draw(st.booleans()):
        found["Sid"] = draw(st.sampled_from(["One", "Two"]))
    wide = st.sampled_from(["*", "*", "*"])
    opposite = "Not" if draw(st.integers(0, 7)) == 0 and where is not Where.RCP else ""
    found[opposite + "Action"] = draw(wide | maybe_list(st.sampled_from(ACTIONS)))
    opposite = "Not" if draw(st.integers(0, 7)) == 0 else ""
    found[opposite + "Resource"] = draw(wide | maybe_list(st.sampled_from(RESOURCES)))
    if where is Where.RCP:
        found["Principal"] = "*"
    if where is Where.RESOURCE:
        named = {"AWS": draw(maybe_list(st.sampled_from(_WHO)))}
        opposite = "Not" if found["Effect"] == "Deny" and draw(st.integers(0, 4)) == 0 else ""
        found[opposite + "Principal"] = draw(st.just("*") | st.just(named) | st.just(named))
    if block := draw(conditions() if found["Effect"] == "Deny" else st.just({}) | conditions()):
        found["Condition"] = block
    return found


@st.composite
def documents(draw: st.DrawFn, where: Where) -> dict[str, Any]:
    """A policy that is well formed."""
    listed = draw(st.lists(statements(where), min_size=1, max_size=3))
    if draw(st.integers(0, 2)):
        everything: dict[str, Any] = dict(EVERYTHING)
        if where is Where.RESOURCE:
            everything["Principal"] = draw(st.sampled_from(["*", {"AWS": A}, {"AWS": ROLE}]))
        if where is Where.RCP:
            everything["Principal"] = "*"
        listed.insert(0, everything)
    version = draw(st.sampled_from(["2012-10-17", "2012-10-17", "2008-10-17"]))
    return {"Version": version, "Statement": listed[0] if len(listed) == 1 else listed}


@st.composite
def grants(draw: st.DrawFn) -> dict[str, Any]:
    """A grant."""
    constraints = draw(
        st.sampled_from(
            [{}, {"EncryptionContextSubset": {"app": "red"}}, {"EncryptionContextEquals": {"App": "red"}}]
        )
    )
    who = draw(st.sampled_from([ROLE, ROOT, SESSION, f"arn:aws:iam::{B}:role/other"]))
    return {"GrantId": "g", "GranteePrincipal": who, "Operations": ["Decrypt"], "Constraints": constraints}


PLACES = {
    "identity": Where.IDENTITY,
    "boundary": Where.IDENTITY,
    "session": Where.SESSION,
    "resource": Where.RESOURCE,
    "scps": Where.SCP,
    "rcps": Where.RCP,
}


@dataclass(frozen=True)
class Case:
    """A request and the policies that bear on it, as raw documents by their place."""

    who: str
    action: str
    resource: str
    known: dict[str, Any]
    unknown: list[str]
    documents: list[tuple[str, int, dict[str, Any]]]
    """Place, level (0 where there are none) and document."""
    levels: dict[str, int]
    grants: list[dict[str, Any]] | None = None
    context: Context | None = field(default=None)

    def decide(self) -> Decision:
        """The decision."""
        owner = self.resource.split(":")[4] or (B if "foreign" in self.resource else A)
        context = self.context if self.context is not None else Context.of(self.known, self.unknown)
        return decide(
            Request(principal(self.who), self.action, self.resource, owner, context), self._policies()
        )

    @property
    def rank(self) -> int:
        """How much is let through."""
        return RANK[self.decide().outcome]

    def changed(self, index: int, raw: dict[str, Any]) -> Case:
        """The same with another document in that place."""
        found = copy.deepcopy(self.documents)
        found[index] = (*found[index][:2], raw)
        return replace(self, documents=found)

    def _policies(self) -> Policies:
        ready: dict[tuple[str, int], list[Document]] = {}
        for place, level, raw in self.documents:
            document = parse(raw, PLACES[place])
            assert not document.problems, document.problems
            ready.setdefault((place, level), []).append(document)
        levels = {
            place: tuple(tuple(ready.get((place, level), ())) for level in range(count))
            for place, count in self.levels.items()
        }
        single = {name: ready.get((name, 0), [None])[0] for name in ("boundary", "session")}
        resource = ready.get(("resource", 0))
        return Policies(
            identity=tuple(ready.get(("identity", 0), ())),
            resource=None if resource is None else tuple(resource),
            grants=None if self.grants is None else tuple(map(grant, self.grants)),
            **single,
            **levels,
        )


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A request with its policies; there is at least one document."""
    place = ["identity", *draw(st.lists(st.sampled_from(["identity", "resource", "resource"]), max_size=2))]
    place += [name for name in ("boundary", "session") if draw(st.integers(0, 3)) == 0]
    found = [(name, 0, draw(documents(PLACES[name]))) for name in place]
    levels = {name: draw(st.sampled_from([0, 0, 1, 2])) for name in ("scps", "rcps")}
    for name, count in levels.items():
        found += [(name, level, draw(documents(PLACES[name]))) for level in range(count)]
    known, unknown = {}, []
    for key, values in VALUES.items():
        state = draw(st.sampled_from(["absent", "known", "unknown", "unknown"]))
        if state == "known":
            known[key] = draw(values_of(key, values))
        elif state == "unknown":
            unknown.append(key)
    action, resource = draw(st.sampled_from(REQUESTS))
    who = draw(st.sampled_from([ROLE, ROLE, SESSION, USER, ROOT, "*", "s3.amazonaws.com"]))
    given = draw(st.none() | st.lists(grants(), max_size=2))
    return Case(who, action, resource, known, unknown, found, levels, given)


def values_of(key: str, values: list[str]) -> st.SearchStrategy[Any]:
    """What a request may have for a key."""
    one = st.sampled_from(values)
    return st.lists(one, min_size=1, max_size=2) if key == "aws:TagKeys" else one
