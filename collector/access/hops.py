"""Roles on the way: who may assume which role, and so reaches what the role reaches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from collector.access.names import named
from collector.access.path import Legs, Path, outcome, worst
from collector.access.people import Who
from collector.access.requests import Access
from collector.access.resources import Bucket
from collector.access.told import Labels, conditions, evidence, labels, told
from collector.access.world import World
from collector.policy.decision import Decision
from collector.policy.grammar import Where
from collector.policy.principal import Kind

_ASSUME = "sts:assumerole"
_LEGS = {name: f"assume_role: {name}" for name in ("identity", "resource", "boundary", "scp", "rcp")}


class Hops:
    """Which roles are open to other accounts, and to whom."""

    def __init__(self, world: World) -> None:
        """Look at the trust policies of all collected roles."""
        self._world = world
        self._into: dict[str, list[tuple[Who, Decision]]] = {}
        self._open = {
            who.arn
            for who in world.people.collected()
            if who.principal.kind is Kind.ROLE and self._names_outsiders(who)
        }

    def roles(self, bucket: Bucket, access: Access) -> list[Who]:
        """Roles that are open to other accounts and that name the bucket, or that its policy names."""
        world, objects = self._world, f"{bucket.door.arn}/*"
        policies = bucket.door.policies.documents if bucket.door.policies else ()
        found = {who.arn: who for who in world.reach.naming(access.s3_action, objects)}
        for arn in named(policies, access.s3_action).principals:
            found[arn] = world.people.named(arn)
        return [found[arn] for arn in sorted(found.keys() & self._open)]

    def is_open(self, role: Who) -> bool:
        """Whether a role's trust policy names another account."""
        return role.arn in self._open

    def into(self, role: Who) -> list[tuple[Who, Decision]]:
        """Who may assume a role, or perhaps may, from another account than the role's."""
        found = self._into.get(role.arn)
        if found is None:
            found = self._into[role.arn] = list(self._assuming(role))
        return found

    def joined(self, who: Who, role: Who, assumed: Decision, onward: Path) -> Path:
        """The path of somebody who assumes a role."""
        legs = Legs(
            verdicts=onward.legs.verdicts,
            verdict=worst((onward.legs.verdict, outcome(assumed))),
            blocked_by=onward.legs.blocked_by,
            conditions=[*self.conditions(who, role, assumed), *onward.legs.conditions],
            evidence=[*self.evidence(who, role, assumed), *onward.legs.evidence],
        )
        return Path(
            who=who,
            via=role,
            bucket=onward.bucket,
            point=onward.point,
            key=onward.key,
            access=onward.access,
            basis=onward.basis,
            pattern=onward.pattern,
            legs=legs,
        )

    def conditions(self, who: Who, role: Who, assumed: Decision) -> list[dict[str, Any]]:
        """What the assumption of a role depends on, under legs of its own."""
        return told(conditions(assumed, _LEGS, self._labels(who, role)), _names(who))

    def evidence(self, who: Who, role: Who, assumed: Decision) -> list[dict[str, Any]]:
        """What decided about the assumption of a role, under legs of its own."""
        return told(evidence(assumed, _LEGS, self._labels(who, role)), _names(who))

    def _labels(self, who: Who, role: Who) -> Labels:
        assert role.identity is not None
        rcps = self._world.requests.bounds(Where.RCP, role.account_id).levels
        return labels(who, role.identity.trust, rcps)

    def _assuming(self, role: Who) -> Iterator[tuple[Who, Decision]]:
        world = self._world
        assert role.identity is not None
        names = named(role.identity.trust.documents, _ASSUME)
        found = [
            *world.themselves(names),
            *(who for who in world.reach.naming(_ASSUME, role.arn) if world.reaches(names, who.account_id)),
        ]
        for who in {who.arn: who for who in found if who.account_id != role.account_id}.values():
            decision = world.requests.to_role(who, role)
            if outcome(decision) != "blocked":
                yield who, decision

    def _names_outsiders(self, role: Who) -> bool:
        assert role.identity is not None
        names = named(role.identity.trust.documents, _ASSUME)
        accounts = {arn.split(":")[4] for arn in names.principals} | names.accounts
        return names.everybody or bool(names.organizations) or bool(accounts - {role.account_id})


def _names(who: Who) -> dict[str, tuple[str, ...]]:
    return {_LEGS["identity"]: who.policies.labels}
