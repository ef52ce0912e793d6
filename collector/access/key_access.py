"""Who can do what with a key: by its policy, by delegation to an account, or by a grant."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from collector.access.actions import CAPABILITIES
from collector.access.alike import Alike
from collector.access.hops import Hops
from collector.access.names import granted, named, of_aws
from collector.access.path import (
    KMS_LEGS,
    OUTCOMES,
    Legs,
    conditions,
    evidence,
    labels,
    outcome,
    worst,
)
from collector.access.people import Who
from collector.access.resources import Key
from collector.access.world import World
from collector.policy.decision import Decision
from collector.policy.evaluate import Legs as Decided
from collector.policy.grammar import Where
from collector.policy.grants import Grant
from collector.policy.principal import Element

_MOST_GRANTS = 20
"""Ids of grants that are told of one service; there can be 50,000."""


def key_access(world: World, hops: Hops) -> Iterator[dict[str, Any]]:
    """The rows of `key_access`, key by key. What is blocked has none."""
    for key in world.keys.values():
        alike = Alike(world, key)
        decided: dict[Any, list[dict[str, Any]]] = {}
        found: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for capability, actions in CAPABILITIES.items():
            for who in _asking(world, key, actions):
                same = (alike.who(who), capability)
                if same not in decided:
                    groups = alike.actions(who, actions)
                    decided[same] = list(_rows(world, key, who, capability, groups))
                rows = [{**row, **_somebody(who)} for row in decided[same]]
                found[who.arn, capability] = rows
                yield from rows
        yield from _through_roles(world, hops, key, found)
        yield from _services(world, key)


def _asking(world: World, key: Key, actions: tuple[str, ...]) -> list[Who]:
    """Whom the policy or a grant names, and who in a named account is allowed it by policies of his own."""
    found: dict[str, Who] = {}
    for action in map(str.lower, actions):
        names = named(key.policies.documents, action)
        names.add(granted(key.grants, action))
        if key.policies.unread:
            names.accounts.add(key.account_id)
        for who in world.expand(names, action, key.arn):
            found[who.arn] = who
    return [found[arn] for arn in sorted(found)]


def _rows(
    world: World, key: Key, who: Who, capability: str, groups: list[list[str]]
) -> Iterator[dict[str, Any]]:
    """One row for each route by which somebody has a capability."""
    routes: dict[str, list[tuple[list[str], Decision]]] = {}
    for actions in groups:
        decision = world.requests.to_key(who, key, actions[0].lower())
        if outcome(decision) != "blocked":
            routes.setdefault(_route(who, decision.legs), []).append((actions, decision))
    told = labels(who, key.policies, world.requests.bounds(Where.RCP, key.account_id).levels)
    for route, found in routes.items():
        first = found[0][1]
        yield {
            **_place(key),
            **_somebody(who),
            "capability": capability,
            "route": route,
            "verdict": min((outcome(decision) for _, decision in found), key=OUTCOMES.index),
            "actions": sorted(action for actions, _ in found for action in actions),
            "conditions": list(conditions(first, KMS_LEGS, told)),
            "evidence": list(evidence(first, KMS_LEGS, told)),
        }


def _route(who: Who, legs: Decided) -> str:
    """By which route somebody is let in: the most direct one."""
    resource = legs.resource
    whole = who.kind in ("account", "organization", "everybody")
    if resource.role is not False or (resource.direct is not False and not whole):
        return "key_policy"
    if whole and resource.allow is not False:
        return "key_policy"
    if legs.grant.allow is not False:
        return "grant" if resource.account is False or legs.identity.allow is False else "delegation"
    return "delegation"


def _through_roles(
    world: World, hops: Hops, key: Key, found: dict[tuple[str, str], list[dict[str, Any]]]
) -> Iterator[dict[str, Any]]:
    """What somebody of another account gets by assuming a role that has it."""
    for (arn, capability), rows in found.items():
        role = world.people.named(arn)
        if not rows or not hops.is_open(role):
            continue
        for who, assumed in hops.into(role):
            if found.get((who.arn, capability)):
                continue
            onward = min(rows, key=lambda row: OUTCOMES.index(row["verdict"]))
            yield {
                **onward,
                **_somebody(who),
                "via_role_arn": role.arn,
                "verdict": worst((onward["verdict"], outcome(assumed))),
                "conditions": [*hops.told(assumed.conditions), *onward["conditions"]],
                "evidence": [*hops.told(assumed.evidence), *onward["evidence"]],
            }


def _services(world: World, key: Key) -> Iterator[dict[str, Any]]:
    """What AWS services may do, by policy and by grants: one row per service, capability and route."""
    elements = [
        statement.principals
        for document in key.policies.documents
        for statement in document.statements
        if statement.allows and statement.principals
    ]
    named = {service for element in elements for service in element.services}
    holding: dict[str, list[Grant]] = {}
    for grant in key.grants:
        for service in grant.grantee.services | _inside(grant.grantee):
            holding.setdefault(service, []).append(grant)
    for capability, actions in CAPABILITIES.items():
        for service in sorted(named):
            yield from _by_policy(world, key, service, capability, actions)
        for service, grants in sorted(holding.items()):
            yield from _by_grant(key, service, capability, actions, grants)


def _inside(grantee: Element) -> set[str]:
    """What names itself after a part of a service: `aws:ec2-infrastructure`."""
    return {arn.split("assumed-role/")[1].split("/")[0] for arn in grantee.arns if of_aws(arn)}


def _by_policy(
    world: World, key: Key, service: str, capability: str, actions: tuple[str, ...]
) -> Iterator[dict[str, Any]]:
    who = world.people.service(service)
    decisions = {action: world.requests.to_key(who, key, action.lower()) for action in actions}
    covered = [action for action, found in decisions.items() if found.legs.resource.direct is not False]
    covered = [action for action in covered if outcome(decisions[action]) != "blocked"]
    if covered:
        told = labels(who, key.policies, world.organization.bounds(Where.RCP, key.account_id).levels)
        legs = Legs()
        legs.add(decisions[covered[0]], KMS_LEGS, told)
        yield _service(key, service, capability, "key_policy", covered, legs)


def _by_grant(
    key: Key, service: str, capability: str, actions: tuple[str, ...], grants: list[Grant]
) -> Iterator[dict[str, Any]]:
    covering = [grant for grant in grants if grant.operations.intersection(map(str.lower, actions))]
    covered = [action for action in actions if any(action.lower() in grant.operations for grant in covering)]
    if covered:
        told = [{"leg": "key_grant", "grant": grant.id, "effect": "Allow"} for grant in covering]
        yield _service(key, service, capability, "grant", covered, Legs(evidence=told[:_MOST_GRANTS]))


def _service(
    key: Key, service: str, capability: str, route: str, actions: list[str], legs: Legs
) -> dict[str, Any]:
    leg = KMS_LEGS["resource" if route == "key_policy" else "grant"]
    return {
        **_place(key),
        "principal_arn": service,
        "principal_kind": "service",
        "principal_account_id": None,
        "capability": capability,
        "route": route,
        "verdict": worst((legs.verdict, "conditional")),
        "actions": actions,
        "conditions": [{"leg": leg, "reason": _ON_BEHALF}, *legs.conditions],
        "evidence": legs.evidence,
    }


_ON_BEHALF = "an AWS service acts for whoever uses it"


def _somebody(who: Who) -> dict[str, Any]:
    return {
        "principal_arn": who.arn,
        "principal_kind": who.kind,
        "principal_account_id": who.account_id or None,
    }


def _place(key: Key) -> dict[str, Any]:
    return {
        "account_id": key.account_id,
        "region": key.region,
        "key_arn": key.arn,
        "via_role_arn": None,
    }
