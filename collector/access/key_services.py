"""What AWS services can do with a key, by its policy and by grants."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from collector.access.actions import CAPABILITIES
from collector.access.names import of_aws
from collector.access.path import KMS_LEGS, Legs, outcome, worst
from collector.access.resources import Key
from collector.access.told import labels
from collector.access.world import World
from collector.policy.grammar import Where
from collector.policy.grants import Grant
from collector.policy.principal import Element

_MOST_GRANTS = 20
"""Ids of grants that are told of one service; there can be 50,000."""
_ON_BEHALF = "an AWS service acts for whoever uses it"


def by_policy(world: World, key: Key) -> Iterator[dict[str, Any]]:
    """What the key's policy permits: one row per service and capability, without the key's place."""
    services = {
        service
        for document in key.policies.documents
        for statement in document.statements
        if statement.allows and statement.principals
        for service in statement.principals.services
    }
    for capability, actions in CAPABILITIES.items():
        for service in sorted(services):
            who = world.people.service(service)
            decisions = {action: world.requests.to_key(who, key, action.lower()) for action in actions}
            covered = [
                action
                for action, found in decisions.items()
                if found.legs.resource.direct is not False and outcome(found) != "blocked"
            ]
            if covered:
                told = labels(who, None, world.requests.bounds(Where.RCP, key.account_id).levels)
                legs = Legs()
                legs.add(decisions[covered[0]], KMS_LEGS, told)
                yield _row(service, capability, "key_policy", covered, legs)


def by_grants(key: Key) -> Iterator[dict[str, Any]]:
    """What grants permit: one row per service and capability, without the key's place."""
    holding: dict[str, list[Grant]] = {}
    for grant in key.grants:
        for service in grant.grantee.services | _inside(grant.grantee):
            holding.setdefault(service, []).append(grant)
    for capability, actions in CAPABILITIES.items():
        asked = {action.lower(): action for action in actions}
        for service, grants in sorted(holding.items()):
            covering = [grant for grant in grants if not grant.operations.isdisjoint(asked)]
            granted = frozenset().union(*(grant.operations for grant in covering))
            covered = [action for lowered, action in asked.items() if lowered in granted]
            if covered:
                told = [
                    {"leg": "key_grant", "grant": grant.id, "effect": "Allow"}
                    for grant in covering[:_MOST_GRANTS]
                ]
                yield _row(service, capability, "grant", covered, Legs(evidence=told))


def _inside(grantee: Element) -> set[str]:
    """What names itself after a part of a service: `aws:ec2-infrastructure`."""
    return {arn.split("assumed-role/")[1].split("/")[0] for arn in grantee.arns if of_aws(arn)}


def _row(service: str, capability: str, route: str, actions: list[str], legs: Legs) -> dict[str, Any]:
    leg = KMS_LEGS["resource" if route == "key_policy" else "grant"]
    return {
        "principal_arn": service,
        "principal_kind": "service",
        "principal_account_id": None,
        "via_role_arn": None,
        "capability": capability,
        "route": route,
        "verdict": worst((legs.verdict, "conditional")),
        "actions": actions,
        "conditions": [{"leg": leg, "reason": _ON_BEHALF}, *legs.conditions],
        "evidence": legs.evidence,
    }
