"""Keys within an account: the key policy decides, and may leave it to the account."""

from tests.policy.decisions.table import (
    KEY,
    KMS,
    OTHER_ROLE,
    ROLE,
    ROOT,
    SERVICE,
    SESSION,
    USER,
    VIA_S3,
    A,
    B,
    allow,
    deny,
    row,
    rule,
    use,
    use_of_b,
)

KEY_POLICIES = KMS + "key-policies.html"
DEFAULT = KMS + "key-policy-default.html"
OVERVIEW = KMS + "key-policy-overview.html"
CONDITIONS = KMS + "conditions-kms.html"
USER_OF_KEYS = {"identity": [allow("kms:*", f"arn:aws:kms:*:{A}:key/*", Sid="Keys")]}
OTHER = [allow("ec2:*")]
DELEGATED = allow("kms:*", who=ROOT, Sid="Account")
IN_S3 = {"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}}
AWS_MANAGED = [
    allow(
        ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
        who="*",
        when={"StringEquals": {"kms:CallerAccount": A, **IN_S3["StringEquals"]}},
    ),
    allow(["kms:Describe*", "kms:Get*", "kms:List*"], who=ROOT),
]
BARE = {"Effect": "Allow", "Principal": {"AWS": [ROLE, A]}, "Action": "kms:*"}
LOGS = {"Service": SERVICE}
GROUP = f"arn:aws:logs:eu-west-1:{A}:log-group:app"


def as_user_of_keys(*statements, who=ROLE, **given):
    return use(who, **USER_OF_KEYS, policy=list(statements), **given)


RULES = [
    rule(
        "An IAM policy alone opens no key",
        KEY_POLICIES,
        row(
            "the key policy says nothing of the account",
            as_user_of_keys(),
            "implicit_deny",
            blocked_by=["resource"],
        ),
        row(
            "the key policy speaks of another account",
            as_user_of_keys(allow("kms:*", who=B)),
            "implicit_deny",
            blocked_by=["resource"],
        ),
        row(
            "the key policy speaks of another role",
            as_user_of_keys(allow("kms:*", who=OTHER_ROLE)),
            "implicit_deny",
            legs={"identity": "allow", "resource": "none"},
        ),
    ),
    rule(
        "A key policy that names the principal is enough",
        KEY_POLICIES,
        row("key names the role", use(identity=OTHER, policy=[allow("kms:Decrypt", who=ROLE)]), "allowed"),
        row(
            "key names the user",
            use(USER, identity=OTHER, policy=[allow("kms:Decrypt", who=USER)]),
            "allowed",
        ),
        row(
            "key names the session",
            use(SESSION, identity=OTHER, policy=[allow("kms:Decrypt", who=SESSION)]),
            "allowed",
        ),
    ),
    rule(
        "A key policy that names everybody is enough within the account, and lets no stranger in",
        KEY_POLICIES,
        row(
            "key names everybody, own role", use(identity=OTHER, policy=[allow("kms:*", who="*")]), "allowed"
        ),
        row(
            "key names everybody, nobody known",
            use("*", policy=[allow("kms:*", who="*")]),
            "implicit_deny",
        ),
        row(
            "key names everybody, another account's role",
            use_of_b(identity=OTHER, policy=[allow("kms:*", who="*")]),
            "implicit_deny",
            blocked_by=["identity"],
        ),
    ),
    rule(
        "A key policy that names the account leaves it to IAM",
        DEFAULT,
        row(
            "by its root ARN, and IAM allows",
            as_user_of_keys(DELEGATED),
            "allowed",
            evidence=[("identity", "Keys"), ("resource", "Account")],
        ),
        row("by its id, and IAM allows", as_user_of_keys(allow("kms:*", who=A)), "allowed"),
        row(
            "and IAM allows nothing",
            use(identity=OTHER, policy=[DELEGATED]),
            "implicit_deny",
            blocked_by=["identity"],
        ),
    ),
    rule(
        "What is left to IAM is left to users and sessions too",
        DEFAULT,
        row("to a user", as_user_of_keys(DELEGATED, who=USER), "allowed"),
        row("to a session of a role", as_user_of_keys(DELEGATED, who=SESSION), "allowed"),
        row("to the account itself, which needs no policy", use(ROOT, policy=[DELEGATED]), "allowed"),
    ),
    rule(
        "Nobody has a key by default, the account itself neither",
        KEY_POLICIES,
        row(
            "root, with an empty key policy",
            use(ROOT, policy=[], scps=[[allow()]]),
            "implicit_deny",
            blocked_by=["resource"],
        ),
        row(
            "root, with a key policy for a role",
            use(ROOT, policy=[allow("kms:*", who=ROLE)]),
            "implicit_deny",
        ),
        row(
            "an administrator",
            use(identity=[allow()], policy=[allow("kms:*", who=USER)]),
            "implicit_deny",
            blocked_by=["resource"],
        ),
    ),
    rule(
        "Only the actions that the key policy leaves to the account are IAM's to give",
        DEFAULT,
        row(
            "left: to encrypt, asked: to decrypt",
            as_user_of_keys(allow("kms:Encrypt", who=A)),
            "implicit_deny",
            blocked_by=["resource"],
        ),
        row(
            "left: to describe, asked: to describe",
            as_user_of_keys(allow("kms:Describe*", who=A), action="kms:DescribeKey"),
            "allowed",
        ),
        row(
            "left: all but to decrypt",
            as_user_of_keys(allow(who=A, NotAction="kms:Decrypt")),
            "implicit_deny",
            blocked_by=["resource"],
        ),
    ),
    rule(
        "Only while its conditions hold does a key policy leave it to the account",
        CONDITIONS,
        row(
            "through S3, as it asks",
            as_user_of_keys(allow("kms:*", who=A, when=IN_S3), context=VIA_S3),
            "allowed",
        ),
        row(
            "directly, though it asks for S3",
            as_user_of_keys(allow("kms:*", who=A, when=IN_S3), context={"kms:CallerAccount": A}),
            "implicit_deny",
            blocked_by=["resource"],
        ),
        row(
            "not known how",
            as_user_of_keys(allow("kms:*", who=A, when=IN_S3), unknown=["kms:ViaService"]),
            "conditional",
            depends_on={"resource": ["kms:ViaService"]},
        ),
    ),
    rule(
        "A deny in IAM holds for keys, whatever the key policy",
        KEY_POLICIES,
        row(
            "where the account may",
            use(identity=[allow("kms:*"), deny("kms:Decrypt")], policy=[DELEGATED]),
            "explicit_deny",
            blocked_by=["identity"],
        ),
        row(
            "where everybody may",
            use(identity=[deny("kms:*")], policy=[allow("kms:*", who="*")]),
            "explicit_deny",
            blocked_by=["identity"],
        ),
        row(
            "where it names another key",
            use(identity=[deny("kms:*", f"{KEY}0")], policy=[allow("kms:*", who=ROLE)]),
            "allowed",
        ),
    ),
    rule(
        "A statement of a key policy without Resource has no effect",
        OVERVIEW,
        row("an allow without Resource", as_user_of_keys(BARE), "implicit_deny", blocked_by=["resource"]),
        row("a deny without Resource", as_user_of_keys(DELEGATED, {**BARE, "Effect": "Deny"}), "allowed"),
        row(
            "one of two without Resource",
            use(identity=OTHER, policy=[BARE, allow("kms:*", who=ROLE)]),
            "allowed",
        ),
    ),
    rule(
        "Resource in a key policy is this key",
        OVERVIEW,
        row("as a star", as_user_of_keys(allow("kms:*", "*", who=ROLE)), "allowed"),
        row("as its ARN", as_user_of_keys(allow("kms:*", KEY, who=ROLE)), "allowed"),
        row(
            "and another key's ARN is none",
            as_user_of_keys(allow("kms:*", f"{KEY[:-1]}c", who=ROLE)),
            "implicit_deny",
            blocked_by=["resource"],
        ),
    ),
    rule(
        "The AWS managed key of S3 serves its account through S3, without IAM",
        CONDITIONS,
        row(
            "for an object of the account", use(identity=OTHER, policy=AWS_MANAGED, context=VIA_S3), "allowed"
        ),
        row(
            "and not directly",
            use(identity=OTHER, policy=AWS_MANAGED, context={"kms:CallerAccount": A}),
            "implicit_deny",
        ),
        row(
            "but for looking at it, which is left to IAM",
            use(
                action="kms:DescribeKey",
                identity=[allow("kms:Describe*")],
                policy=AWS_MANAGED,
                context={"kms:CallerAccount": A},
            ),
            "allowed",
        ),
    ),
    rule(
        "A service needs the key policy, and what it asks for",
        KEY_POLICIES,
        row(
            "for the log group that is named",
            use(
                SERVICE,
                policy=[
                    allow(
                        "kms:*", who=LOGS, when={"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": GROUP}}
                    )
                ],
                context={"kms:EncryptionContext:aws:logs:arn": GROUP},
            ),
            "allowed",
        ),
        row(
            "for a log group that is not",
            use(
                SERVICE,
                policy=[
                    allow(
                        "kms:*", who=LOGS, when={"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": GROUP}}
                    )
                ],
                context={"kms:EncryptionContext:aws:logs:arn": f"{GROUP}2"},
            ),
            "implicit_deny",
        ),
        row(
            "and the account's leave is not enough",
            use(SERVICE, policy=[DELEGATED]),
            "implicit_deny",
            blocked_by=["resource"],
        ),
    ),
]
