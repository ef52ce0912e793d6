"""Organizations: answered to the management account, the organization itself to every member."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bench.endpoint.answers.call import Call
from bench.endpoint.paging import Paging
from bench.endpoint.refusal import Refusal
from bench.endpoint.resources import organization as org

_PAGES = Paging("MaxResults", "NextToken", "NextToken", 20, 20)


def _bad_token() -> Refusal:
    reason = {"Reason": "INVALID_NEXT_TOKEN"}
    return Refusal("InvalidInputException", "You specified an invalid value.", members=reason)


def _management(answer: Callable[[Call], dict[str, Any]]) -> Callable[[Call], dict[str, Any]]:
    """Only for the management account."""

    def guarded(call: Call) -> dict[str, Any]:
        if call.account:
            message = "You don't have permissions to access this resource."
            raise Refusal("AccessDeniedException", message)
        return answer(call)

    return guarded


def _paged(call: Call, items: list[Any], name: str) -> dict[str, Any]:
    found, rest = call.page(_PAGES, len(items), items.__getitem__, _bad_token)
    return {name: found, **rest}


def _listed_accounts(call: Call, chosen: list[int]) -> dict[str, Any]:
    """A page of accounts, of which only those on it are made."""

    def entry(n: int) -> dict[str, Any]:
        return org.account_entry(call.estate, chosen[n])

    found, rest = call.page(_PAGES, len(chosen), entry, _bad_token)
    return {"Accounts": found, **rest}


def describe_organization(call: Call) -> dict[str, Any]:
    """The organization."""
    return {"Organization": org.organization(call.estate)}


def list_accounts(call: Call) -> dict[str, Any]:
    """All accounts."""
    return _listed_accounts(call, list(org.accounts(call.estate)))


def _account(call: Call, identifier: str, code: str) -> int:
    account = call.estate.account(identifier)
    if account is None:
        raise Refusal(code, f"You specified an id that is not in the organization: {identifier}")
    return account


def describe_account(call: Call) -> dict[str, Any]:
    """One account."""
    account = _account(call, call.params["AccountId"], "AccountNotFoundException")
    return {"Account": org.account_entry(call.estate, account)}


def _parent(call: Call) -> int | None:
    """The unit that the call names; None: the root."""
    identifier = call.params["ParentId"]
    if identifier == call.estate.root_id:
        return None
    unit = org.unit_of(call.estate, identifier)
    if unit is None:
        raise Refusal("ParentNotFoundException", "You specified parent that doesn't exist.")
    return unit


def list_accounts_for_parent(call: Call) -> dict[str, Any]:
    """Accounts directly under the root or a unit."""
    parent, estate = _parent(call), call.estate
    return _listed_accounts(call, [n for n in org.accounts(estate) if org.account_unit(estate, n) == parent])


def list_units(call: Call) -> dict[str, Any]:
    """Units directly under the root or a unit."""
    return _paged(call, org.units_under(call.estate, _parent(call)), "OrganizationalUnits")


def describe_unit(call: Call) -> dict[str, Any]:
    """One unit."""
    unit = org.unit_of(call.estate, call.params["OrganizationalUnitId"])
    if unit is None:
        raise Refusal("OrganizationalUnitNotFoundException", "You specified a unit that doesn't exist.")
    return {"OrganizationalUnit": org.unit_entry(call.estate, unit)}


def list_parents(call: Call) -> dict[str, Any]:
    """What an account or unit is directly under."""
    identifier, estate = call.params["ChildId"], call.estate
    if identifier.startswith("ou-"):
        unit = org.unit_of(estate, identifier)
        if unit is None:
            raise Refusal("ChildNotFoundException", "You specified a child that doesn't exist.")
        parent = org.unit_parent(unit)
    else:
        parent = org.account_unit(estate, _account(call, identifier, "ChildNotFoundException"))
    if parent is None:
        return {"Parents": [{"Id": estate.root_id, "Type": "ROOT"}]}
    return {"Parents": [{"Id": org.unit_id(estate, parent), "Type": "ORGANIZATIONAL_UNIT"}]}


def list_roots(call: Call) -> dict[str, Any]:
    """The root."""
    return _paged(call, [org.root(call.estate)], "Roots")


def list_policies(call: Call) -> dict[str, Any]:
    """Policies of a type."""
    return _paged(call, org.policies(call.estate, call.params["Filter"]), "Policies")


def _policy(call: Call) -> dict[str, Any]:
    entry = org.policy_entry(call.estate, call.params["PolicyId"])
    if entry is None:
        raise Refusal("PolicyNotFoundException", "You specified a policy that doesn't exist.")
    return entry


def describe_policy(call: Call) -> dict[str, Any]:
    """A policy with its document."""
    entry = _policy(call)
    return {"Policy": {"PolicySummary": entry, "Content": org.policy_content(call.estate, entry["Id"])}}


def list_targets_for_policy(call: Call) -> dict[str, Any]:
    """What a policy is attached to."""
    return _paged(call, org.targets(call.estate, _policy(call)["Id"]), "Targets")


def list_policies_for_target(call: Call) -> dict[str, Any]:
    """Policies of a type that are attached to a root, unit or account."""
    every = org.policies(call.estate, call.params["Filter"])
    wanted = call.params["TargetId"]
    here = [p for p in every if wanted in {t["TargetId"] for t in org.targets(call.estate, p["Id"])}]
    return _paged(call, here, "Policies")


def list_delegated_administrators(call: Call) -> dict[str, Any]:
    """None."""
    return _paged(call, [], "DelegatedAdministrators")


def list_tags(call: Call) -> dict[str, Any]:
    """Nothing is tagged."""
    return {"Tags": []}


OPERATIONS = {
    "DescribeOrganization": describe_organization,
    "ListAccounts": _management(list_accounts),
    "DescribeAccount": _management(describe_account),
    "ListAccountsForParent": _management(list_accounts_for_parent),
    "ListOrganizationalUnitsForParent": _management(list_units),
    "DescribeOrganizationalUnit": _management(describe_unit),
    "ListParents": _management(list_parents),
    "ListRoots": _management(list_roots),
    "ListPolicies": _management(list_policies),
    "DescribePolicy": _management(describe_policy),
    "ListTargetsForPolicy": _management(list_targets_for_policy),
    "ListPoliciesForTarget": _management(list_policies_for_target),
    "ListDelegatedAdministrators": _management(list_delegated_administrators),
    "ListTagsForResource": _management(list_tags),
}
