"""Whom a statement names: accounts, roles, sessions, users, services."""

from tests.policy.decisions.table import (
    IAM,
    OTHER_ROLE,
    ROLE,
    ROOT,
    SESSION,
    USER,
    A,
    C,
    allow,
    deny,
    read,
    row,
    rule,
    use,
    use_of_b,
)

PRINCIPAL = IAM + "reference_policies_elements_principal.html"
READ = {"identity": [allow("s3:GetObject")]}
NONE = {"identity": [allow("ec2:*")]}
IN_PATH = ROLE.replace("role/app", "role/teams/data/app")
DELETED = "AROAEXAMPLE1234567890"


def but(*who, kind="AWS"):
    """Denied for all but these."""
    return [allow("s3:*", who=A), deny("s3:*", NotPrincipal={kind: list(who)}, Sid="But")]


def across(who, *principals):
    return use_of_b(who, identity=[allow("kms:*")], policy=[allow("kms:*", who=list(principals))])


RULES = [
    rule(
        "Twelve digits and the root ARN are the same, and more than the root user",
        PRINCIPAL,
        row("the id, for a user of the account", across(USER, A), "allowed"),
        row("the root ARN, for a role of the account", across(ROLE, ROOT), "allowed"),
        row(
            "the root ARN of another account",
            across(ROLE, ROOT.replace(A, C)),
            "implicit_deny",
            blocked_by=["resource"],
        ),
    ),
    rule(
        "A role's ARN names all sessions of the role",
        PRINCIPAL,
        row("a session of the role", across(SESSION, ROLE), "allowed"),
        row("a session of a role with a path", across(SESSION, IN_PATH), "allowed"),
        row(
            "a session of another role",
            across(SESSION.replace("/app/", "/other/"), ROLE),
            "implicit_deny",
            blocked_by=["resource"],
        ),
    ),
    rule(
        "A session's ARN names that session only",
        PRINCIPAL,
        row(
            "the session with another name",
            across(SESSION.replace("ann", "bob"), SESSION),
            "implicit_deny",
            blocked_by=["resource"],
        ),
        row(
            "the role, which may have that session",
            across(ROLE, SESSION),
            "conditional",
            depends_on={"resource": []},
        ),
        row(
            "a role that cannot have it",
            across(OTHER_ROLE, SESSION),
            "implicit_deny",
            blocked_by=["resource"],
        ),
    ),
    rule(
        "A role that may be the session that a statement names may have what the session has",
        PRINCIPAL,
        row(
            "to read",
            read(**NONE, policy=[allow("s3:*", who=SESSION)]),
            "conditional",
            depends_on={"resource": []},
        ),
        row(
            "to be denied",
            read(**READ, policy=[allow("s3:*", who=ROLE), deny("s3:*", who=SESSION)]),
            "conditional",
            depends_on={"resource": []},
        ),
        row(
            "to use a key that is left to the account too",
            use(**NONE, policy=[allow("kms:*", who=[A, SESSION])]),
            "conditional",
            depends_on={"resource": []},
        ),
    ),
    rule(
        "The id of a principal that was deleted names nobody",
        PRINCIPAL,
        row(
            "an allow for the id of a deleted role",
            across(ROLE, DELETED),
            "implicit_deny",
            blocked_by=["resource"],
        ),
        row(
            "a deny for the id of a deleted role", read(**READ, policy=[deny("s3:*", who=DELETED)]), "allowed"
        ),
        row("the id of a deleted role beside its new ARN", across(ROLE, DELETED, ROLE), "allowed"),
    ),
    rule(
        "A principal is named whole: there are no patterns in it",
        PRINCIPAL,
        row(
            "a pattern of roles",
            read(**READ, policy=[allow(who=f"arn:aws:iam::{A}:role/*")]),
            "invalid",
            error="resource_policy.Statement[0].Principal",
        ),
        row(
            "a pattern of sessions",
            read(SESSION, **READ, policy=[allow(who=SESSION.replace("ann", "*"))]),
            "invalid",
            error="resource_policy.Statement[0].Principal",
        ),
        row(
            "a role by the beginning of its name",
            across(ROLE.replace("app", "application"), ROLE),
            "implicit_deny",
        ),
    ),
    rule(
        "Of users and roles the name's case matters",
        PRINCIPAL,
        row("another case of the user", across(USER.replace("ann", "Ann"), USER), "implicit_deny"),
        row("another case of the role", across(ROLE.replace("app", "App"), ROLE), "implicit_deny"),
        row("the same case", across(USER, USER), "allowed"),
    ),
    rule(
        "A service and an identity provider are no role",
        PRINCIPAL,
        row(
            "a role, where a service is named",
            read(**NONE, policy=[allow(who={"Service": "s3.amazonaws.com"})]),
            "implicit_deny",
        ),
        row(
            "a role, where an identity provider is named",
            read(**NONE, policy=[allow(who={"Federated": f"arn:aws:iam::{A}:saml-provider/idp"})]),
            "implicit_deny",
        ),
        row(
            "a role, where it is named beside a service",
            read(**NONE, policy=[allow(who={"Service": "s3.amazonaws.com", "AWS": ROLE})]),
            "allowed",
        ),
    ),
    rule(
        "A deny for the account meets all of it, one for a role its sessions",
        PRINCIPAL,
        row(
            "a user, the account being denied",
            read(USER, **READ, policy=[deny(who=A)]),
            "explicit_deny",
            blocked_by=["resource"],
        ),
        row(
            "a session, its role being denied",
            read(SESSION, **READ, policy=[deny(who=ROLE)]),
            "explicit_deny",
            blocked_by=["resource"],
        ),
        row(
            "a session, another one being denied",
            read(SESSION, **READ, policy=[deny(who=SESSION.replace("ann", "bob"))]),
            "allowed",
        ),
    ),
]
