"""The demonstration's organization: the article's scenario, and what goes wrong around it.

Everything has the same name, id and ARN in every run; only the dates that lie ahead move with the clock.
"""

from __future__ import annotations

from dataclasses import dataclass

from collector.demo.estate import access_points, buckets, dates, grants, keys, members, organization
from collector.demo.server import FakeAws

_CONFIG = f"""\
[accounts]
organization = true

[role]
name = "{members.READER_PATH.strip("/")}/{members.READER_NAME}"
external_id = "{members.EXTERNAL_ID}"

[trusted_accounts]
"{organization.LOG_VENDOR}" = "log vendor"
"""


@dataclass(frozen=True)
class Estate:
    """What was built, by name."""

    organization_id: str
    accounts: dict[str, str]
    """Name -> id, the suspended one and the one without a reader role included."""
    keys: dict[str, str]
    """Name -> key ARN."""
    buckets: dict[str, str]
    """Bucket name -> the account that owns it."""
    caller_account: str
    caller_user: str
    """The IAM user of the caller's account whose credentials the sync has: `aws.as_caller(account, user)`."""
    config: str
    """Text of the keyreach.toml for it."""


def seed(aws: FakeAws) -> Estate:
    """Build the organization on an empty fake AWS."""
    organization_id = organization.build(aws)
    members.build(aws)
    key_arns = keys.build(aws)
    grants.build(aws, key_arns)
    owners = buckets.build(aws, key_arns)
    access_points.build(aws)
    dates.settle()
    return Estate(
        organization_id=organization_id,
        accounts=dict(organization.ACCOUNTS),
        keys=key_arns,
        buckets=owners,
        caller_account=organization.MANAGEMENT,
        caller_user=members.ANALYST,
        config=_CONFIG,
    )
