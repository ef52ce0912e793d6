"""Permissions boundaries and session policies: what they limit, and what they do not."""

from tests.policy.decisions.table import (
    IAM,
    OTHER_ROLE,
    ROLE,
    SESSION,
    USER,
    A,
    allow,
    deny,
    read,
    row,
    rule,
    use,
)

DENY = IAM + "reference_policies_evaluation-logic_policy-eval-denyallow.html"
PRINCIPAL = IAM + "reference_policies_elements_principal.html"
BOUNDARY = IAM + "access_policies_boundaries.html"
SESSIONS = IAM + "access_policies.html"
OTHER = [allow("ec2:*")]
READ = [allow("s3:*")]
FEDERATED = f"arn:aws:sts::{A}:federated-user/bob"
BY_ARN = {"ArnEquals": {"aws:PrincipalArn": ROLE}}
AS_ROLE = {"aws:PrincipalArn": ROLE}

RULES = [
    rule(
        "An identity has what both its policies and its boundary allow",
        BOUNDARY,
        row("both allow", read(identity=READ, boundary=READ), "allowed", legs={"boundary": "allow"}),
        row(
            "the boundary does not",
            read(identity=READ, boundary=OTHER),
            "implicit_deny",
            blocked_by=["boundary"],
        ),
        row(
            "the boundary gives nothing",
            read(identity=OTHER, boundary=READ),
            "implicit_deny",
            blocked_by=["identity"],
        ),
    ),
    rule(
        "A session has what both its role and its session policy allow",
        SESSIONS,
        row("role and session policy allow", read(SESSION, identity=READ, session=READ), "allowed"),
        row(
            "the session policy does not",
            read(SESSION, identity=READ, session=OTHER),
            "implicit_deny",
            blocked_by=["session"],
        ),
        row(
            "the session policy gives nothing",
            read(SESSION, session=READ),
            "implicit_deny",
            blocked_by=["identity"],
        ),
    ),
    rule(
        "Boundary, session policy, service control policies and identity must all allow",
        BOUNDARY,
        row("all four do", read(SESSION, identity=READ, boundary=READ, session=READ, scps=[READ]), "allowed"),
        row(
            "three do not",
            read(SESSION, identity=READ, boundary=OTHER, session=OTHER, scps=[OTHER]),
            "implicit_deny",
            blocked_by=["boundary", "session", "scp"],
        ),
        row(
            "of a key the account may delegate",
            use(
                SESSION,
                identity=[allow("kms:*")],
                boundary=OTHER,
                session=[allow("kms:*")],
                policy=[allow("kms:*", who=A)],
            ),
            "implicit_deny",
            blocked_by=["boundary"],
        ),
    ),
    rule(
        "What a bucket policy gives to a role by its ARN, boundary and session policy limit",
        DENY,
        row(
            "role named, boundary silent",
            read(boundary=OTHER, policy=[allow(who=ROLE)]),
            "implicit_deny",
            blocked_by=["boundary"],
        ),
        row(
            "role named, session policy silent",
            read(SESSION, session=OTHER, policy=[allow(who=ROLE)]),
            "implicit_deny",
            blocked_by=["session"],
        ),
        row(
            "role named, both allow, no identity policy",
            read(SESSION, boundary=READ, session=READ, policy=[allow(who=ROLE)]),
            "allowed",
        ),
    ),
    rule(
        "What a key policy gives to a role by its ARN, they limit too",
        DENY,
        row(
            "role named by the key, boundary silent",
            use(boundary=OTHER, policy=[allow("kms:*", who=ROLE)]),
            "implicit_deny",
            blocked_by=["boundary"],
        ),
        row(
            "role named by the key, session policy silent",
            use(SESSION, session=OTHER, policy=[allow("kms:*", who=ROLE)]),
            "implicit_deny",
            blocked_by=["session"],
        ),
        row(
            "role named by the key, boundary allows",
            use(boundary=[allow("kms:Decrypt")], policy=[allow("kms:*", who=ROLE)]),
            "allowed",
        ),
    ),
    rule(
        "What is given to a session by its ARN, no implicit deny limits",
        DENY,
        row(
            "session named, boundary silent",
            read(SESSION, boundary=OTHER, policy=[allow(who=SESSION)]),
            "allowed",
            legs={"boundary": "none", "resource": "allow"},
        ),
        row(
            "session named, session policy and identity silent",
            read(SESSION, identity=OTHER, session=OTHER, policy=[allow(who=SESSION)]),
            "allowed",
        ),
        row(
            "session named by the key, all silent",
            use(SESSION, boundary=OTHER, session=OTHER, policy=[allow("kms:*", who=SESSION)]),
            "allowed",
        ),
    ),
    rule(
        "What is given to a user by its ARN, no implicit deny limits",
        DENY,
        row(
            "user named, boundary silent",
            read(USER, boundary=OTHER, policy=[allow(who=USER)]),
            "allowed",
            legs={"boundary": "none"},
        ),
        row("user named, identity silent", read(USER, identity=OTHER, policy=[allow(who=USER)]), "allowed"),
        row(
            "user named by the key, boundary silent",
            use(USER, boundary=OTHER, policy=[allow("kms:*", who=USER)]),
            "allowed",
        ),
    ),
    rule(
        "What is given to a federated user by its ARN, no implicit deny limits",
        DENY,
        row(
            "federated user named, session policy silent",
            read(FEDERATED, session=OTHER, policy=[allow(who=FEDERATED)]),
            "allowed",
        ),
        row(
            "another federated user named",
            read(FEDERATED, session=READ, policy=[allow(who=FEDERATED[:-1])]),
            "implicit_deny",
        ),
        row(
            "federated user named, session policy denies",
            read(FEDERATED, session=[deny("s3:*")], policy=[allow(who=FEDERATED)]),
            "explicit_deny",
        ),
    ),
    rule(
        "What is given to everybody with aws:PrincipalArn, no implicit deny limits",
        PRINCIPAL,
        row(
            "by condition, boundary silent",
            read(boundary=OTHER, policy=[allow(who="*", when=BY_ARN)], context=AS_ROLE),
            "allowed",
        ),
        row(
            "by condition, session policy silent",
            use(SESSION, session=OTHER, policy=[allow("kms:*", who="*", when=BY_ARN)], context=AS_ROLE),
            "allowed",
        ),
        row(
            "by condition, another role asks",
            read(
                OTHER_ROLE,
                policy=[allow(who="*", when=BY_ARN)],
                boundary=READ,
                context={"aws:PrincipalArn": OTHER_ROLE},
            ),
            "implicit_deny",
        ),
    ),
    rule(
        "What is given to everybody without condition, no implicit deny limits either",
        PRINCIPAL,
        row("everybody, boundary silent", read(boundary=OTHER, policy=[allow(who="*")]), "allowed"),
        row(
            "everybody, session policy silent",
            read(SESSION, session=OTHER, policy=[allow(who={"AWS": "*"})]),
            "allowed",
        ),
        row(
            "everybody with a key, boundary silent",
            use(boundary=OTHER, policy=[allow("kms:*", who="*")]),
            "allowed",
        ),
    ),
    rule(
        "With the account as principal, aws:PrincipalArn opens no way round them",
        PRINCIPAL,
        row(
            "the account with a condition, boundary silent",
            use(
                identity=[allow("kms:*")],
                boundary=OTHER,
                policy=[allow("kms:*", who=A, when=BY_ARN)],
                context=AS_ROLE,
            ),
            "implicit_deny",
            blocked_by=["boundary"],
        ),
        row(
            "the role with a condition, session policy silent",
            read(SESSION, session=OTHER, policy=[allow(who=ROLE, when=BY_ARN)], context=AS_ROLE),
            "implicit_deny",
            blocked_by=["session"],
        ),
    ),
    rule(
        "Their explicit denies hold whoever is named",
        DENY,
        row(
            "boundary denies a session that is named",
            read(SESSION, boundary=[allow(), deny("s3:Get*")], policy=[allow(who=SESSION)]),
            "explicit_deny",
            blocked_by=["boundary"],
        ),
        row(
            "session policy denies where everybody may",
            read(SESSION, session=[deny("s3:*")], policy=[allow(who="*")]),
            "explicit_deny",
            blocked_by=["session"],
        ),
        row(
            "boundary denies where a condition names the role",
            read(boundary=[deny("s3:*")], policy=[allow(who="*", when=BY_ARN)], context=AS_ROLE),
            "explicit_deny",
        ),
    ),
    rule(
        "A boundary may have conditions",
        BOUNDARY,
        row(
            "it holds",
            read(
                identity=READ,
                boundary=[allow("s3:*", when={"Bool": {"aws:MultiFactorAuthPresent": "true"}})],
                context={"aws:MultiFactorAuthPresent": True},
            ),
            "allowed",
        ),
        row(
            "its key is absent",
            read(
                identity=READ, boundary=[allow("s3:*", when={"Bool": {"aws:MultiFactorAuthPresent": "true"}})]
            ),
            "implicit_deny",
            blocked_by=["boundary"],
        ),
        row(
            "its key is not known",
            read(
                identity=READ,
                boundary=[allow("s3:*", when={"Bool": {"aws:MultiFactorAuthPresent": "true"}})],
                unknown=["aws:MultiFactorAuthPresent"],
            ),
            "conditional",
            depends_on={"boundary": ["aws:MultiFactorAuthPresent"]},
        ),
    ),
]
