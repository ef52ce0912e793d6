"""Keys that are used through S3: encryption context and forwarded sessions."""

from tests.policy.decisions.table import BUCKET, IAM, KMS, OBJECT, S3, VIA_S3, A, allow, deny, row, rule, use

CONDITIONS = KMS + "conditions-kms.html"
SSE = S3 + "UsingKMSEncryption.html"
BUCKET_KEY = S3 + "bucket-key.html"
FORWARDED = IAM + "access_forward_access_sessions.html"
ARN = "kms:EncryptionContext:aws:s3:arn"
KEYS = "kms:EncryptionContextKeys"


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
        "Without a Bucket Key the encryption context is the object's ARN",
        SSE,
        row("the object is asked for", within({"StringEquals": {ARN: OBJECT}}, **{ARN: OBJECT}), "allowed"),
        row(
            "the bucket's objects are asked for",
            within({"StringLike": {ARN: f"{BUCKET}/*"}}, **{ARN: OBJECT}),
            "allowed",
        ),
        row(
            "the bucket is asked for",
            within({"StringEquals": {ARN: BUCKET}}, **{ARN: OBJECT}),
            "implicit_deny",
            blocked_by=["resource"],
        ),
    ),
    rule(
        "With a Bucket Key it is the bucket's ARN",
        BUCKET_KEY,
        row(
            "bucket asked for, with a Bucket Key",
            within({"StringEquals": {ARN: BUCKET}}, **{ARN: BUCKET}),
            "allowed",
        ),
        row(
            "objects asked for, with a Bucket Key",
            within({"StringLike": {ARN: f"{BUCKET}/*"}}, **{ARN: BUCKET}),
            "implicit_deny",
            blocked_by=["resource"],
        ),
        row(
            "either asked for, with a Bucket Key",
            within({"StringLike": {ARN: [BUCKET, f"{BUCKET}/*"]}}, **{ARN: BUCKET}),
            "allowed",
        ),
    ),
    rule(
        "Which of them it is may not be known, and which pairs are beside it",
        BUCKET_KEY,
        row(
            "the pair is not known",
            within({"StringEquals": {ARN: BUCKET}}, unknown=[ARN]),
            "conditional",
            depends_on={"resource": [ARN]},
        ),
        row(
            "a further pair is not known",
            within(
                {"StringEquals": {ARN: BUCKET, "kms:EncryptionContext:team": "data"}},
                unknown=["kms:EncryptionContext:team"],
                **{ARN: BUCKET},
            ),
            "conditional",
            depends_on={"resource": ["kms:EncryptionContext:team"]},
        ),
        row(
            "the pair is another, whatever is beside it",
            within(
                {"StringEquals": {ARN: BUCKET, "kms:EncryptionContext:team": "data"}},
                unknown=["kms:EncryptionContext:team"],
                **{ARN: OBJECT},
            ),
            "implicit_deny",
        ),
    ),
    rule(
        "Of an encryption context the key's case does not matter, the value's does",
        CONDITIONS,
        row(
            "another case of the key",
            within(
                {"StringEquals": {"kms:EncryptionContext:Department": "IT"}},
                **{"kms:EncryptionContext:department": "IT"},
            ),
            "allowed",
        ),
        row(
            "another case of the value",
            within(
                {"StringEquals": {"kms:EncryptionContext:Department": "IT"}},
                **{"kms:EncryptionContext:Department": "it"},
            ),
            "implicit_deny",
        ),
        row(
            "no such pair",
            within({"StringEquals": {"kms:EncryptionContext:Department": "IT"}}, **{ARN: OBJECT}),
            "implicit_deny",
        ),
    ),
    rule(
        "The keys of an encryption context are several",
        CONDITIONS,
        row(
            "one is among them",
            within({"ForAnyValue:StringEquals": {KEYS: "aws:s3:arn"}}, **{KEYS: ["aws:s3:arn", "team"]}),
            "allowed",
        ),
        row(
            "none but these",
            within({"ForAllValues:StringEquals": {KEYS: ["aws:s3:arn", "team"]}}, **{KEYS: ["aws:s3:arn"]}),
            "allowed",
        ),
        row(
            "one beside these",
            within({"ForAllValues:StringEquals": {KEYS: ["aws:s3:arn"]}}, **{KEYS: ["aws:s3:arn", "team"]}),
            "implicit_deny",
        ),
    ),
    rule(
        "An encryption context may be asked for at all",
        CONDITIONS,
        row("there is one", within({"Null": {KEYS: "false"}}, **{KEYS: ["team"]}), "allowed"),
        row("there is none", within({"Null": {KEYS: "false"}}), "implicit_deny"),
        row(
            "there must be none, and is",
            use(
                identity=[allow()],
                policy=[allow("kms:*", who=A), deny("kms:*", who="*", when={"Null": {KEYS: "false"}})],
                context={KEYS: ["team"]},
            ),
            "explicit_deny",
        ),
    ),
    rule(
        "What S3 asks of a key on a role's behalf carries kms:ViaService",
        CONDITIONS,
        row(
            "only through S3, by the role's policy",
            by_role({"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}}, **VIA_S3),
            "allowed",
        ),
        row(
            "only through another Region's S3",
            by_role({"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}, **VIA_S3),
            "implicit_deny",
            blocked_by=["identity"],
        ),
        row(
            "only through other services",
            within({"StringNotEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}}, **VIA_S3),
            "implicit_deny",
            blocked_by=["resource"],
        ),
    ),
    rule(
        "It is told from a direct call by aws:ViaAWSService",
        FORWARDED,
        row(
            "a direct call, where it must be a service's",
            within({"Bool": {"aws:ViaAWSService": "true"}}, **{"aws:ViaAWSService": False}),
            "implicit_deny",
        ),
        row(
            "a service's call, where it must be one",
            within({"Bool": {"aws:ViaAWSService": "true"}}, **{"aws:ViaAWSService": True}),
            "allowed",
        ),
        row(
            "a service's call, where an address is asked for of others",
            use(
                identity=[
                    allow(),
                    deny(
                        when={
                            "NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"},
                            "Bool": {"aws:ViaAWSService": "false"},
                        }
                    ),
                ],
                policy=[allow("kms:*", who=A)],
                context={"aws:ViaAWSService": True},
                unknown=["aws:SourceIp"],
            ),
            "allowed",
        ),
    ),
    rule(
        "Through which services it came are several values, and may not be known",
        FORWARDED,
        row(
            "S3 is among them",
            by_role(
                {"ForAnyValue:StringEquals": {"aws:CalledVia": "s3.amazonaws.com"}},
                **{"aws:CalledVia": ["athena.amazonaws.com", "s3.amazonaws.com"]},
            ),
            "allowed",
        ),
        row(
            "none on a direct call",
            by_role({"ForAnyValue:StringEquals": {"aws:CalledVia": "s3.amazonaws.com"}}),
            "implicit_deny",
            blocked_by=["identity"],
        ),
        row(
            "not known which",
            by_role(
                {"ForAnyValue:StringEquals": {"aws:CalledVia": "s3.amazonaws.com"}}, unknown=["aws:CalledVia"]
            ),
            "conditional",
            depends_on={"identity": ["aws:CalledVia"]},
        ),
    ),
    rule(
        "A key policy that asks for an address cannot tell whose S3 will bring",
        SSE,
        row(
            "an address to allow",
            within({"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}, unknown=["aws:SourceIp"], **VIA_S3),
            "conditional",
            depends_on={"resource": ["aws:SourceIp"]},
        ),
        row(
            "an endpoint to deny without",
            use(
                identity=[allow()],
                policy=[
                    allow("kms:*", who=A),
                    deny("kms:*", who="*", when={"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}),
                ],
                context=VIA_S3,
                unknown=["aws:SourceVpce"],
            ),
            "conditional",
            depends_on={"resource": ["aws:SourceVpce"]},
        ),
    ),
]
