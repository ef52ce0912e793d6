"""Keys of other accounts: both sides must allow."""

from tests.policy.decisions.table import (
    IAM,
    KEY,
    KEY_OF_B,
    KMS,
    OTHER_ROLE,
    ROLE,
    SESSION,
    USER,
    VIA_S3,
    A,
    B,
    C,
    allow,
    ask,
    deny,
    row,
    rule,
    use_of_b,
)

EXTERNAL = KMS + "key-policy-modifying-external-accounts.html"
CROSS = IAM + "reference_policies_evaluation-logic-cross-account.html"
EVALUATION = KMS + "policy-evaluation.html"
CONDITIONS = KMS + "conditions-kms.html"
OTHER = [allow("ec2:*")]
USER_OF_KEYS = {"identity": [allow("kms:*", f"arn:aws:kms:*:{B}:key/*")]}
EVERYTHING = {"identity": [allow()], "policy": [allow("kms:*", who=[A, ROLE])]}
SHARED = allow("kms:Decrypt", who=A, Sid="Shared")
AWS_MANAGED = allow(
    "kms:Decrypt",
    who="*",
    when={"StringEquals": {"kms:CallerAccount": B, "kms:ViaService": "s3.eu-west-1.amazonaws.com"}},
)
KEY_OF_C = KEY.replace(A, C)


def across(operation):
    return use_of_b(action=f"kms:{operation}", **EVERYTHING)


RULES = [
    rule(
        "Neither key policy nor IAM policy is enough across accounts",
        EXTERNAL,
        row(
            "the IAM policy alone",
            use_of_b(**USER_OF_KEYS, policy=[allow("kms:*", who=B)]),
            "implicit_deny",
            blocked_by=["resource"],
        ),
        row(
            "the key policy alone",
            use_of_b(identity=OTHER, policy=[SHARED]),
            "implicit_deny",
            blocked_by=["identity"],
        ),
        row(
            "neither",
            use_of_b(identity=OTHER, policy=[]),
            "implicit_deny",
            blocked_by=["identity", "resource"],
        ),
    ),
    rule(
        "Both together are, however the key policy names the outsider",
        EXTERNAL,
        row(
            "the outsider's account",
            use_of_b(**USER_OF_KEYS, policy=[SHARED]),
            "allowed",
            evidence=[("resource", "Shared")],
        ),
        row(
            "the outsider's role",
            use_of_b(**USER_OF_KEYS, policy=[allow("kms:Decrypt", who=ROLE)]),
            "allowed",
        ),
        row(
            "everybody, the outsider among them",
            use_of_b(**USER_OF_KEYS, policy=[allow("kms:*", who="*")]),
            "allowed",
        ),
    ),
    rule(
        "Who is named directly needs IAM all the same",
        EXTERNAL,
        row(
            "outsider's role named",
            use_of_b(identity=OTHER, policy=[allow("kms:*", who=ROLE)]),
            "implicit_deny",
            blocked_by=["identity"],
        ),
        row(
            "outsider's user named",
            use_of_b(USER, identity=OTHER, policy=[allow("kms:*", who=USER)]),
            "implicit_deny",
            blocked_by=["identity"],
        ),
        row(
            "outsider's session named",
            use_of_b(SESSION, identity=OTHER, policy=[allow("kms:*", who=SESSION)]),
            "implicit_deny",
            blocked_by=["identity"],
        ),
    ),
    rule(
        "If the key policy names some of the outsiders, IAM cannot let in others",
        EXTERNAL,
        row(
            "outsider beside the role that is named",
            use_of_b(OTHER_ROLE, **USER_OF_KEYS, policy=[allow("kms:*", who=ROLE)]),
            "implicit_deny",
            blocked_by=["resource"],
        ),
        row(
            "outsider's actions beyond those that are shared",
            use_of_b(action="kms:Encrypt", **USER_OF_KEYS, policy=[SHARED]),
            "implicit_deny",
            blocked_by=["resource"],
        ),
        row(
            "outsider of a third account",
            use_of_b(**USER_OF_KEYS, policy=[allow("kms:*", who=C)]),
            "implicit_deny",
            blocked_by=["resource"],
        ),
    ),
    rule(
        "IAM must name the other account's key",
        EXTERNAL,
        row(
            "the own account's keys named",
            use_of_b(identity=[allow("kms:*", f"arn:aws:kms:*:{A}:key/*")], policy=[SHARED]),
            "implicit_deny",
            blocked_by=["identity"],
        ),
        row(
            "the very key named",
            use_of_b(identity=[allow("kms:Decrypt", KEY_OF_B)], policy=[SHARED]),
            "allowed",
        ),
        row(
            "fewer actions than are shared",
            use_of_b(identity=[allow("kms:DescribeKey", KEY_OF_B)], policy=[SHARED]),
            "implicit_deny",
            blocked_by=["identity"],
        ),
    ),
    rule(
        "Boundary, session policy and service control policies limit the use of others' keys",
        CROSS,
        row(
            "boundary silent about another's key",
            use_of_b(**EVERYTHING, boundary=OTHER),
            "implicit_deny",
            blocked_by=["boundary"],
        ),
        row(
            "session policy silent about another's key",
            use_of_b(SESSION, **EVERYTHING, session=OTHER),
            "implicit_deny",
            blocked_by=["session"],
        ),
        row(
            "account silent about another's key",
            use_of_b(**EVERYTHING, scps=[[allow()], OTHER]),
            "implicit_deny",
            blocked_by=["scp"],
        ),
    ),
    rule(
        "A deny of either account holds for the key",
        EVALUATION,
        row(
            "of the key's policy",
            use_of_b(identity=[allow()], policy=[SHARED, deny("kms:*", who=ROLE)]),
            "explicit_deny",
            blocked_by=["resource"],
        ),
        row(
            "of the outsider's IAM policy",
            use_of_b(identity=[allow(), deny("kms:*", KEY_OF_B)], policy=[SHARED]),
            "explicit_deny",
            blocked_by=["identity"],
        ),
        row(
            "of the key's organization",
            use_of_b(**EVERYTHING, rcps=[[deny("kms:*", who="*")]]),
            "explicit_deny",
            blocked_by=["rcp"],
        ),
    ),
    rule(
        "An AWS managed key serves no other account",
        CONDITIONS,
        row(
            "through S3, from another account",
            use_of_b(identity=[allow()], policy=[AWS_MANAGED], context=VIA_S3),
            "implicit_deny",
            blocked_by=["resource"],
        ),
        row(
            "through S3, from its own",
            use_of_b(
                ROLE.replace(A, B),
                policy=[AWS_MANAGED],
                identity=OTHER,
                context={**VIA_S3, "kms:CallerAccount": B},
            ),
            "allowed",
        ),
        row(
            "looking at it, from another account",
            use_of_b(action="kms:DescribeKey", identity=[allow()], policy=[allow("kms:Describe*", who=B)]),
            "implicit_deny",
        ),
    ),
    rule(
        "A key of a third account asks for that account's consent, whoever has the bucket",
        EXTERNAL,
        row(
            "the bucket's account is named, not the reader's",
            ask("kms:Decrypt", KEY_OF_C, identity=[allow()], policy=[allow("kms:*", who=B)], context=VIA_S3),
            "implicit_deny",
            blocked_by=["resource"],
        ),
        row(
            "the reader's account is named",
            ask("kms:Decrypt", KEY_OF_C, identity=[allow()], policy=[allow("kms:*", who=A)], context=VIA_S3),
            "allowed",
        ),
        row(
            "the third account's organization denies",
            ask(
                "kms:Decrypt",
                KEY_OF_C,
                identity=[allow()],
                policy=[allow("kms:*", who=A)],
                rcps=[[deny("kms:*", who="*")]],
            ),
            "explicit_deny",
            blocked_by=["rcp"],
        ),
    ),
    rule(
        "A key may be shared with an account for its use through a service only",
        CONDITIONS,
        row(
            "shared for S3, through S3",
            use_of_b(
                **USER_OF_KEYS,
                policy=[
                    allow("kms:Decrypt", who=A, when={"StringLike": {"kms:ViaService": "s3.*.amazonaws.com"}})
                ],
                context=VIA_S3,
            ),
            "allowed",
        ),
        row(
            "shared for S3, directly",
            use_of_b(
                **USER_OF_KEYS,
                policy=[
                    allow("kms:Decrypt", who=A, when={"StringLike": {"kms:ViaService": "s3.*.amazonaws.com"}})
                ],
            ),
            "implicit_deny",
            blocked_by=["resource"],
        ),
        row(
            "shared with the caller's account by its id",
            use_of_b(
                **USER_OF_KEYS,
                policy=[allow("kms:Decrypt", who="*", when={"StringEquals": {"kms:CallerAccount": A}})],
                context=VIA_S3,
            ),
            "allowed",
        ),
    ),
]
