"""Who can do what with a key: by its policy, by delegation to an account, or by a grant."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any, NamedTuple

from collector.access import key_services
from collector.access.actions import CAPABILITIES
from collector.access.alike import OF_CAPABILITY, Alike
from collector.access.granting import Granting
from collector.access.hops import Hops
from collector.access.names import Names, granted, named
from collector.access.path import KMS_LEGS, OUTCOMES, outcome, worst
from collector.access.people import Who
from collector.access.resources import Key
from collector.access.told import conditions, evidence, labels, told
from collector.access.world import World
from collector.policy.decision import Decision
from collector.policy.evaluate import Legs as Decided
from collector.policy.grammar import Where

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
        self._names: dict[Hashable, _Named] = {}
        self._people: dict[Hashable, dict[str, dict[str, Who]]] = {}
        self._reaching: dict[Hashable, dict[str, Who]] = {}

    def rows(self, key: Key) -> Iterator[Row]:
        """The rows of one of its keys."""
        one = _One(self._alike, key)
        found: dict[tuple[Who, str], list[Row]] = {}
        for capability, people in self._asking(one).items():
            for who in people.values():
                if rows := self._shared(one, who, capability):
                    found[who, capability] = [
                        {**_at(key, row, who.policies.labels), **_somebody(who)} for row in rows
                    ]
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
                    people |= self._behind(one, self._named(one.key, action), action)
                found[capability] = _sorted(people)
        return found if not one.grants else self._with_grantees(one, found)

    def _with_grantees(self, one: _One, people: dict[str, dict[str, Who]]) -> dict[str, dict[str, Who]]:
        found = {}
        for capability, asking in people.items():
            others: dict[str, Who] = {}
            for action in OF_CAPABILITY[capability]:
                others |= self._behind(one, self._themselves(granted(one.grants, action)), action)
            found[capability] = asking if others.keys() <= asking.keys() else _sorted(asking | others)
        return found

    def _named(self, key: Key, action: str) -> _Named:
        """Whom a key's policy names for an action."""
        same = (key.policies.unread, *(document.about(action) for document in key.policies.documents))
        found = self._names.get(same)
        if found is None:
            names = named(key.policies.documents, action)
            if key.policies.unread:
                names.accounts.add(key.account_id)
            found = self._names[same] = self._themselves(names)
        return found

    def _themselves(self, names: Names) -> _Named:
        themselves = {who.arn: who for who in self._world.themselves(names)}
        return _Named(themselves, self._world.within(names))

    def _behind(self, one: _One, named: _Named, action: str) -> dict[str, Who]:
        """Who is named, and who in an account that is named as a whole is allowed an action by himself."""
        same = (action, named.within, *one.speaking.items())
        reaching = self._reaching.get(same)
        if reaching is None:
            found = self._world.reach.reaching(action, one.key.arn, named.within)
            reaching = self._reaching[same] = {who.arn: who for who in found}
        return named.themselves | reaching

    def _shared(self, one: _One, who: Who, capability: str) -> list[Row]:
        """What somebody has: rows without himself, his policies' names and the key's place."""
        same = (
            capability,
            self._alike.own(who, OF_CAPABILITY[capability], one.speaking),
            one.side.bearing(who),
            one.facts,
            one.granting.naming(who),
        )
        found = self._decided.get(same)
        if found is None:
            found = self._decided[same] = list(self._decide(one, who, capability))
        return found

    def _decide(self, one: _One, who: Who, capability: str) -> Iterator[Row]:
        """One row for each route by which somebody has a capability."""
        requests, grants = self._world.requests, tuple(grant for grant, *_ in one.granting.naming(who))
        key = replace(one.key, grants=grants)
        routes: dict[str, list[tuple[list[str], Decision]]] = {}
        for actions in one.side.actions(who, grants, CAPABILITIES[capability]):
            decision = requests.to_key(who, key, actions[0].lower())
            if outcome(decision) != "blocked":
                routes.setdefault(_route(who, decision.legs), []).append((actions, decision))
        called = labels(who, None, requests.bounds(Where.RCP, key.account_id).levels)
        for route, found in routes.items():
            first = found[0][1]
            yield {
                "via_role_arn": None,
                "capability": capability,
                "route": route,
                "verdict": min((outcome(decision) for _, decision in found), key=OUTCOMES.index),
                "actions": sorted(action for actions, _ in found for action in actions),
                "conditions": list(conditions(first, KMS_LEGS, called)),
                "evidence": list(evidence(first, KMS_LEGS, called)),
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
                    "conditions": [*hops.conditions(who, role, assumed), *onward["conditions"]],
                    "evidence": [*hops.evidence(who, role, assumed), *onward["evidence"]],
                }


class _Named(NamedTuple):
    """Whom a policy or grants name."""

    themselves: dict[str, Who]
    within: frozenset[str] | None
    """Accounts that are named as a whole. None: all."""


class _One:
    """One key, and all that a decision about it may rest on."""

    def __init__(self, alike: Alike, key: Key) -> None:
        self.key = replace(key, grants=())
        self.side = alike.side(key)
        self.facts = self.side.facts(key)
        self.speaking = alike.speaking_of(key.arn)
        self.grants = key.grants
        self.granting = Granting(key.grants)


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


def _at(key: Key, row: Row, own: Sequence[str] = ()) -> Row:
    """A row about a key that may have been decided for one that is like it. `own`: the caller's policies."""
    names = {KMS_LEGS["resource"]: key.policies.labels, KMS_LEGS["identity"]: own}
    return {
        **row,
        "account_id": key.account_id,
        "region": key.region,
        "key_arn": key.arn,
        "conditions": told(row["conditions"], names),
        "evidence": told(row["evidence"], names),
    }
