"""Keys in conditions and IAM policies: by ARN, alias, tag and kind."""

from tests.policy.decisions.table import KEY, KMS, A, allow, deny, row, rule, use

CONDITIONS = KMS + "conditions-kms.html"
ARN = "kms:EncryptionContext:aws:s3:arn"
ALIASES = "kms:ResourceAliases"


def within(when, unknown=(), **context):
    """The key policy leaves it to the account under a condition; the role may."""
    return use(
        identity=[allow("kms:Decrypt")],
        policy=[allow("kms:*", who=A, when=when)],
        context=context,
        unknown=list(unknown),
    )


def by_role(when, unknown=(), **context):
    """The key policy leaves it to the account; the role may under a condition."""
    return use(
        identity=[allow("kms:Decrypt", when=when)],
        policy=[allow("kms:*", who=A)],
        context=context,
        unknown=list(unknown),
    )


RULES = [
    rule(
        "IAM may let a role use keys by their aliases, of which there are several",
        CONDITIONS,
        row(
            "one of the aliases fits",
            by_role(
                {"ForAnyValue:StringLike": {ALIASES: "alias/data*"}},
                **{ALIASES: ["alias/old", "alias/data-1"]},
            ),
            "allowed",
        ),
        row(
            "none of the aliases fits",
            by_role({"ForAnyValue:StringLike": {ALIASES: "alias/data*"}}, **{ALIASES: ["alias/old"]}),
            "implicit_deny",
            blocked_by=["identity"],
        ),
        row(
            "a key without alias",
            by_role({"ForAnyValue:StringLike": {ALIASES: "*"}}),
            "implicit_deny",
            blocked_by=["identity"],
        ),
    ),
    rule(
        "IAM may let a role use keys by their tags and kinds",
        CONDITIONS,
        row(
            "the tag fits",
            by_role({"StringEquals": {"aws:ResourceTag/team": "data"}}, **{"aws:ResourceTag/team": "data"}),
            "allowed",
        ),
        row(
            "the kind does not fit",
            by_role({"StringEquals": {"kms:KeySpec": "SYMMETRIC_DEFAULT"}}, **{"kms:KeySpec": "RSA_2048"}),
            "implicit_deny",
            blocked_by=["identity"],
        ),
        row(
            "the origin is denied",
            use(
                identity=[allow(), deny("kms:*", when={"StringNotEquals": {"kms:KeyOrigin": "AWS_KMS"}})],
                policy=[allow("kms:*", who=A)],
                context={"kms:KeyOrigin": "EXTERNAL"},
            ),
            "explicit_deny",
            blocked_by=["identity"],
        ),
    ),
    rule(
        "IAM must name the key itself",
        KMS + "cmks-in-iam-policies.html",
        row(
            "by its ARN", use(identity=[allow("kms:Decrypt", KEY)], policy=[allow("kms:*", who=A)]), "allowed"
        ),
        row(
            "and not by an alias",
            use(
                identity=[allow("kms:Decrypt", f"arn:aws:kms:eu-west-1:{A}:alias/data")],
                policy=[allow("kms:*", who=A)],
            ),
            "implicit_deny",
            blocked_by=["identity"],
        ),
        row(
            "in the key's Region",
            use(
                identity=[allow("kms:Decrypt", f"arn:aws:kms:us-east-1:{A}:key/*")],
                policy=[allow("kms:*", who=A)],
            ),
            "implicit_deny",
            blocked_by=["identity"],
        ),
    ),
    rule(
        "Aliases and tags of a key count in IAM policies only",
        CONDITIONS,
        row(
            "a key policy that asks for an alias",
            within({"ForAnyValue:StringEquals": {ALIASES: "alias/data"}}, **{ALIASES: ["alias/data"]}),
            "implicit_deny",
            blocked_by=["resource"],
        ),
        row(
            "a key policy that asks for a tag",
            within({"StringEquals": {"aws:ResourceTag/team": "data"}}, **{"aws:ResourceTag/team": "data"}),
            "implicit_deny",
            blocked_by=["resource"],
        ),
        row(
            "a key policy that asks for the key's kind",
            within(
                {"StringEquals": {"kms:KeySpec": "SYMMETRIC_DEFAULT"}}, **{"kms:KeySpec": "SYMMETRIC_DEFAULT"}
            ),
            "allowed",
        ),
    ),
]
