"""What a decision rests on, as rows tell it: legs as a path calls them, policies by their names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from collector.access.documents import Policies
from collector.access.people import Who
from collector.policy.decision import Decision, Outcome
from collector.policy.decision import evidence as decided_by
from collector.policy.leg import Leg, Verdict

Labels = Mapping[str, Sequence[Any]]
"""Leg, as a decision calls it -> the names of its policies; of those from above, level by level."""


def told(entries: Iterable[dict[str, Any]], names: Mapping[str, Sequence[str]]) -> list[dict[str, Any]]:
    """Entries with the names of policies instead of their places: `names` are those of a leg."""
    return [
        {**entry, "policy": names[entry["leg"]][entry["policy"]]}
        if isinstance(entry.get("policy"), int)
        else entry
        for entry in entries
    ]


def conditions(decision: Decision, names: Mapping[str, str], labels: Labels) -> Iterator[dict[str, Any]]:
    """What a decision depends on, and which policies were not read, by the legs as a path calls them."""
    if decision.outcome is Outcome.ALLOWED:
        return
    for name, leg in decision.legs.named():
        if name not in names:
            continue
        if decision.blocked:
            yield from _open_denials(names[name], leg)
        if leg.verdict is Verdict.UNKNOWN:
            yield {"leg": names[name], "reason": "not all of its policies were collected"}
    yield from _named(decision.conditions, names, labels)


def evidence(decision: Decision, names: Mapping[str, str], labels: Labels) -> Iterator[dict[str, Any]]:
    """The statements and grants that decided, by the legs as a path calls them."""
    for name, leg in decision.legs.named():
        if name in names:
            yield from decided_by(names[name], leg, partial(_called, labels.get(name)))


def labels(who: Who, resource: Policies | None, rcps: Iterable[Policies]) -> Labels:
    """What the policies behind a decision are called, leg by leg.

    The caller's own are left as places, and so are the resource's if none are given.
    """
    return {
        "boundary": who.boundary.labels if who.boundary else (),
        **({"resource": resource.labels} if resource else {}),
        "scp": [level.labels for level in who.bounds.levels],
        "rcp": [level.labels for level in rcps],
    }


def _open_denials(name: str, leg: Leg) -> Iterator[dict[str, Any]]:
    """What may deny a request that is blocked already: it would stay in the way of what opens it."""
    for match in leg.matches:
        if match.applies is None and not match.statement.allows:
            yield {"leg": name, "statement": match.statement.name, "reason": "it may deny this"}


def statements(
    decision: Decision, names: Mapping[str, str], labels: Labels
) -> Iterator[tuple[str, str | int, dict[str, Any]]]:
    """Leg, policy and text of each statement that decides."""
    for name, leg in decision.legs.named():
        if name in names:
            for match in leg.deciding():
                ((_, policy),) = _called(labels.get(name), match.policy, match.level)
                yield names[name], policy, match.statement.raw


def _named(
    entries: Iterable[dict[str, Any]], names: Mapping[str, str], labels: Labels
) -> Iterator[dict[str, Any]]:
    """Entries with the leg's name, and the policy's name instead of its place."""
    for entry in entries:
        if entry["leg"] not in names:
            continue
        told = {**entry, "leg": names[entry["leg"]]}
        if "policy" in entry:
            told |= _called(labels.get(entry["leg"]), entry["policy"], told.pop("level", None))
        yield told


def _called(labels: Sequence[Any] | None, policy: int, level: int | None) -> tuple[tuple[str, Any]]:
    """A policy by its name; by its place, if it has none yet."""
    if labels is None:
        return (("policy", policy),)
    return (("policy", (labels if level is None else labels[level])[policy]),)
