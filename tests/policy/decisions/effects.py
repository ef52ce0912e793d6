"""Deny, allow and neither: what they come to whatever kind of policy they stand in."""

from tests.policy.decisions.table import (
    BUCKET,
    IAM,
    KMS,
    OBJECT,
    ORGS,
    ROLE,
    ROOT,
    SESSION,
    USER,
    A,
    allow,
    deny,
    read,
    read_of_b,
    row,
    rule,
    use,
)

LOGIC = IAM + "reference_policies_evaluation-logic_policy-eval-denyallow.html"
NO_READ = deny("s3:GetObject", Sid="NoRead")
OWN = {"identity": [allow()]}
BOTH = {**OWN, "policy": [allow(who=ROLE)]}
NO_READ_AT_ALL = deny("s3:GetObject", who="*", Sid="NoRead")

RULES = [
    rule(
        "An explicit deny on the principal's side wins",
        LOGIC,
        row(
            "deny in the identity policy against the bucket policy",
            read(identity=[allow(), NO_READ], policy=[allow(who=ROLE)]),
            "explicit_deny",
            blocked_by=["identity"],
            legs={"identity": "deny", "resource": "allow"},
            evidence=[("identity", "NoRead")],
        ),
        row(
            "deny in the permissions boundary",
            read(**BOTH, boundary=[allow(), NO_READ]),
            "explicit_deny",
            blocked_by=["boundary"],
        ),
        row(
            "deny in the session policy",
            read(SESSION, **BOTH, session=[allow(), NO_READ]),
            "explicit_deny",
            blocked_by=["session"],
        ),
    ),
    rule(
        "An explicit deny on the resource's side or from the organization wins",
        LOGIC,
        row(
            "deny in the bucket policy",
            read(**OWN, policy=[allow(who=ROLE), NO_READ_AT_ALL]),
            "explicit_deny",
            blocked_by=["resource"],
            evidence=[("resource", "NoRead")],
        ),
        row(
            "deny in a service control policy",
            read(**BOTH, scps=[[allow(), NO_READ]]),
            "explicit_deny",
            blocked_by=["scp"],
        ),
        row(
            "deny in a resource control policy",
            read(**BOTH, rcps=[[allow(who="*"), NO_READ_AT_ALL]]),
            "explicit_deny",
            blocked_by=["rcp"],
        ),
    ),
    rule(
        "What a key policy gives directly, an explicit deny on the principal's side takes",
        KMS + "key-policies.html",
        row(
            "key policy names the role, which may not decrypt",
            use(identity=[deny("kms:Decrypt")], policy=[allow("kms:*", who=ROLE)]),
            "explicit_deny",
            blocked_by=["identity"],
        ),
        row(
            "key policy names the session, whose session policy denies",
            use(SESSION, session=[deny("kms:*")], policy=[allow("kms:*", who=SESSION)]),
            "explicit_deny",
            blocked_by=["session"],
        ),
        row(
            "key policy names the user, whose boundary denies",
            use(USER, boundary=[deny("kms:*")], policy=[allow("kms:*", who=USER)]),
            "explicit_deny",
            blocked_by=["boundary"],
        ),
    ),
    rule(
        "What no policy allows is denied",
        LOGIC,
        row("no policy at all", read(), "implicit_deny", blocked_by=["identity"]),
        row(
            "policies that allow something else",
            read(identity=[allow("s3:PutObject")], policy=[allow("s3:ListBucket", who=ROLE)]),
            "implicit_deny",
            blocked_by=["identity"],
            legs={"identity": "none", "resource": "none"},
        ),
        row(
            "policies that allow it on something else",
            read(
                identity=[allow("s3:*", "arn:aws:s3:::logs/*")],
                policy=[allow("s3:*", f"{BUCKET}/drafts/*", who=ROLE)],
            ),
            "implicit_deny",
        ),
    ),
    rule(
        "Every policy is asked, even where one has denied",
        LOGIC,
        row(
            "all that deny are told",
            read(
                identity=[NO_READ],
                boundary=[NO_READ],
                session=[NO_READ],
                policy=[NO_READ_AT_ALL],
                scps=[[NO_READ]],
                rcps=[[NO_READ_AT_ALL]],
            ),
            "explicit_deny",
            blocked_by=["identity", "resource", "boundary", "session", "scp", "rcp"],
        ),
        row(
            "one denies and another does not allow",
            read(identity=[allow("s3:PutObject")], scps=[[allow()], [allow(), NO_READ]]),
            "explicit_deny",
            blocked_by=["identity", "scp"],
        ),
        row(
            "all that allow are told",
            read(
                identity=[allow(Sid="Mine")],
                policy=[allow(who=ROLE, Sid="Theirs")],
                scps=[[allow(Sid="Full")]],
            ),
            "allowed",
            blocked_by=[],
            evidence=[("identity", "Mine"), ("resource", "Theirs"), ("scp", "Full")],
        ),
    ),
    rule(
        "A deny denies only what it speaks of",
        LOGIC,
        row("another action", read(**OWN, policy=[deny("s3:PutObject", who="*")]), "allowed"),
        row("another path", read(**OWN, policy=[deny("s3:*", f"{BUCKET}/hr/*", who="*")]), "allowed"),
        row(
            "another condition",
            read(
                **OWN,
                policy=[deny("s3:*", who="*", when={"Bool": {"aws:SecureTransport": "false"}})],
                context={"aws:SecureTransport": True},
            ),
            "allowed",
        ),
    ),
    rule(
        "Of several identity policies one must allow and none may deny",
        LOGIC,
        row(
            "the second allows",
            read(identity=[[allow("ec2:*")], [allow("s3:*", Sid="Reader")]]),
            "allowed",
            evidence=[("identity", "Reader")],
        ),
        row("the second denies", read(identity=[[allow("s3:*")], [NO_READ]]), "explicit_deny"),
        row("none allows", read(identity=[[allow("ec2:*")], [allow("kms:*")]]), "implicit_deny"),
    ),
    rule(
        "The account itself has full access by default",
        LOGIC,
        row("root needs no policy for its bucket", read(ROOT), "allowed"),
        row(
            "a bucket policy may lock root out",
            read(ROOT, policy=[deny("s3:GetObject", OBJECT, who="*")]),
            "explicit_deny",
        ),
        row(
            "across accounts the other side must still allow",
            read_of_b(ROOT, policy=[allow(who=f"arn:aws:iam::{A}:user/ann")]),
            "implicit_deny",
            blocked_by=["resource"],
        ),
    ),
    rule(
        "Service control policies bind the account itself too",
        ORGS + "orgs_manage_policies_scps.html",
        row("root without a matching allow", read(ROOT, scps=[[allow("ec2:*")]]), "implicit_deny"),
        row(
            "root against a deny",
            use(ROOT, policy=[allow("kms:*", who=ROOT)], scps=[[allow(), deny("kms:Decrypt")]]),
            "explicit_deny",
            blocked_by=["scp"],
        ),
        row(
            "root with an allow",
            use(ROOT, policy=[allow("kms:*", who=ROOT)], scps=[[allow()], [allow("kms:*")]]),
            "allowed",
        ),
    ),
]
