"""IAM: its listings, and what the account as a whole is like."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bench.endpoint.answers.call import Call
from bench.endpoint.paging import Paging
from bench.endpoint.refusal import Refusal
from bench.endpoint.resources import identities
from bench.endpoint.resources.roles import group_name, role_name, user_name

_PAGES = Paging("MaxItems", "Marker", "Marker", 100, 1000, "IsTruncated")
_CREDENTIAL_HEADER = (
    "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,"
    "password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,"
    "access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,"
    "access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,"
    "access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,"
    "cert_2_active,cert_2_last_rotated"
)


def paged(call: Call, count: int, item: Callable[[int], Any]) -> tuple[list[Any], dict[str, Any]]:
    """A page as IAM cuts it."""

    def bad_token() -> Refusal:
        return call.refusal("invalid", "Invalid Marker.")

    return call.page(_PAGES, count, item, bad_token)


def _listed(
    call: Call, name: str, count: int, item: Callable[[Any, int, int], dict[str, Any]]
) -> dict[str, Any]:
    """Things whose path starts with the prefix that the call names."""
    estate, chosen = call.estate, range(count)
    if prefix := call.params.get("PathPrefix"):
        chosen = [n for n in chosen if item(estate, call.account, n)["Path"].startswith(prefix)]  # type: ignore[assignment]
    found, rest = paged(call, len(chosen), lambda n: item(estate, call.account, chosen[n]))
    return {name: found, **rest}


def list_roles(call: Call) -> dict[str, Any]:
    """Roles, without what only GetRole tells."""
    return _listed(call, "Roles", call.estate.roles, identities.role)


def list_users(call: Call) -> dict[str, Any]:
    """Users."""
    return _listed(call, "Users", call.estate.users, identities.user)


def list_groups(call: Call) -> dict[str, Any]:
    """Groups."""
    return _listed(call, "Groups", call.estate.groups, identities.group)


def list_policies(call: Call) -> dict[str, Any]:
    """The account's own policies, AWS's, or both."""
    own, every = call.estate.policies, call.estate.policies + len(identities.AWS_POLICIES)
    scope = call.params.get("Scope", "All")
    chosen = {"Local": range(own), "AWS": range(own, every), "All": range(every)}[scope]
    policies = [identities.policy(call.estate, call.account, n) for n in chosen]
    if call.params.get("OnlyAttached"):
        policies = [policy for policy in policies if policy["AttachmentCount"]]
    found, rest = paged(call, len(policies), policies.__getitem__)
    return {"Policies": found, **rest}


def list_entities_for_policy(call: Call) -> dict[str, Any]:
    """The roles, users and groups that a policy is attached to."""
    arn, estate = call.params["PolicyArn"], call.estate
    names = {
        "role": (role_name, estate.roles, "PolicyRoles", identities.role, "Role"),
        "user": (user_name, estate.users, "PolicyUsers", identities.user, "User"),
        "group": (group_name, estate.groups, "PolicyGroups", identities.group, "Group"),
    }
    every = [
        (member, {f"{kind}Name": name_of(n), f"{kind}Id": entry(estate, call.account, n)[f"{kind}Id"]})
        for key, (name_of, count, member, entry, kind) in names.items()
        for n in range(count)
        if arn in {policy["PolicyArn"] for policy in identities.attached(key, estate, call.account, n)}
    ]
    found, rest = paged(call, len(every), every.__getitem__)
    return {
        member: [entry for place, entry in found if place == member]
        for member in ("PolicyRoles", "PolicyUsers", "PolicyGroups")
    } | rest


def get_account_summary(call: Call) -> dict[str, Any]:
    """Counts and quotas."""
    estate = call.estate
    return {
        "SummaryMap": {
            "Users": estate.users,
            "UsersQuota": 5000,
            "Groups": estate.groups,
            "GroupsQuota": 300,
            "Roles": estate.roles,
            "RolesQuota": 1000,
            "Policies": estate.policies,
            "PoliciesQuota": 1500,
            "AccountMFAEnabled": 1,
            "AccountAccessKeysPresent": 0,
            "AccountSigningCertificatesPresent": 0,
            "MFADevices": 0,
            "MFADevicesInUse": 0,
            "ServerCertificates": 0,
        }
    }


def get_account_password_policy(call: Call) -> dict[str, Any]:
    """There is none."""
    message = f"The Password Policy with domain name {call.account_id} cannot be found."
    raise Refusal("NoSuchEntity", message, 404)


def get_login_profile(call: Call) -> dict[str, Any]:
    """Nobody has one."""
    raise Refusal(
        "NoSuchEntity", f"Login Profile for User {call.params.get('UserName')} cannot be found.", 404
    )


def list_access_keys(call: Call) -> dict[str, Any]:
    """The caller's only access key; other users have none."""
    name = call.params.get("UserName", user_name(0))
    key = {
        "UserName": name,
        "AccessKeyId": call.keyring.of_user(call.account)[0],
        "Status": "Active",
        "CreateDate": identities.user(call.estate, call.account, 0)["CreateDate"],
    }
    found = [key] if name == user_name(0) else []
    keys, rest = paged(call, len(found), found.__getitem__)
    return {"AccessKeyMetadata": keys, **rest}


def get_access_key_last_used(call: Call) -> dict[str, Any]:
    """Never, as far as is known."""
    return {"UserName": user_name(0), "AccessKeyLastUsed": {"ServiceName": "N/A", "Region": "N/A"}}


def generate_credential_report(call: Call) -> dict[str, Any]:
    """It is there at once."""
    return {"State": "COMPLETE"}


def get_credential_report(call: Call) -> dict[str, Any]:
    """Every user, with nothing but a password."""
    lines = [_CREDENTIAL_HEADER]
    for index in range(call.estate.users):
        user = identities.user(call.estate, call.account, index)
        created = user["CreateDate"].isoformat()
        rest = ["true", "no_information", created, "N/A", "false", *["false", *["N/A"] * 4] * 2]
        lines.append(",".join([user["UserName"], user["Arn"], created, *rest, *["false", "N/A"] * 2]))
    created = identities.user(call.estate, call.account, 0)["CreateDate"]
    return {"Content": "\n".join(lines), "ReportFormat": "text/csv", "GeneratedTime": created}


def _none(member: str, pages: bool = True) -> Callable[[Call], dict[str, Any]]:
    """A listing of what the estate has none of."""

    def answer(call: Call) -> dict[str, Any]:
        found, rest = paged(call, 0, lambda n: n) if pages else ([], {})
        return {member: found, **rest}

    return answer


OPERATIONS: dict[str, Callable[[Call], dict[str, Any]]] = {
    "ListRoles": list_roles,
    "ListUsers": list_users,
    "ListGroups": list_groups,
    "ListPolicies": list_policies,
    "ListEntitiesForPolicy": list_entities_for_policy,
    "GetAccountSummary": get_account_summary,
    "GetAccountPasswordPolicy": get_account_password_policy,
    "GetLoginProfile": get_login_profile,
    "ListAccessKeys": list_access_keys,
    "GetAccessKeyLastUsed": get_access_key_last_used,
    "GenerateCredentialReport": generate_credential_report,
    "GetCredentialReport": get_credential_report,
    "ListAccountAliases": _none("AccountAliases"),
    "ListMFADevices": _none("MFADevices"),
    "ListVirtualMFADevices": _none("VirtualMFADevices"),
    "ListServerCertificates": _none("ServerCertificateMetadataList"),
    "ListInstanceProfiles": _none("InstanceProfiles"),
    "ListInstanceProfilesForRole": _none("InstanceProfiles"),
    "ListSigningCertificates": _none("Certificates"),
    "ListSSHPublicKeys": _none("SSHPublicKeys"),
    "ListServiceSpecificCredentials": _none("ServiceSpecificCredentials", pages=False),
    "ListSAMLProviders": _none("SAMLProviderList", pages=False),
    "ListOpenIDConnectProviders": _none("OpenIDConnectProviderList", pages=False),
    "ListPolicyTags": _none("Tags"),
}
