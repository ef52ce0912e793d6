"""Who can do what with a key: by its policy, by delegation to an account, or by a grant."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import replace
from itertools import groupby
from typing import Any

from collector.access import key_services
from collector.access.actions import CAPABILITIES
from collector.access.alike import OF_CAPABILITY, Alike
from collector.access.hops import Hops
from collector.access.names import Names, granted, named
from collector.access.path import (
    KMS_LEGS,
    OUTCOMES,
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

Row = dict[str, Any]


def key_access(world: World, hops: Hops) -> Iterator[Row]:
    """The rows of `key_access`, key by key. What is blocked has none."""
    alike = Alike(world)
    for keys in world.keys.batches():
        for _, owned in groupby(keys, lambda key: key.account_id):
            account = _Account(world, hops, alike)
            for key in owned:
                yield from account.rows(key)


class _Account:
    """The keys of one account, and what was decided about them."""

    def __init__(self, world: World, hops: Hops, alike: Alike) -> None:
        self._world, self._hops, self._alike = world, hops, alike
        self._decided: dict[Hashable, list[Row]] = {}
        self._services: dict[Hashable, list[Row]] = {}
        self._people: dict[Hashable, dict[str, dict[str, Who]]] = {}
        self._reaching: dict[Hashable, dict[str, Who]] = {}

    def rows(self, key: Key) -> Iterator[Row]:
        """The rows of one of its keys."""
        one = _One(self._alike, key)
        found: dict[tuple[Who, str], list[Row]] = {}
        for capability, people in self._asking(one).items():
            for who in people.values():
                if rows := self._of(one, who, capability):
                    found[who, capability] = [{**_at(key, row), **_somebody(who)} for row in rows]
        for rows in found.values():
            yield from rows
        yield from self._through_roles(found)
        services = (key.policies.documents, one.facts)
        if services not in self._services:
            self._services[services] = list(key_services.by_policy(self._world, one.key))
        yield from (_at(key, row) for row in self._services[services])
        yield from (_at(key, row) for row in key_services.by_grants(key))

    def _asking(self, one: _One) -> dict[str, dict[str, Who]]:
        """Capability -> whom policy or grants name, and who in a named account is allowed it by himself."""
        same = (one.key.policies.documents, one.key.policies.unread, *one.speaking.items())
        found = self._people.get(same)
        if found is None:
            found = self._people[same] = {}
            for capability, actions in OF_CAPABILITY.items():
                people: dict[str, Who] = {}
                for action in actions:
                    names = named(one.key.policies.documents, action)
                    if one.key.policies.unread:
                        names.accounts.add(one.key.account_id)
                    people |= self._behind(one, names, action)
                found[capability] = _sorted(people)
        return found if not one.grants else self._with_grantees(one, found)

    def _with_grantees(self, one: _One, people: dict[str, dict[str, Who]]) -> dict[str, dict[str, Who]]:
        found = {}
        for capability, asking in people.items():
            others: dict[str, Who] = {}
            for action in OF_CAPABILITY[capability]:
                others |= self._behind(one, granted(one.grants, action), action)
            found[capability] = asking if others.keys() <= asking.keys() else _sorted(asking | others)
        return found

    def _behind(self, one: _One, names: Names, action: str) -> dict[str, Who]:
        within = self._world.within(names)
        same = (action, within, *one.speaking.items())
        reaching = self._reaching.get(same)
        if reaching is None:
            found = self._world.reach.reaching(action, one.key.arn, within)
            reaching = self._reaching[same] = {who.arn: who for who in found}
        return {**{who.arn: who for who in self._world.themselves(names)}, **reaching}

    def _of(self, one: _One, who: Who, capability: str) -> list[Row]:
        """What somebody has: rows without himself and without the key's place."""
        bearing, own = one.side.bearing(who), self._alike.own(who, OF_CAPABILITY[capability])
        same = (
            who if bearing.personal else own.likeness,
            capability,
            bearing.statements,
            one.facts,
            tuple(item for item in one.speaking.items() if item[0] in own.resources),
            one.naming(who),
        )
        found = self._decided.get(same)
        if found is None:
            found = self._decided[same] = list(self._decide(one, who, capability))
        return found

    def _decide(self, one: _One, who: Who, capability: str) -> Iterator[Row]:
        """One row for each route by which somebody has a capability."""
        requests, grants = self._world.requests, one.naming(who)
        key = replace(one.key, grants=grants)
        routes: dict[str, list[tuple[list[str], Decision]]] = {}
        for actions in one.side.actions(who, grants, CAPABILITIES[capability]):
            decision = requests.to_key(who, key, actions[0].lower())
            if outcome(decision) != "blocked":
                routes.setdefault(_route(who, decision.legs), []).append((actions, decision))
        told = labels(who, key.policies, requests.bounds(Where.RCP, key.account_id).levels)
        for route, found in routes.items():
            first = found[0][1]
            yield {
                "via_role_arn": None,
                "capability": capability,
                "route": route,
                "verdict": min((outcome(decision) for _, decision in found), key=OUTCOMES.index),
                "actions": sorted(action for actions, _ in found for action in actions),
                "conditions": list(conditions(first, KMS_LEGS, told)),
                "evidence": list(evidence(first, KMS_LEGS, told)),
            }

    def _through_roles(self, found: dict[tuple[Who, str], list[Row]]) -> Iterator[Row]:
        """What somebody of another account gets by assuming a role that has it."""
        hops = self._hops
        for (role, capability), rows in found.items():
            if not hops.is_open(role):
                continue
            for who, assumed in hops.into(role):
                if (who, capability) in found:
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


class _One:
    """One key, and all that a decision about it may rest on."""

    def __init__(self, alike: Alike, key: Key) -> None:
        self.key = replace(key, grants=())
        self.side = alike.side(key)
        self.facts = self.side.facts(key)
        self.speaking = alike.speaking_of(key.arn)
        self.grants = key.grants
        self._by_handle: dict[str, dict[Grant, None]] = {}
        for grant in key.grants:
            for handle in grant.grantee.handles | grant.retirer.handles:
                self._by_handle.setdefault(handle, {})[grant] = None

    def naming(self, who: Who) -> tuple[Grant, ...]:
        """The grants that may bear on somebody. All others say nothing about him."""
        if not self.grants:
            return ()
        found: dict[Grant, None] = {}
        for handle in who.principal.handles:
            if handle in self._by_handle:
                found |= self._by_handle[handle]
        return tuple(found)


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


def _sorted(people: dict[str, Who]) -> dict[str, Who]:
    return {arn: people[arn] for arn in sorted(people)}


def _somebody(who: Who) -> Row:
    return {
        "principal_arn": who.arn,
        "principal_kind": who.kind,
        "principal_account_id": who.account_id or None,
    }


def _at(key: Key, row: Row) -> Row:
    """A row about a key that may have been decided for another one with an equal policy."""
    return {
        **row,
        "account_id": key.account_id,
        "region": key.region,
        "key_arn": key.arn,
        "conditions": _called(key, row["conditions"]),
        "evidence": _called(key, row["evidence"]),
    }


def _called(key: Key, entries: list[Row]) -> list[Row]:
    """Entries in which the key's policy is called by its ARN."""
    leg = KMS_LEGS["resource"]
    return [
        {**entry, "policy": key.arn} if entry["leg"] == leg and "policy" in entry else entry
        for entry in entries
    ]
