"""One path, leg by leg: what decides, what is missing, and the statement that would open it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from collector.access.candidates import of_access_point, of_bucket
from collector.access.encryption import default_key
from collector.access.path import LEGS, Path
from collector.access.paths import path
from collector.access.people import Who
from collector.access.remedy import obstacles, remedies
from collector.access.requests import READ, WRITE, Access
from collector.access.resources import Bucket
from collector.access.world import World
from collector.ask.inventory import ask
from collector.errors import UsageError

_KEY = re.compile(r"arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/\S+")
_ACTIONS = {"getobject": READ, "read": READ, "putobject": WRITE, "write": WRITE}


def explain(
    connection: Connection, bucket: str, principal: str | None, key: str | None, action: str | None
) -> list[dict[str, Any]]:
    """Every leg of somebody's paths to a bucket; without `principal`, of every path to it that is blocked.

    `bucket` is a name or an ARN; `key` an ARN that takes the place of the default key; `action` one of
    s3:GetObject (default, with a principal) and s3:PutObject. Raises UsageError for what there is not.
    """
    world = World.read(lambda *query: list(ask(connection, *query).rows))
    found = _bucket(world, bucket, key)
    accesses = [READ, WRITE] if action is None and principal is None else [_access(action or "read")]
    if principal is None:
        blocked = (each for each in _all(world, found, accesses) if each.legs.verdict == "blocked")
        return [_told(each, ()) for each in blocked]
    who = _who(world, principal)
    if who.account_id == found.door.account_id and not _foreign_key(world, found, who):
        raise UsageError(f"{principal} and the bucket are of the same account: no path across accounts")
    return [_told(each, _through(connection, each)) for each in _of(world, found, who, accesses[0])]


def _all(world: World, bucket: Bucket, accesses: list[Access]) -> Iterator[Path]:
    key = default_key(world, bucket)
    for access in accesses:
        for who in of_bucket(world, bucket, key, access):
            yield path(world, who, bucket, access)
        for point in bucket.points:
            for who in of_access_point(world, point, bucket, access):
                yield path(world, who, bucket, access, point)


def _of(world: World, bucket: Bucket, who: Who, access: Access) -> Iterator[Path]:
    yield path(world, who, bucket, access)
    for point in bucket.points:
        if who.arn in {each.arn for each in of_access_point(world, point, bucket, access)}:
            yield path(world, who, bucket, access, point)


def _told(found: Path, through: tuple[str, ...]) -> dict[str, Any]:
    row = found.row()
    blocked = found.legs.verdict == "blocked"
    return {
        **{name: row[name] for name in _HEADING},
        "legs": [_leg(found, name) for name in LEGS],
        "obstacles": obstacles(found) if blocked else [],
        "statements_to_add": [
            {"leg": each.leg, "where": each.where, "statement": each.statement} for each in remedies(found)
        ],
        "conditions": row["conditions"],
        "works_through_roles": list(through),
    }


_HEADING = (
    "principal_arn",
    "bucket_arn",
    "access_point_arn",
    "key_arn",
    "access",
    "resource_pattern",
    "key_basis",
    "verdict",
    "blocked_by",
)


def _leg(found: Path, name: str) -> dict[str, Any]:
    decided: list[dict[str, Any]] = []
    for leg, policy, statement in found.statements:
        entry = {"policy": policy, "statement": statement}
        if leg == name and entry not in decided:
            decided.append(entry)
    grants = [each["grant"] for each in found.legs.evidence if each["leg"] == name and "grant" in each]
    decided += [{"grant": grant} for grant in dict.fromkeys(grants)]
    return {"leg": name, "verdict": found.legs.verdicts[name].value, "decided_by": decided}


def _through(connection: Connection, found: Path) -> tuple[str, ...]:
    """The roles by which the principal gets there all the same."""
    rows = ask(
        connection,
        "select distinct via_role_arn from cross_account_paths where via_role_arn is not null "
        "and principal_arn = $who and bucket_arn = $bucket and access = $access and verdict <> 'blocked' "
        "order by 1",
        {"who": found.who.arn, "bucket": found.bucket.door.arn, "access": found.access},
    ).rows
    return tuple(arn for (arn,) in rows)


def _bucket(world: World, text: str, key: str | None) -> Bucket:
    arn = text if text.startswith("arn:") else f"arn:{world.partition}:s3:::{text}"
    found = world.buckets.get(arn)
    if found is None:
        raise UsageError(
            f"no bucket {text} was collected: see `keyreach sql 'select name from aws_s3_buckets'`"
        )
    if key is None:
        return found
    if not _KEY.fullmatch(key):
        raise UsageError(f"--key: {key} is not the ARN of a key")
    return replace(found, sse_algorithm="aws:kms", key_reference=key, reference_kind="key_arn", key_arn=key)


def _who(world: World, text: str) -> Who:
    special: dict[str, Callable[[], Who]] = {
        "*": lambda: world.people.everybody,
        world.organization.arn: lambda: world.people.members,
    }
    if text and text in special:
        return special[text]()
    try:
        who = world.people.named(text)
    except ValueError as error:
        raise UsageError(f"--principal: {error}") from error
    if not who.account_id:
        raise UsageError(f"--principal: {text} is a service; see key_access for what services may do")
    return who


def _access(action: str) -> Access:
    found = _ACTIONS.get(action.lower().removeprefix("s3:"))
    if found is None:
        raise UsageError(f"--action: {action} is neither s3:GetObject nor s3:PutObject")
    return found


def _foreign_key(world: World, bucket: Bucket, who: Who) -> bool:
    key = default_key(world, bucket)
    return key is not None and key.account_id != who.account_id
