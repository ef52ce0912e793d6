"""The accounts, the units they are in, and the policies that bind them from above."""

from __future__ import annotations

from typing import Any

from collector.demo.estate.documents import deny, document
from collector.demo.faithful.organizations import next_account_ids
from collector.demo.server import FakeAws

MANAGEMENT = "111111111111"
AUDIT = "222222222222"
DATA = "333333333333"
COMPUTE = "444444444444"
ANALYTICS = "555555555555"
SANDBOX = "666666666666"
"""Has no reader role: what a gap in coverage looks like."""
OLD_SHOP = "777777777777"
"""Suspended, yet a key policy still names it."""

LOG_VENDOR = "888888888888"
"""Outside the organization, and trusted."""
STRANGER = "999999999999"
"""Outside the organization, and known to nobody."""

ACCOUNTS = {
    "management": MANAGEMENT,
    "security-audit": AUDIT,
    "data-lake": DATA,
    "compute": COMPUTE,
    "analytics": ANALYTICS,
    "sandbox": SANDBOX,
    "old-shop": OLD_SHOP,
}
_UNITS = {"Security": "", "Workloads": "", "Data": "Workloads", "Sandbox": ""}
_HOME = {
    "security-audit": "Security",
    "data-lake": "Data",
    "compute": "Workloads",
    "analytics": "Workloads",
    "sandbox": "Sandbox",
    "old-shop": "Sandbox",
}


def build(aws: FakeAws) -> str:
    """Create the organization; its id."""
    client = aws.client("organizations", MANAGEMENT)
    organization_id: str = client.create_organization(FeatureSet="ALL")["Organization"]["Id"]
    root_id = client.list_roots()["Roots"][0]["Id"]
    units = {"": root_id}
    for unit, parent in _UNITS.items():
        answer = client.create_organizational_unit(ParentId=units[parent], Name=unit)
        units[unit] = answer["OrganizationalUnit"]["Id"]
    next_account_ids.clear()
    for name, unit in _HOME.items():
        next_account_ids.append(ACCOUNTS[name])
        client.create_account(AccountName=name, Email=f"{name}@acme.example")
        client.move_account(AccountId=ACCOUNTS[name], SourceParentId=root_id, DestinationParentId=units[unit])
    client.close_account(AccountId=OLD_SHOP)
    for kind in ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"):
        client.enable_policy_type(RootId=root_id, PolicyType=kind)
    for policy in _policies(organization_id, units):
        _attach(client, **policy)
    return organization_id


def _policies(organization_id: str, units: dict[str, str]) -> list[dict[str, str]]:
    outside = {"StringNotEqualsIfExists": {"aws:ResourceOrgID": organization_id}}
    stranger = {
        "StringNotEqualsIfExists": {"aws:PrincipalOrgID": organization_id},
        "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
    }
    plain_http = {"BoolIfExists": {"aws:SecureTransport": "false"}}
    return [
        {
            "kind": "SERVICE_CONTROL_POLICY",
            "name": "keep-keys",
            "target": units["Workloads"],
            "content": document(deny("NobodyDeletesKeys", "kms:ScheduleKeyDeletion", "*")),
        },
        {
            "kind": "SERVICE_CONTROL_POLICY",
            "name": "stay-inside",
            "target": ANALYTICS,
            "content": document(
                deny("OnlyOurOwnData", ["s3:GetObject", "s3:PutObject", "kms:Decrypt"], "*", when=outside)
            ),
        },
        {
            "kind": "RESOURCE_CONTROL_POLICY",
            "name": "encrypted-in-transit",
            "target": units[""],
            "content": document(deny("NoPlainHttp", "s3:*", "*", to="*", when=plain_http)),
        },
        {
            "kind": "RESOURCE_CONTROL_POLICY",
            "name": "no-strangers",
            "target": ANALYTICS,
            "content": document(deny("OnlyUs", ["s3:*", "kms:*"], "*", to="*", when=stranger)),
        },
    ]


def _attach(client: Any, kind: str, name: str, target: str, content: str) -> None:
    answer = client.create_policy(Content=content, Description=f"Acme: {name}", Name=name, Type=kind)
    client.attach_policy(PolicyId=answer["Policy"]["PolicySummary"]["Id"], TargetId=target)
