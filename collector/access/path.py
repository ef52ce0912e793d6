"""One path: somebody, a bucket and its key, with every leg of the way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from collector.access.documents import Policies
from collector.access.people import Who
from collector.access.resources import AccessPoint, Bucket, Door, Key
from collector.policy.decision import Decision, Outcome
from collector.policy.decision import evidence as decided_by
from collector.policy.leg import Leg, Verdict

S3_LEGS = {
    "resource": "bucket_policy",
    "identity": "s3_identity",
    "boundary": "permissions_boundary",
    "scp": "scp",
    "rcp": "s3_rcp",
}
KMS_LEGS = {
    "resource": "key_policy",
    "grant": "key_grant",
    "identity": "kms_identity",
    "boundary": "permissions_boundary",
    "scp": "scp",
    "rcp": "kms_rcp",
}
LEGS = (
    "bucket_policy",
    "access_point_policy",
    "s3_identity",
    "key_policy",
    "key_grant",
    "kms_identity",
    "scp",
    "permissions_boundary",
    "s3_rcp",
    "kms_rcp",
    "public_access_block",
    "key_usable",
)
"""In the order in which they are told."""

_WORST = (
    Verdict.DENY,
    Verdict.NONE,
    Verdict.UNKNOWN,
    Verdict.CONDITIONAL,
    Verdict.ALLOW,
    Verdict.NOT_APPLICABLE,
)
_UNDER_BUCKET_KEY = {
    "leg": "key_policy",
    "key": "kms:EncryptionContext:aws:s3:arn",
    "reason": "whether the object was written under a bucket key is not known",
}

OUTCOMES = ("allowed", "conditional", "unknown", "blocked")
"""From the best to the worst."""
_AS_OUTCOME = {
    Outcome.ALLOWED: "allowed",
    Outcome.CONDITIONAL: "conditional",
    Outcome.UNKNOWN: "unknown",
    Outcome.IMPLICIT_DENY: "blocked",
    Outcome.EXPLICIT_DENY: "blocked",
}


Labels = Mapping[str, Sequence[Any]]
"""Leg, as a decision calls it -> the names of its policies; of those from above, level by level."""


def outcome(decision: Decision) -> str:
    """A decision as a path's verdict."""
    return _AS_OUTCOME[decision.outcome]


def worst(outcomes: Iterable[str]) -> str:
    """The worst of several verdicts; allowed if there is none."""
    return max(outcomes, key=OUTCOMES.index, default="allowed")


def best(found: Sequence[Legs]) -> Legs:
    """The first of those with the best verdict."""
    return min(found, key=lambda legs: OUTCOMES.index(legs.verdict))


@dataclass
class Legs:
    """The legs of a path, what they come to, and what they rest on."""

    verdicts: dict[str, Verdict] = field(default_factory=lambda: dict.fromkeys(LEGS, Verdict.NOT_APPLICABLE))
    verdict: str = "allowed"
    blocked_by: list[str] = field(default_factory=list)
    conditions: list[dict[str, Any]] = field(default_factory=list)
    evidence: list[dict[str, Any]] = field(default_factory=list)
    statements: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    """Leg, policy and text of each statement that decides."""

    def add(self, decision: Decision, names: Mapping[str, str], labels: Labels) -> None:
        """Take over what a decision says: `names` are the legs as a path calls them."""
        for name, leg in decision.legs.named():
            if name in names:
                self.set(names[name], leg.verdict)
        self.verdict = worst((self.verdict, outcome(decision)))
        self.blocked_by += [names[name] for name in decision.blocked_by if name in names]
        self.conditions += conditions(decision, names, labels)
        self.evidence += evidence(decision, names, labels)
        self.statements += _statements(decision, names, labels)

    def add_either(self, decisions: Sequence[Decision], names: Mapping[str, str], labels: Labels) -> None:
        """Take over decisions of which it cannot be told which one counts."""
        first, *others = decisions
        if all(outcome(other) == outcome(first) for other in others):
            self.add(first, names, labels)
            return
        open = Legs()
        for decision in decisions:
            open.add(decision, names, labels)
        verdicts = [dict(decision.legs.named()) for decision in decisions]
        for name, called in names.items():
            found = {each[name].verdict for each in verdicts}
            self.set(called, found.pop() if len(found) == 1 else Verdict.CONDITIONAL)
        unknown = any(outcome(decision) == "unknown" for decision in decisions)
        self.verdict = worst((self.verdict, "unknown" if unknown else "conditional"))
        self.conditions += [*open.conditions, _UNDER_BUCKET_KEY]
        self.evidence += open.evidence
        self.statements += open.statements

    def set(self, name: str, verdict: Verdict) -> None:
        """A leg that several requests share is the worst of them."""
        self.verdicts[name] = min(self.verdicts[name], verdict, key=_WORST.index)

    def judge(self, name: str, verdict: Verdict, reason: str = "") -> None:
        """A leg that no policy decides."""
        self.set(name, verdict)
        if verdict is Verdict.DENY:
            self.verdict = "blocked"
            self.blocked_by.append(name)
        elif verdict is Verdict.UNKNOWN:
            self.verdict = worst((self.verdict, "unknown"))
        if reason:
            self.conditions.append({"leg": name, "reason": reason})


@dataclass(frozen=True)
class Path:
    """One row of `cross_account_paths`."""

    who: Who
    via: Who | None
    bucket: Bucket
    point: AccessPoint | None
    key: Key | None
    access: str
    basis: str
    pattern: str
    legs: Legs

    def row(self) -> dict[str, Any]:
        """As it is stored."""
        return {
            "principal_arn": self.who.arn,
            "principal_account_id": self.who.account_id or None,
            "via_role_arn": self.via.arn if self.via else None,
            "bucket_arn": self.bucket.door.arn,
            "bucket_account_id": self.bucket.door.account_id,
            "region": self.bucket.door.region,
            "access_point_arn": self.point.door.arn if self.point else None,
            "key_arn": self.key.arn if self.key else None,
            "key_account_id": self.key.account_id if self.key else None,
            "access": self.access,
            "resource_pattern": self.pattern,
            "key_basis": self.basis,
            **{name: self.legs.verdicts[name].value for name in LEGS},
            "verdict": self.legs.verdict,
            "blocked_by": [name for name in LEGS if name in self.legs.blocked_by],
            "conditions": self.legs.conditions,
            "evidence": self.legs.evidence,
        }


def public_access_block(door: Door, who: Who) -> Verdict:
    """Whether a public policy cuts off other accounts.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
    """
    if who.account_id == door.account_id:
        return Verdict.NOT_APPLICABLE
    if door.restricted is False or door.public is False:
        return Verdict.ALLOW
    return Verdict.DENY if door.restricted and door.public else Verdict.UNKNOWN


def conditions(decision: Decision, names: Mapping[str, str], labels: Labels) -> Iterator[dict[str, Any]]:
    """What a decision depends on, and which policies were not read, by the legs as a path calls them."""
    if decision.outcome is Outcome.ALLOWED:
        return
    blocked = outcome(decision) == "blocked"
    for name, leg in decision.legs.named():
        if name not in names:
            continue
        if blocked:
            yield from _open_denials(names[name], leg)
        if leg.verdict is Verdict.UNKNOWN:
            yield {"leg": names[name], "reason": "not all of its policies were collected"}
    yield from _named(decision.conditions, names, labels)


def evidence(decision: Decision, names: Mapping[str, str], labels: Labels) -> Iterator[dict[str, Any]]:
    """The statements and grants that decided, by the legs as a path calls them."""
    for name, leg in decision.legs.named():
        if name in names:
            yield from decided_by(names[name], leg, partial(_called, labels.get(name, ())))


def labels(who: Who, resource: Policies | None, rcps: Iterable[Policies]) -> Labels:
    """What the policies behind a decision are called, leg by leg."""
    return {
        "identity": who.policies.labels,
        "boundary": who.boundary.labels if who.boundary else (),
        "resource": resource.labels if resource else (),
        "scp": [level.labels for level in who.bounds.levels],
        "rcp": [level.labels for level in rcps],
    }


def _open_denials(name: str, leg: Leg) -> Iterator[dict[str, Any]]:
    """What may deny a request that is blocked already: it would stay in the way of what opens it."""
    for match in leg.matches:
        if match.applies is None and not match.statement.allows:
            yield {"leg": name, "statement": match.statement.name, "reason": "it may deny this"}


def _statements(
    decision: Decision, names: Mapping[str, str], labels: Labels
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for name, leg in decision.legs.named():
        if name in names:
            for match in leg.deciding():
                found = labels[name] if match.level is None else labels[name][match.level]
                yield names[name], found[match.policy], match.statement.raw


def _named(
    entries: Iterable[dict[str, Any]], names: Mapping[str, str], labels: Labels
) -> Iterator[dict[str, Any]]:
    """Entries with the leg's name, and the policy's name instead of its place."""
    for entry in entries:
        if entry["leg"] not in names:
            continue
        told = {**entry, "leg": names[entry["leg"]]}
        if "policy" in entry:
            told |= _called(labels[entry["leg"]], entry["policy"], told.pop("level", None))
        yield told


def _called(labels: Sequence[Any], policy: int, level: int | None) -> dict[str, Any]:
    """A policy by its name."""
    return {"policy": (labels if level is None else labels[level])[policy]}
