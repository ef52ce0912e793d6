"""Buckets of other accounts: both sides must allow."""

from tests.policy.decisions.table import (
    BUCKET,
    IAM,
    ORG,
    ROLE,
    ROOT,
    SESSION,
    USER,
    A,
    B,
    C,
    allow,
    deny,
    read_of_b,
    row,
    rule,
)

CROSS = IAM + "reference_policies_evaluation-logic-cross-account.html"
PRINCIPAL = IAM + "reference_policies_elements_principal.html"
KEYS = IAM + "reference_policies_condition-keys.html"
READ = {"identity": [allow("s3:GetObject", f"{BUCKET}/*", Sid="Reader")]}
OTHER = [allow("ec2:*")]
OF_ORG = {"StringEquals": {"aws:PrincipalOrgID": ORG}}
PATHS = "aws:PrincipalOrgPaths"
OF_UNIT = {"ForAnyValue:StringLike": {PATHS: f"{ORG}/r-ab12/ou-ab12-11111111/*"}}


def public(when, **context):
    return read_of_b(**READ, policy=[allow("s3:GetObject", who="*", when=when)], context=context)


RULES = [
    rule(
        "Across accounts neither side is enough",
        CROSS,
        row("the identity alone", read_of_b(**READ), "implicit_deny", blocked_by=["resource"]),
        row(
            "the bucket alone, naming the role",
            read_of_b(identity=OTHER, policy=[allow(who=ROLE)]),
            "implicit_deny",
            blocked_by=["identity"],
        ),
        row(
            "both sides",
            read_of_b(**READ, policy=[allow(who=ROLE, Sid="Partner")]),
            "allowed",
            evidence=[("identity", "Reader"), ("resource", "Partner")],
        ),
    ),
    rule(
        "The bucket may leave it to the other account",
        CROSS,
        row("named by its root ARN", read_of_b(**READ, policy=[allow(who=ROOT)]), "allowed"),
        row("named by its id", read_of_b(**READ, policy=[allow(who=A)]), "allowed"),
        row(
            "and not to the bucket's own",
            read_of_b(**READ, policy=[allow(who=B)]),
            "implicit_deny",
            blocked_by=["resource"],
        ),
    ),
    rule(
        "Even who is named directly needs the own account's permission",
        CROSS,
        row(
            "a user of another account",
            read_of_b(USER, identity=OTHER, policy=[allow(who=USER)]),
            "implicit_deny",
            blocked_by=["identity"],
        ),
        row(
            "a session of another account",
            read_of_b(SESSION, identity=OTHER, policy=[allow(who=SESSION)]),
            "implicit_deny",
            blocked_by=["identity"],
        ),
        row(
            "anybody of another account",
            read_of_b(identity=OTHER, policy=[allow(who="*")]),
            "implicit_deny",
            blocked_by=["identity"],
        ),
    ),
    rule(
        "With it, those whom the bucket names get in",
        CROSS,
        row("a user with permission", read_of_b(USER, **READ, policy=[allow(who=USER)]), "allowed"),
        row("a session with permission", read_of_b(SESSION, **READ, policy=[allow(who=SESSION)]), "allowed"),
        row(
            "whoever has permission, everybody being named",
            read_of_b(**READ, policy=[allow(who="*")]),
            "allowed",
        ),
    ),
    rule(
        "A boundary always limits across accounts",
        CROSS,
        row(
            "a role that is named",
            read_of_b(**READ, boundary=OTHER, policy=[allow(who=ROLE)]),
            "implicit_deny",
            blocked_by=["boundary"],
        ),
        row(
            "a session that is named",
            read_of_b(SESSION, **READ, boundary=OTHER, policy=[allow(who=SESSION)]),
            "implicit_deny",
            blocked_by=["boundary"],
        ),
        row(
            "a user that is named",
            read_of_b(USER, **READ, boundary=OTHER, policy=[allow(who=USER)]),
            "implicit_deny",
            blocked_by=["boundary"],
        ),
    ),
    rule(
        "So does a session policy",
        CROSS,
        row(
            "session named, across",
            read_of_b(SESSION, **READ, session=OTHER, policy=[allow(who=SESSION)]),
            "implicit_deny",
            blocked_by=["session"],
        ),
        row(
            "everybody named, across",
            read_of_b(SESSION, **READ, session=OTHER, policy=[allow(who="*")]),
            "implicit_deny",
            blocked_by=["session"],
        ),
        row(
            "session policy that allows, across",
            read_of_b(SESSION, **READ, session=[allow("s3:*")], policy=[allow(who=A)]),
            "allowed",
        ),
    ),
    rule(
        "A deny of either account holds",
        CROSS,
        row(
            "of the bucket",
            read_of_b(**READ, policy=[allow(who=A), deny(who=ROLE)]),
            "explicit_deny",
            blocked_by=["resource"],
        ),
        row(
            "of the identity",
            read_of_b(identity=[allow(), deny("s3:*")], policy=[allow(who=A)]),
            "explicit_deny",
            blocked_by=["identity"],
        ),
        row(
            "of the account as a whole, by the bucket",
            read_of_b(**READ, policy=[allow(who=ROLE), deny(who=A)]),
            "explicit_deny",
            blocked_by=["resource"],
        ),
    ),
    rule(
        "Both sides must allow the same action",
        CROSS,
        row(
            "the bucket another one",
            read_of_b(**READ, policy=[allow("s3:ListBucket", who=ROLE)]),
            "implicit_deny",
            blocked_by=["resource"],
        ),
        row(
            "the identity another one",
            read_of_b(identity=[allow("s3:PutObject")], policy=[allow(who=A)]),
            "implicit_deny",
            blocked_by=["identity"],
        ),
        row(
            "both by patterns that meet",
            read_of_b(identity=[allow("s3:*Object")], policy=[allow("s3:Get*", who=A)]),
            "allowed",
        ),
    ),
    rule(
        "Both sides must allow the same object",
        CROSS,
        row(
            "allowed paths that do not meet, the bucket's",
            read_of_b(
                path=f"{BUCKET}/a/1",
                identity=[allow("s3:*", f"{BUCKET}/b/*")],
                policy=[allow("s3:*", f"{BUCKET}/a/*", who=A)],
            ),
            "implicit_deny",
            blocked_by=["identity"],
        ),
        row(
            "allowed paths that do not meet, the identity's",
            read_of_b(
                path=f"{BUCKET}/b/1",
                identity=[allow("s3:*", f"{BUCKET}/b/*")],
                policy=[allow("s3:*", f"{BUCKET}/a/*", who=A)],
            ),
            "implicit_deny",
            blocked_by=["resource"],
        ),
        row(
            "allowed paths that meet",
            read_of_b(
                path=f"{BUCKET}/a/1",
                identity=[allow("s3:*", f"{BUCKET}/*/1")],
                policy=[allow("s3:*", f"{BUCKET}/a/*", who=A)],
            ),
            "allowed",
        ),
    ),
    rule(
        "A bucket may be open to an organization",
        KEYS,
        row("to a member", public(OF_ORG, **{"aws:PrincipalOrgID": ORG}), "allowed"),
        row(
            "to a member of another",
            public(OF_ORG, **{"aws:PrincipalOrgID": "o-zzzzzzzzzz"}),
            "implicit_deny",
            blocked_by=["resource"],
        ),
        row(
            "to an account in none: the key is absent",
            public(OF_ORG),
            "implicit_deny",
            blocked_by=["resource"],
        ),
    ),
    rule(
        "A bucket may be open to a unit of an organization",
        KEYS,
        row(
            "to an account in it", public(OF_UNIT, **{PATHS: [f"{ORG}/r-ab12/ou-ab12-11111111/"]}), "allowed"
        ),
        row(
            "to an account below it",
            public(OF_UNIT, **{PATHS: [f"{ORG}/r-ab12/ou-ab12-11111111/ou-ab12-22222222/"]}),
            "allowed",
        ),
        row(
            "to an account beside it",
            public(OF_UNIT, **{PATHS: [f"{ORG}/r-ab12/ou-ab12-33333333/"]}),
            "implicit_deny",
        ),
    ),
    rule(
        "A canonical user id names an account, and which one only AWS knows",
        PRINCIPAL,
        row(
            "named by it alone",
            read_of_b(**READ, policy=[allow(who={"CanonicalUser": "79a5" * 16})]),
            "conditional",
            depends_on={"resource": []},
        ),
        row(
            "beside the account's id",
            read_of_b(**READ, policy=[allow(who={"CanonicalUser": "79a5" * 16, "AWS": A})]),
            "allowed",
        ),
        row(
            "and the identity has nothing",
            read_of_b(identity=OTHER, policy=[allow(who={"CanonicalUser": "79a5" * 16})]),
            "implicit_deny",
            blocked_by=["identity"],
        ),
    ),
    rule(
        "The principal's own account may be asked for",
        KEYS,
        row(
            "it is the one",
            public({"StringEquals": {"aws:PrincipalAccount": [A, C]}}, **{"aws:PrincipalAccount": A}),
            "allowed",
        ),
        row(
            "it is another",
            public({"StringEquals": {"aws:PrincipalAccount": [B, C]}}, **{"aws:PrincipalAccount": A}),
            "implicit_deny",
        ),
        row(
            "and so may the resource's, by the identity",
            read_of_b(
                identity=[allow("s3:*", when={"StringEquals": {"aws:ResourceAccount": A}})],
                policy=[allow(who=A)],
                context={"aws:ResourceAccount": B},
            ),
            "implicit_deny",
            blocked_by=["identity"],
        ),
    ),
]
