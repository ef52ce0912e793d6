"""Whom a policy of a resource names: by its principals, or, where it says everybody, by its conditions."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from collector.policy.condition import Condition
from collector.policy.document import Document
from collector.policy.grants import Grant
from collector.policy.statement import Statement

_ACCOUNT_ID = re.compile(r"[0-9]{12}")
_ACCOUNT_KEYS = frozenset({"aws:principalaccount", "kms:calleraccount"})
_ORGANIZATION_KEYS = frozenset({"aws:principalorgid", "aws:principalorgpaths"})
_OTHERS_DECIDE = frozenset(
    {
        "aws:sourcearn",
        "aws:sourceaccount",
        "aws:sourceowner",
        "aws:sourceorgid",
        "s3:dataaccesspointaccount",
        "s3:dataaccesspointarn",
    }
)
"""Only calls by AWS services, or through access points with a policy of their own, carry them."""


@dataclass
class Names:
    """Whom statements name."""

    principals: set[str] = field(default_factory=set)
    """ARNs of roles, users and sessions."""
    ids: set[str] = field(default_factory=set)
    """Unique ids."""
    accounts: set[str] = field(default_factory=set)
    canonical_ids: set[str] = field(default_factory=set)
    organizations: set[str] = field(default_factory=set)
    everybody: bool = False

    def add(self, others: Names) -> None:
        """Take in those of others, too."""
        self.principals |= others.principals
        self.ids |= others.ids
        self.accounts |= others.accounts
        self.canonical_ids |= others.canonical_ids
        self.organizations |= others.organizations
        self.everybody = self.everybody or others.everybody


def named(documents: Iterable[Document], action: str) -> Names:
    """Whom the policies of a resource allow an action."""
    found = Names()
    for document in documents:
        for statement in document.about(action):
            if statement.allows and statement.resources is not None:
                _add(found, statement)
    return found


def granted(grants: Iterable[Grant], action: str) -> Names:
    """Whom grants permit an action, AWS's own workings aside."""
    found = Names()
    for grant in grants:
        if action in grant.operations:
            found.principals |= {arn for arn in grant.grantee.arns if not of_aws(arn)}
            found.accounts |= grant.grantee.accounts
    return found


def of_aws(arn: str) -> bool:
    """Whether it is no principal of an account, but something inside a service that holds grants.

    https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
    """
    return ":assumed-role/aws:" in arn


def binding(condition: Condition) -> bool:
    """Whether a condition holds only for the values that it names: no negation, no IfExists."""
    operator = condition.operator.lower()
    if operator.endswith("ifexists") or operator.startswith("forallvalues:") or operator == "null":
        return False
    return "not" not in operator and operator.rpartition(":")[2].startswith(("string", "arn", "bool", "ip"))


def _add(found: Names, statement: Statement) -> None:
    principals = statement.principals
    if principals is not None:
        found.principals |= {arn for arn in principals.arns if not of_aws(arn)}
        found.ids |= principals.ids
        found.accounts |= principals.accounts
        found.canonical_ids |= principals.canonical_ids
    if principals is None or principals.everybody:
        _add_everybody(found, statement)


def _add_everybody(found: Names, statement: Statement) -> None:
    """Everybody, or whom the conditions leave of it."""
    conditions = {each.key.lower(): each.values for each in statement.conditions if binding(each)}
    if accounts := [conditions[key] for key in _ACCOUNT_KEYS & conditions.keys()]:
        plain = {value for values in accounts for value in values if _ACCOUNT_ID.fullmatch(value)}
        if len(plain) == sum(map(len, accounts)):
            found.accounts |= plain
            return
    if arns := conditions.get("aws:principalarn"):
        fields = [value.split(":", 5) for value in arns]
        if all(len(each) == 6 and _ACCOUNT_ID.fullmatch(each[4]) for each in fields):
            wild = {each[4] for each, value in zip(fields, arns, strict=True) if "*" in value or "?" in value}
            found.accounts |= wild
            found.principals |= {value for value in arns if not set("*?$") & set(value)}
            return
    if organizations := [conditions[key] for key in _ORGANIZATION_KEYS & conditions.keys()]:
        found.organizations |= {value.split("/")[0] for values in organizations for value in values}
        return
    if not _OTHERS_DECIDE & conditions.keys():
        found.everybody = True
