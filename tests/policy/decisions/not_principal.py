"""NotPrincipal: whom it leaves out, and where it has no place."""

from tests.policy.decisions.table import (
    IAM,
    ROLE,
    ROOT,
    SESSION,
    USER,
    A,
    C,
    allow,
    deny,
    read,
    read_of_b,
    row,
    rule,
    use,
)

NOT = IAM + "reference_policies_elements_notprincipal.html"
READ = {"identity": [allow("s3:GetObject")]}


def but(*who, kind="AWS"):
    """Denied for all but these."""
    return [allow("s3:*", who=A), deny("s3:*", NotPrincipal={kind: list(who)}, Sid="But")]


def key_but(*who):
    return [allow("kms:*", who=A), deny("kms:*", NotPrincipal={"AWS": list(who)}, Sid="But")]


RULES = [
    rule(
        "A deny with NotPrincipal spares those that it lists with their account",
        NOT,
        row("the role and the account", read(**READ, policy=but(ROLE, A)), "allowed"),
        row(
            "the user and the account",
            use(USER, identity=[allow("kms:*")], policy=key_but(USER, ROOT)),
            "allowed",
        ),
        row(
            "the session, its role and the account",
            read(SESSION, **READ, policy=but(SESSION, ROLE, A)),
            "allowed",
        ),
    ),
    rule(
        "It meets those that it does not list",
        NOT,
        row(
            "another role, the account not being listed",
            read_of_b(**READ, policy=but(ROLE.replace(A, C), C)),
            "explicit_deny",
            evidence=[("resource", "But")],
        ),
        row(
            "somebody unknown",
            read("*", policy=[allow(who="*"), deny(NotPrincipal={"AWS": [ROLE, A]})]),
            "explicit_deny",
        ),
        row(
            "a service beside the one that is listed",
            read(
                "config.amazonaws.com",
                policy=[
                    allow(who={"Service": "config.amazonaws.com"}),
                    deny(NotPrincipal={"Service": "s3.amazonaws.com"}),
                ],
            ),
            "explicit_deny",
        ),
    ),
    rule(
        "Whom a list in part spares is not documented",
        NOT,
        row(
            "the role without the account",
            read(**READ, policy=but(ROLE)),
            "conditional",
            depends_on={"resource": []},
        ),
        row(
            "the account without the role",
            read(**READ, policy=but(A)),
            "conditional",
            depends_on={"resource": []},
        ),
        row(
            "the session without its role, of a key",
            use(SESSION, identity=[allow("kms:*")], policy=key_but(SESSION, A)),
            "conditional",
            depends_on={"resource": []},
        ),
    ),
    rule(
        "A service that NotPrincipal lists is spared",
        NOT,
        row(
            "the service that is listed",
            read(
                "s3.amazonaws.com",
                policy=[
                    allow(who={"Service": "s3.amazonaws.com"}),
                    deny(NotPrincipal={"Service": "s3.amazonaws.com"}),
                ],
            ),
            "allowed",
        ),
        row(
            "the account that is listed",
            read(ROOT, policy=[deny("s3:*", NotPrincipal={"AWS": A})]),
            "allowed",
        ),
    ),
    rule(
        "NotPrincipal goes with Deny",
        NOT,
        row(
            "with an allow in a bucket policy",
            read(**READ, policy=[allow(NotPrincipal={"AWS": [ROLE, A]})]),
            "invalid",
            error="NotPrincipal",
        ),
        row(
            "with an allow in a key policy",
            use(identity=[allow()], policy=[allow("kms:*", NotPrincipal={"AWS": C})]),
            "invalid",
            error="NotPrincipal",
        ),
    ),
    rule(
        "It has no place in service control, resource control and identity policies",
        NOT,
        row(
            "in a service control policy",
            read(**READ, scps=[[allow()], [deny(NotPrincipal={"AWS": ROLE})]]),
            "invalid",
            error="scps[1][0].Statement[0].NotPrincipal",
        ),
        row(
            "in a resource control policy",
            read(**READ, rcps=[[deny(NotPrincipal={"AWS": ROLE})]]),
            "invalid",
            error="rcps[0][0].Statement[0].NotPrincipal",
        ),
        row(
            "in an identity policy",
            read(identity=[allow(), deny(NotPrincipal={"AWS": ROLE})]),
            "invalid",
            error="identity_policies[0].Statement[1].NotPrincipal",
        ),
    ),
    rule(
        "A deny with NotPrincipal meets whoever has a boundary, listed or not",
        IAM + "access_policies_boundaries.html",
        row(
            "a listed role with a boundary",
            read(**READ, boundary=[allow()], policy=[deny("s3:*", NotPrincipal={"AWS": [ROLE, A]})]),
            "explicit_deny",
            blocked_by=["resource"],
        ),
        row(
            "a listed user with a boundary",
            use(
                USER,
                identity=[allow()],
                boundary=[allow()],
                policy=[allow("kms:*", who=A), deny("kms:*", NotPrincipal={"AWS": [USER, A]})],
            ),
            "explicit_deny",
        ),
        row(
            "a listed role without one",
            read(**READ, policy=[deny("s3:*", NotPrincipal={"AWS": [ROLE, A]})]),
            "allowed",
        ),
    ),
]
