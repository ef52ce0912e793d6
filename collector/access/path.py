"""One path: somebody, a bucket and its key, with every leg of the way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from collector.access.people import Who
from collector.access.resources import AccessPoint, Bucket, Door, Key
from collector.access.told import Labels, conditions, evidence, statements, told
from collector.policy.decision import Decision, Outcome
from collector.policy.leg import Verdict

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
    """The legs of a path, what they come to, and what they rest on.

    The caller's own policies are called by their places, so that paths of several callers can share them.
    """

    verdicts: dict[str, Verdict] = field(default_factory=lambda: dict.fromkeys(LEGS, Verdict.NOT_APPLICABLE))
    verdict: str = "allowed"
    blocked_by: list[str] = field(default_factory=list)
    conditions: list[dict[str, Any]] = field(default_factory=list)
    evidence: list[dict[str, Any]] = field(default_factory=list)
    statements: list[tuple[str, str | int, dict[str, Any]]] = field(default_factory=list)
    """Leg, policy and text of each statement that decides."""

    def add(self, decision: Decision, names: Mapping[str, str], labels: Labels) -> None:
        """Take over what a decision says: `names` are the legs as a path calls them."""
        for name, leg in decision.legs.named():
            if name in names:
                self.set(names[name], leg.verdict)
        self.verdict = worst((self.verdict, outcome(decision)))
        self.blocked_by += [names[name] for name in decision.blocked_by if name in names]
        self.conditions += conditions(decision, names, labels)
        self.evidence += [each for each in evidence(decision, names, labels) if each not in self.evidence]
        self.statements += statements(decision, names, labels)

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
        self.evidence += [each for each in open.evidence if each not in self.evidence]
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

    @property
    def statements(self) -> list[tuple[str, str, dict[str, Any]]]:
        """Leg, policy and text of each statement that decides."""
        names = self._names
        return [
            (leg, policy if isinstance(policy, str) else names[leg][policy], text)
            for leg, policy, text in self.legs.statements
        ]

    @property
    def _names(self) -> Mapping[str, Sequence[str]]:
        """What policies are called of whoever makes the last call: of the role, if one is assumed."""
        return dict.fromkeys(("s3_identity", "kms_identity"), (self.via or self.who).policies.labels)

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
            "conditions": told(self.legs.conditions, self._names),
            "evidence": told(self.legs.evidence, self._names),
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
