"""The organization: its units, accounts and policies."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from bench.endpoint.estate import Estate
from bench.endpoint.resources.documents import text
from bench.endpoint.resources.when import when
from bench.endpoint.scramble import Scramble, read, write

SCP, RCP = "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"
FULL_ACCESS = {SCP: "FullAWSAccess", RCP: "RCPFullAWSAccess"}
"""Type -> the policy of AWS's own that is attached everywhere."""
TYPES = [{"Type": kind, "Status": "ENABLED"} for kind in FULL_ACCESS]


@lru_cache(8)
def _suffixes(seed: int, kind: str) -> Scramble:
    return Scramble(40, seed, kind)


def _arn(estate: Estate, kind: str, identifier: str) -> str:
    return f"arn:aws:organizations::{estate.management}:{kind}/{estate.organization_id}/{identifier}"


def organization(estate: Estate) -> dict[str, Any]:
    """The organization itself."""
    return {
        "Id": estate.organization_id,
        "Arn": f"arn:aws:organizations::{estate.management}:organization/{estate.organization_id}",
        "FeatureSet": "ALL",
        "MasterAccountArn": _arn(estate, "account", estate.management),
        "MasterAccountId": estate.management,
        "MasterAccountEmail": email(0),
        "AvailablePolicyTypes": TYPES[:1],
    }


def root(estate: Estate) -> dict[str, Any]:
    """The root."""
    return {
        "Id": estate.root_id,
        "Arn": _arn(estate, "root", estate.root_id),
        "Name": "Root",
        "PolicyTypes": TYPES,
    }


def unit_id(estate: Estate, unit: int) -> str:
    """As `ou-a1b2-c3d4e5f6`."""
    return f"ou-{estate.root_id[2:]}-{write(_suffixes(estate.seed, 'unit').forward(unit), 8)}"


def unit_of(estate: Estate, identifier: str) -> int | None:
    """The index of a unit; None: there is none with that id."""
    return _index(estate, "unit", identifier.rpartition("-")[2], estate.units, identifier, unit_id)


def unit_parent(unit: int) -> int | None:
    """The unit above: two are under the root, and two under each unit. None: the root."""
    return None if unit < 2 else unit // 2 - 1


def unit_path(estate: Estate, unit: int | None) -> str:
    """`o-.../r-.../ou-.../` down to the unit."""
    if unit is None:
        return f"{estate.organization_id}/{estate.root_id}/"
    return f"{unit_path(estate, unit_parent(unit))}{unit_id(estate, unit)}/"


def units_under(estate: Estate, parent: int | None) -> list[dict[str, Any]]:
    """The units directly under another, or under the root."""
    return [unit_entry(estate, n) for n in range(estate.units) if unit_parent(n) == parent]


def unit_entry(estate: Estate, unit: int) -> dict[str, Any]:
    """A unit."""
    identifier = unit_id(estate, unit)
    return {
        "Id": identifier,
        "Arn": _arn(estate, "ou", identifier),
        "Name": f"unit-{unit:03d}",
        "Path": unit_path(estate, unit),
    }


def account_unit(estate: Estate, account: int) -> int | None:
    """The unit that an account is in; the management account is under the root."""
    return None if account == 0 or not estate.units else account % estate.units


def email(account: int) -> str:
    """The address of an account's root user."""
    return f"account-{account:05d}@example.com"


def account_entry(estate: Estate, account: int) -> dict[str, Any]:
    """An account."""
    identifier = estate.account_id(account)
    state = "ACTIVE" if account < estate.accounts else "SUSPENDED"
    return {
        "Id": identifier,
        "Arn": _arn(estate, "account", identifier),
        "Email": email(account),
        "Name": "management" if account == 0 else f"account-{account:05d}",
        "Status": state,
        "State": state,
        "Paths": [f"{unit_path(estate, account_unit(estate, account))}{identifier}/"],
        "JoinedMethod": "CREATED" if account else "INVITED",
        "JoinedTimestamp": when(estate.seed, "account", account),
    }


def accounts(estate: Estate) -> range:
    """The indexes of all accounts, the suspended ones included."""
    return range(estate.accounts + estate.suspended)


def policy_id(estate: Estate, policy: int) -> str:
    """As `p-a1b2c3d4`, for a policy of the organization's own."""
    return f"p-{write(_suffixes(estate.seed, 'policy').forward(policy), 8)}"


def policies(estate: Estate, kind: str) -> list[dict[str, Any]]:
    """The policies of a type: AWS's own, and for SCPs the organization's."""
    found = []
    if kind in FULL_ACCESS:
        found.append(policy_entry(estate, f"p-{FULL_ACCESS[kind]}"))
    if kind == SCP:
        found += [policy_entry(estate, policy_id(estate, n)) for n in range(estate.control_policies)]
    return [entry for entry in found if entry]


def policy_entry(estate: Estate, identifier: str) -> dict[str, Any] | None:
    """A policy as listings show it; None: there is none with that id."""
    by_aws = {f"p-{name}": kind for kind, name in FULL_ACCESS.items()}
    if identifier in by_aws:
        kind = by_aws[identifier]
        return {
            "Id": identifier,
            "Arn": f"arn:aws:organizations::aws:policy/{kind.lower()}/{identifier}",
            "Name": identifier[2:],
            "Description": "Allows access to every operation",
            "Type": kind,
            "AwsManaged": True,
        }
    index = _policy_of(estate, identifier)
    if index is None:
        return None
    return {
        "Id": identifier,
        "Arn": _arn(estate, "policy", f"{SCP.lower()}/{identifier}"),
        "Name": f"guardrail-{index:03d}",
        "Description": f"Guardrail {index}",
        "Type": SCP,
        "AwsManaged": False,
    }


def policy_content(estate: Estate, identifier: str) -> str:
    """The document of a policy that exists."""
    if identifier == f"p-{FULL_ACCESS[SCP]}":
        return text({"Effect": "Allow", "Action": "*", "Resource": "*"}, indent=2)
    if identifier == f"p-{FULL_ACCESS[RCP]}":
        return text({"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}, indent=2)
    return text(
        {
            "Sid": "KeepKeys",
            "Effect": "Deny",
            "Action": ["kms:ScheduleKeyDeletion", "kms:DisableKey", "organizations:LeaveOrganization"],
            "Resource": "*",
            "Condition": {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/security-*"}},
        }
    )


def targets(estate: Estate, identifier: str) -> list[dict[str, Any]]:
    """What a policy is attached to: AWS's own to everything, the organization's to one unit each."""
    index = _policy_of(estate, identifier)
    if index is not None:
        unit = [index % estate.units] if estate.units else []
        return [_target("ORGANIZATIONAL_UNIT", unit_entry(estate, n)) for n in unit]
    return [*_everything(estate)]


def _everything(estate: Estate) -> Iterator[dict[str, Any]]:
    yield _target("ROOT", root(estate))
    for unit in range(estate.units):
        yield _target("ORGANIZATIONAL_UNIT", unit_entry(estate, unit))
    for account in accounts(estate):
        yield _target("ACCOUNT", account_entry(estate, account))


def _target(kind: str, entry: dict[str, Any]) -> dict[str, Any]:
    return {"TargetId": entry["Id"], "Arn": entry["Arn"], "Name": entry["Name"], "Type": kind}


def _policy_of(estate: Estate, identifier: str) -> int | None:
    return _index(
        estate, "policy", identifier.removeprefix("p-"), estate.control_policies, identifier, policy_id
    )


def _index(estate: Estate, kind: str, suffix: str, count: int, identifier: str, id_of: object) -> int | None:
    """What the suffix of an id stands for, if it is one of `count` things and the id is whole."""
    if len(suffix) != 8 or not suffix.isalnum() or suffix.lower() != suffix or not suffix.isascii():
        return None
    value = read(suffix)
    if value >> 40:
        return None
    index = _suffixes(estate.seed, kind).back(value)
    return index if index < count and id_of(estate, index) == identifier else None  # type: ignore[operator]
