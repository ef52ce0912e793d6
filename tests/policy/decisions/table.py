"""What a row of the table is, and short ways to write the requests in it."""

from dataclasses import dataclass, field
from typing import Any

IAM = "https://docs.aws.amazon.com/IAM/latest/UserGuide/"
KMS = "https://docs.aws.amazon.com/kms/latest/developerguide/"
S3 = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/"
ORGS = "https://docs.aws.amazon.com/organizations/latest/userguide/"

A, B, C = "111122223333", "444455556666", "777788889999"
"""The account of the one who asks, another one with resources, and one that nobody asked."""

ROLE = f"arn:aws:iam::{A}:role/app"
SESSION = f"arn:aws:sts::{A}:assumed-role/app/ann"
USER = f"arn:aws:iam::{A}:user/ann"
ROOT = f"arn:aws:iam::{A}:root"
OTHER_ROLE = f"arn:aws:iam::{A}:role/other"
LINKED = f"arn:aws:iam::{A}:role/aws-service-role/replication.s3.amazonaws.com/AWSServiceRoleForS3"
SERVICE = "logs.eu-west-1.amazonaws.com"

BUCKET = "arn:aws:s3:::data"
OBJECT = f"{BUCKET}/reports/2026.csv"
KEY = f"arn:aws:kms:eu-west-1:{A}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
KEY_OF_B = KEY.replace(A, B)
TARGET = f"arn:aws:iam::{A}:role/target"

ORG = "o-a1b2c3d4e5"
VIA_S3 = {"kms:ViaService": "s3.eu-west-1.amazonaws.com", "kms:CallerAccount": A}

LEGS = (
    "identity_policies",
    "permissions_boundary",
    "session_policy",
    "resource_policy",
    "scps",
    "rcps",
    "grants",
)


@dataclass(frozen=True)
class Row:
    """One request, and what AWS documents to come of it."""

    name: str
    request: dict[str, Any]
    decision: str
    """`invalid`: it is refused, with `error` in the message."""
    legs: dict[str, str] = field(default_factory=dict)
    blocked_by: list[str] | None = None
    depends_on: dict[str, list[str]] | None = None
    """Legs that are open -> the condition keys that are named as the cause."""
    evidence: list[tuple[str, str]] | None = None
    """Legs with the statements or grants that must be among the deciding ones."""
    error: str = ""


@dataclass(frozen=True)
class Rule:
    """What AWS documents, where, and the rows that show it."""

    text: str
    page: str
    rows: tuple[Row, ...]


def rule(text: str, page: str, *rows: Row) -> Rule:
    return Rule(text, page, rows)


def row(name: str, request: dict[str, Any], decision: str, **expected: Any) -> Row:
    return Row(name, request, decision, **expected)


def _statement(effect: str, action: Any, resource: Any, elements: dict[str, Any]) -> dict[str, Any]:
    found = {"Effect": effect, "Action": action, "Resource": resource}
    for name, value in elements.items():
        if name == "who":
            found["Principal"] = value if value == "*" or isinstance(value, dict) else {"AWS": value}
        else:
            found[{"when": "Condition"}.get(name, name)] = value
    for name in ("Action", "Resource", "Principal"):
        if f"Not{name}" in found:
            found.pop(name, None)
    return found


def allow(action: Any = "*", resource: Any = "*", **elements: Any) -> dict[str, Any]:
    """A statement. `who` is its Principal, `when` its Condition; others go by their own names."""
    return _statement("Allow", action, resource, elements)


def deny(action: Any = "*", resource: Any = "*", **elements: Any) -> dict[str, Any]:
    return _statement("Deny", action, resource, elements)


def document(*statements: dict[str, Any], version: str | None = "2012-10-17") -> dict[str, Any]:
    return {**({"Version": version} if version else {}), "Statement": list(statements)}


def _document(given: Any) -> dict[str, Any]:
    if isinstance(given, list):
        return document(*given)
    return given if "Statement" in given else document(given)


def _documents(given: Any) -> list[dict[str, Any]]:
    several = isinstance(given, list) and given and isinstance(given[0], list)
    return [_document(each) for each in (given if several else [given])]


def ask(
    action: str,
    resource: str,
    who: str = ROLE,
    owner: str | None = None,
    *,
    identity: Any = None,
    boundary: Any = None,
    session: Any = None,
    policy: Any = None,
    scps: Any = None,
    rcps: Any = None,
    grants: Any = None,
    context: dict[str, Any] | None = None,
    unknown: list[str] | None = None,
) -> dict[str, Any]:
    """A request. Policies are lists of statements; of `identity` also a list of such lists.

    `scps` and `rcps` are levels from the root down, each a list of policies of one statement.
    """
    found: dict[str, Any] = {"principal": who, "action": action, "resource": resource}
    if owner:
        found["resource_account"] = owner
    if identity is not None:
        found["identity_policies"] = _documents(identity)
    for name, given in (
        ("permissions_boundary", boundary),
        ("session_policy", session),
        ("resource_policy", policy),
    ):
        if given is not None:
            found[name] = _document(given)
    for name, levels in (("scps", scps), ("rcps", rcps)):
        if levels is not None:
            found[name] = [[_document(each) for each in level] for level in levels]
    if grants is not None:
        found["grants"] = grants
    known = {key: value for key, value in (context or {}).items() if value is not None}
    return {**found, "context": known, "unknown_context": unknown or []}


def read(
    who: str = ROLE, *, action: str = "s3:GetObject", path: str = OBJECT, **given: Any
) -> dict[str, Any]:
    """An object of the own account is asked for."""
    return ask(action, path, who, A, **given)


def read_of_b(
    who: str = ROLE, *, action: str = "s3:GetObject", path: str = OBJECT, **given: Any
) -> dict[str, Any]:
    """An object of another account is asked for."""
    return ask(action, path, who, B, **given)


def use(who: str = ROLE, *, action: str = "kms:Decrypt", key: str = KEY, **given: Any) -> dict[str, Any]:
    """A key of the own account is used."""
    return ask(action, key, who, **given)


def use_of_b(
    who: str = ROLE, *, action: str = "kms:Decrypt", key: str = KEY_OF_B, **given: Any
) -> dict[str, Any]:
    """A key of another account is used."""
    return ask(action, key, who, **given)


def grant(grantee: str = ROLE, *operations: str, **more: Any) -> dict[str, Any]:
    found = {"GrantId": "grant-1", "GranteePrincipal": grantee, "Operations": list(operations) or ["Decrypt"]}
    return {**found, **more}


def gate(condition: dict[str, Any], unknown: list[str] | None = None, **context: Any) -> dict[str, Any]:
    """An object of another account, allowed by both sides if the bucket policy's condition holds.

    Of the keys of `context` the first `_` stands for a colon, as in `aws_username`.
    """
    return read_of_b(
        identity=[allow("s3:GetObject")],
        policy=[allow("s3:GetObject", f"{BUCKET}/*", who=ROLE, when=condition, Sid="Gate")],
        context={key.replace("_", ":", 1): value for key, value in context.items()},
        unknown=unknown,
    )


def bar(condition: dict[str, Any], unknown: list[str] | None = None, **context: Any) -> dict[str, Any]:
    """A key of the own account, allowed by key policy and role, but for a deny with this condition."""
    return use(
        identity=[allow("kms:Decrypt")],
        policy=[allow("kms:*", who=A), deny("kms:*", who="*", when=condition, Sid="Bar")],
        context={key.replace("_", ":", 1): value for key, value in context.items()},
        unknown=unknown,
    )
