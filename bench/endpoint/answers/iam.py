"""IAM: the account's authorization details, and its roles, users, groups and policies one by one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bench.endpoint.answers.call import Call
from bench.endpoint.answers.iam_lists import paged
from bench.endpoint.refusal import Refusal
from bench.endpoint.resources import identities
from bench.endpoint.resources.roles import group_name, index_of, role_name, user_name

_LISTS = {
    "User": ("UserDetailList", identities.user_details),
    "Group": ("GroupDetailList", identities.group_details),
    "Role": ("RoleDetailList", identities.role_details),
    "LocalManagedPolicy": ("Policies", identities.policy_details),
    "AWSManagedPolicy": ("Policies", identities.policy_details),
}


def get_account_authorization_details(call: Call) -> dict[str, Any]:
    """Users, groups, roles and policies, in this order, a page through all of them."""
    estate = call.estate
    places = {
        "User": range(estate.users),
        "Group": range(estate.groups),
        "Role": range(estate.roles),
        "LocalManagedPolicy": range(estate.policies),
        "AWSManagedPolicy": range(estate.policies, estate.policies + len(identities.AWS_POLICIES)),
    }
    wanted = call.params.get("Filter") or places
    if unknown := set(wanted) - set(places):
        raise call.refusal("invalid", f"Invalid filter: {sorted(unknown)}")
    every = [(kind, index) for kind, indexes in places.items() if kind in wanted for index in indexes]
    found, rest = paged(call, len(every), every.__getitem__)
    answer: dict[str, Any] = {name: [] for name, _ in _LISTS.values()}
    for kind, index in found:
        name, details = _LISTS[kind]
        answer[name].append(details(estate, call.account, index))
    return {**answer, **rest}


def _no_entity(kind: str, name: str) -> Refusal:
    return Refusal("NoSuchEntity", f"The {kind} with name {name} cannot be found.", 404)


def role_index(call: Call) -> int:
    """The role that the call is about."""
    name = call.params["RoleName"]
    index = index_of(name, role_name, call.estate.roles)
    if index is None:
        raise _no_entity("role", name)
    return index


def user_index(call: Call) -> int:
    """The user that the call is about; without a name the caller."""
    name = call.params.get("UserName", user_name(0))
    index = index_of(name, user_name, call.estate.users)
    if index is None:
        raise _no_entity("user", name)
    return index


def group_index(call: Call) -> int:
    """The group that the call is about."""
    name = call.params["GroupName"]
    index = index_of(name, group_name, call.estate.groups)
    if index is None:
        raise _no_entity("group", name)
    return index


def policy_index(call: Call) -> int:
    """The managed policy that the call is about."""
    arn, estate = call.params["PolicyArn"], call.estate
    every = range(estate.policies + len(identities.AWS_POLICIES))
    index = next((n for n in every if identities.policy_arn(estate, call.account, n) == arn), None)
    if index is None:
        raise Refusal("NoSuchEntity", f"Policy {arn} was not found.", 404)
    return index


_INDEXES: dict[str, Callable[[Call], int]] = {"role": role_index, "user": user_index, "group": group_index}


def _inline_names(kind: str) -> Callable[[Call], dict[str, Any]]:
    """The names of the policies inside."""

    def answer(call: Call) -> dict[str, Any]:
        found = identities.inline(kind, call.estate, call.account, _INDEXES[kind](call))
        names, rest = paged(call, len(found), lambda n: found[n]["PolicyName"])
        return {"PolicyNames": names, **rest}

    return answer


def _inline_policy(kind: str, member: str) -> Callable[[Call], dict[str, Any]]:
    """One of the policies inside."""

    def answer(call: Call) -> dict[str, Any]:
        found = identities.inline(kind, call.estate, call.account, _INDEXES[kind](call))
        wanted = [policy for policy in found if policy["PolicyName"] == call.params["PolicyName"]]
        if not wanted:
            raise _no_entity(f"{kind} policy", call.params["PolicyName"])
        return {member: call.params.get(member, user_name(0)), **wanted[0]}

    return answer


def _attached(kind: str) -> Callable[[Call], dict[str, Any]]:
    """The managed policies that are attached."""

    def answer(call: Call) -> dict[str, Any]:
        found = identities.attached(kind, call.estate, call.account, _INDEXES[kind](call))
        policies, rest = paged(call, len(found), found.__getitem__)
        return {"AttachedPolicies": policies, **rest}

    return answer


def get_role(call: Call) -> dict[str, Any]:
    """One role."""
    return {"Role": identities.role_one(call.estate, call.account, role_index(call))}


def get_user(call: Call) -> dict[str, Any]:
    """One user."""
    index = user_index(call)
    return {"User": {**identities.user(call.estate, call.account, index), "Tags": identities.tags(index)}}


def get_group(call: Call) -> dict[str, Any]:
    """One group and its users."""
    index, estate = group_index(call), call.estate
    members = [n for n in range(estate.users) if group_name(index) in identities.groups_of(estate, n)]
    users, rest = paged(call, len(members), lambda n: identities.user(estate, call.account, members[n]))
    return {"Group": identities.group(estate, call.account, index), "Users": users, **rest}


def get_policy(call: Call) -> dict[str, Any]:
    """One managed policy."""
    return {"Policy": identities.policy(call.estate, call.account, policy_index(call))}


def get_policy_version(call: Call) -> dict[str, Any]:
    """The document of one managed policy."""
    version = identities.policy_version(call.estate, call.account, policy_index(call))
    if call.params["VersionId"] != version["VersionId"]:
        raise Refusal("NoSuchEntity", f"Policy version {call.params['VersionId']} does not exist.", 404)
    return {"PolicyVersion": version}


def list_policy_versions(call: Call) -> dict[str, Any]:
    """The only version of a managed policy."""
    version = identities.policy_version(call.estate, call.account, policy_index(call))
    del version["Document"]
    versions, rest = paged(call, 1, lambda _: version)
    return {"Versions": versions, **rest}


def list_groups_for_user(call: Call) -> dict[str, Any]:
    """The groups that a user is in."""
    estate = call.estate
    names = identities.groups_of(estate, user_index(call))
    indexes = [n for n in range(estate.groups) if group_name(n) in names]
    groups, rest = paged(call, len(indexes), lambda n: identities.group(estate, call.account, indexes[n]))
    return {"Groups": groups, **rest}


def list_role_tags(call: Call) -> dict[str, Any]:
    """Tags of a role."""
    index = role_index(call)
    found = identities.tags(index) if index % 3 == 0 else []
    tags, rest = paged(call, len(found), found.__getitem__)
    return {"Tags": tags, **rest}


def list_user_tags(call: Call) -> dict[str, Any]:
    """Tags of a user."""
    found = identities.tags(user_index(call))
    tags, rest = paged(call, len(found), found.__getitem__)
    return {"Tags": tags, **rest}


OPERATIONS: dict[str, Callable[[Call], dict[str, Any]]] = {
    "GetAccountAuthorizationDetails": get_account_authorization_details,
    "GetRole": get_role,
    "GetUser": get_user,
    "GetGroup": get_group,
    "GetPolicy": get_policy,
    "GetPolicyVersion": get_policy_version,
    "ListPolicyVersions": list_policy_versions,
    "ListGroupsForUser": list_groups_for_user,
    "ListRoleTags": list_role_tags,
    "ListUserTags": list_user_tags,
    "ListRolePolicies": _inline_names("role"),
    "ListUserPolicies": _inline_names("user"),
    "ListGroupPolicies": _inline_names("group"),
    "GetRolePolicy": _inline_policy("role", "RoleName"),
    "GetUserPolicy": _inline_policy("user", "UserName"),
    "GetGroupPolicy": _inline_policy("group", "GroupName"),
    "ListAttachedRolePolicies": _attached("role"),
    "ListAttachedUserPolicies": _attached("user"),
    "ListAttachedGroupPolicies": _attached("group"),
}
