"""Grants: what they permit beside key policies, to whom, and what limits them."""

from tests.policy.decisions.table import (
    BUCKET,
    KMS,
    OBJECT,
    OTHER_ROLE,
    ROLE,
    SESSION,
    USER,
    A,
    allow,
    deny,
    grant,
    row,
    rule,
    use,
)

GRANTS = KMS + "grants.html"
CONSTRAINTS = "https://docs.aws.amazon.com/kms/latest/APIReference/API_GrantConstraints.html"
DELETE = KMS + "grant-delete.html"
EVALUATION = KMS + "policy-evaluation.html"
EXTERNAL = KMS + "key-policy-modifying-external-accounts.html"
OTHER = [allow("ec2:*")]
PAIR = {"aws:s3:arn": BUCKET}
CONTEXT = "kms:EncryptionContext:"
OPEN = {"grant": []}


def granted(*grants, who=ROLE, **given):
    """A key whose policy is silent about the role, as the role's policies are about the key."""
    return use(
        who, **{"policy": [allow("kms:*", who=OTHER_ROLE)], "identity": OTHER, **given}, grants=list(grants)
    )


def pairs(constraint, *, operation="Decrypt", unknown=(), **given):
    """A grant under a constraint, and a request with an encryption context."""
    keys = {f"{CONTEXT}{key}": value for key, value in given.items()}
    if given:
        keys["kms:EncryptionContextKeys"] = list(given)
    return granted(
        grant(ROLE, "Decrypt", "DescribeKey", "CreateGrant", "RetireGrant", Constraints=constraint),
        action=f"kms:{operation}",
        context=keys,
        unknown=list(unknown),
    )


RULES = [
    rule(
        "Within an account a grant is enough, without key policy and IAM policy",
        GRANTS,
        row(
            "grant to the role that asks",
            granted(grant()),
            "allowed",
            legs={"grant": "allow", "resource": "none", "identity": "none"},
            evidence=[("grant", "grant-1")],
        ),
        row("grant to the user that asks", granted(grant(USER), who=USER), "allowed"),
        row("grant to the session that asks", granted(grant(SESSION), who=SESSION), "allowed"),
    ),
    rule(
        "A grant permits its operations and no others",
        GRANTS,
        row(
            "another operation",
            granted(grant(ROLE, "Encrypt", "GenerateDataKey")),
            "implicit_deny",
            blocked_by=["resource"],
        ),
        row(
            "several operations, this one among them",
            granted(grant(ROLE, "Encrypt", "GenerateDataKey"), action="kms:GenerateDataKey"),
            "allowed",
        ),
        row(
            "the longer of two names",
            granted(grant(ROLE, "GenerateDataKey"), action="kms:GenerateDataKeyWithoutPlaintext"),
            "implicit_deny",
        ),
    ),
    rule(
        "A grant is for its grantee and nobody else",
        GRANTS,
        row("grant to another role", granted(grant(OTHER_ROLE)), "implicit_deny"),
        row(
            "grant to another session of the role",
            granted(grant(SESSION.replace("ann", "bob")), who=SESSION),
            "implicit_deny",
        ),
        row(
            "grant to another role, and one to this",
            granted(grant(OTHER_ROLE), {**grant(), "GrantId": "grant-2"}),
            "allowed",
            evidence=[("grant", "grant-2")],
        ),
    ),
    rule(
        "A grant to a role is for its sessions, one to a session for that session only",
        GRANTS,
        row("grant to the role, asked by a session", granted(grant(), who=SESSION), "allowed"),
        row("grant to a session, asked by the role", granted(grant(SESSION)), "conditional", depends_on=OPEN),
        row(
            "grant to a session of another role",
            granted(grant(SESSION.replace("/app/", "/other/"))),
            "implicit_deny",
        ),
    ),
    rule(
        "EncryptionContextEquals asks for these pairs and no others",
        CONSTRAINTS,
        row("equal pairs", pairs({"EncryptionContextEquals": PAIR}, **PAIR), "allowed"),
        row(
            "equal pairs and one more",
            pairs({"EncryptionContextEquals": PAIR}, **PAIR, team="data"),
            "implicit_deny",
        ),
        row("equal pairs asked for, none given", pairs({"EncryptionContextEquals": PAIR}), "implicit_deny"),
    ),
    rule(
        "EncryptionContextSubset asks for these pairs at least",
        CONSTRAINTS,
        row(
            "the subset and one more",
            pairs({"EncryptionContextSubset": PAIR}, **PAIR, team="data"),
            "allowed",
        ),
        row(
            "another value in the subset",
            pairs({"EncryptionContextSubset": PAIR}, **{"aws:s3:arn": OBJECT}),
            "implicit_deny",
        ),
        row(
            "one pair of a subset of two",
            pairs({"EncryptionContextSubset": {**PAIR, "team": "data"}}, **PAIR),
            "implicit_deny",
        ),
    ),
    rule(
        "In a constraint keys have no case, values have",
        CONSTRAINTS,
        row(
            "other case of a constraint's key",
            pairs({"EncryptionContextSubset": {"Department": "IT"}}, department="IT"),
            "allowed",
        ),
        row(
            "other case of a constraint's value",
            pairs({"EncryptionContextSubset": {"Department": "IT"}}, Department="it"),
            "implicit_deny",
        ),
        row(
            "other case of a key, all pairs being asked for",
            pairs({"EncryptionContextEquals": {"Department": "IT"}}, DEPARTMENT="IT"),
            "allowed",
        ),
    ),
    rule(
        "Constraints are for cryptographic operations",
        CONSTRAINTS,
        row(
            "not for DescribeKey",
            pairs({"EncryptionContextEquals": PAIR}, operation="DescribeKey"),
            "allowed",
        ),
        row(
            "not for RetireGrant",
            pairs({"EncryptionContextSubset": PAIR}, operation="RetireGrant"),
            "allowed",
        ),
        row(
            "and for the grants that one may create, which the request does not show",
            pairs({"EncryptionContextSubset": PAIR}, operation="CreateGrant"),
            "conditional",
            depends_on=OPEN,
        ),
    ),
    rule(
        "A constraint whose pairs are not known leaves it open",
        CONSTRAINTS,
        row(
            "its own pair is not known",
            pairs({"EncryptionContextSubset": PAIR}, unknown=[f"{CONTEXT}aws:s3:arn"]),
            "conditional",
            depends_on=OPEN,
        ),
        row(
            "others may be beside it",
            granted(
                grant(Constraints={"EncryptionContextEquals": PAIR}),
                context={f"{CONTEXT}aws:s3:arn": BUCKET},
                unknown=["kms:EncryptionContextKeys"],
            ),
            "conditional",
            depends_on=OPEN,
        ),
        row(
            "a key policy makes it certain",
            use(
                policy=[allow("kms:*", who=ROLE)],
                grants=[grant(Constraints={"EncryptionContextSubset": PAIR})],
                unknown=[f"{CONTEXT}aws:s3:arn"],
            ),
            "allowed",
        ),
    ),
    rule(
        "A source that a constraint asks for only a service brings",
        CONSTRAINTS,
        row(
            "a role brings none",
            granted(grant(Constraints={"SourceArn": f"arn:aws:dynamodb:eu-west-1:{A}:table/orders"})),
            "implicit_deny",
        ),
        row(
            "a role brings none, and has a subset of pairs",
            pairs({"SourceArn": BUCKET, "EncryptionContextSubset": PAIR}, **PAIR),
            "implicit_deny",
        ),
    ),
    rule(
        "The retiring principal may retire a grant, by the grant",
        DELETE,
        row(
            "retiring principal retires",
            granted(grant(OTHER_ROLE, RetiringPrincipal=ROLE), action="kms:RetireGrant"),
            "allowed",
        ),
        row(
            "retiring principal decrypts", granted(grant(OTHER_ROLE, RetiringPrincipal=ROLE)), "implicit_deny"
        ),
        row(
            "grantee retires, with no such operation",
            granted(grant(), action="kms:RetireGrant"),
            "implicit_deny",
        ),
    ),
    rule(
        "To retire a grant key policies neither let nor keep anybody",
        DELETE,
        row(
            "key policy lets the role retire",
            use(
                action="kms:RetireGrant",
                identity=OTHER,
                policy=[allow("kms:RetireGrant", who=ROLE)],
                grants=[grant(OTHER_ROLE)],
            ),
            "implicit_deny",
        ),
        row(
            "key policy keeps the retiring principal from it",
            use(
                action="kms:RetireGrant",
                identity=OTHER,
                policy=[deny("kms:RetireGrant", who="*")],
                grants=[grant(OTHER_ROLE, RetiringPrincipal=ROLE)],
            ),
            "allowed",
        ),
        row(
            "IAM policy keeps the retiring principal from it",
            granted(
                grant(OTHER_ROLE, RetiringPrincipal=ROLE),
                action="kms:RetireGrant",
                identity=[deny("kms:RetireGrant")],
            ),
            "explicit_deny",
        ),
    ),
]
