"""Conditions in bucket policies: TLS, headers, endpoints, sources and access points."""

from tests.policy.decisions.table import (
    BUCKET,
    IAM,
    OTHER_ROLE,
    ROLE,
    ROOT,
    S3,
    SESSION,
    A,
    B,
    allow,
    deny,
    read,
    row,
    rule,
)

PRINCIPAL = IAM + "reference_policies_elements_principal.html"
KEYS = IAM + "reference_policies_condition-keys.html"
OPERATORS = IAM + "reference_policies_elements_condition_operators.html"
POLICIES = S3 + "example-bucket-policies.html"
READ = [allow("s3:GetObject", f"{BUCKET}/*")]
TRAIL = f"arn:aws:cloudtrail:eu-west-1:{A}:trail/all"
BY_TRAIL = {"ArnEquals": {"aws:SourceArn": TRAIL}}
TLS_ONLY = deny("s3:*", who="*", when={"Bool": {"aws:SecureTransport": "false"}}, Sid="TlsOnly")
KMS_ONLY = deny(
    "s3:PutObject", who="*", when={"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}}
)
ENDPOINT_ONLY = deny("s3:*", who="*", when={"StringNotEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}})
ROLE_ONLY = deny("s3:*", who="*", when={"ArnNotEquals": {"aws:PrincipalArn": ROLE}})
ENCRYPTION = "s3:x-amz-server-side-encryption"


def put(**given):
    return read(action="s3:PutObject", identity=[allow("s3:PutObject", f"{BUCKET}/*")], **given)


RULES = [
    rule(
        "A bucket policy may insist on TLS",
        POLICIES,
        row(
            "without TLS",
            read(identity=READ, policy=[TLS_ONLY], context={"aws:SecureTransport": False}),
            "explicit_deny",
            evidence=[("resource", "TlsOnly")],
        ),
        row(
            "with TLS",
            read(identity=READ, policy=[TLS_ONLY], context={"aws:SecureTransport": True}),
            "allowed",
        ),
        row(
            "not known whether",
            read(identity=READ, policy=[TLS_ONLY], unknown=["aws:SecureTransport"]),
            "conditional",
            depends_on={"resource": ["aws:SecureTransport"]},
        ),
    ),
    rule(
        "A bucket policy may insist on a header: without it the negated condition holds",
        OPERATORS,
        row("no header", put(policy=[KMS_ONLY]), "explicit_deny", blocked_by=["resource"]),
        row("another algorithm", put(policy=[KMS_ONLY], context={ENCRYPTION: "AES256"}), "explicit_deny"),
        row(
            "the algorithm that is asked for",
            put(policy=[KMS_ONLY], context={ENCRYPTION: "aws:kms"}),
            "allowed",
        ),
    ),
    rule(
        "A bucket policy may insist on the header being there at all",
        OPERATORS,
        row(
            "it is not",
            put(policy=[deny("s3:PutObject", who="*", when={"Null": {ENCRYPTION: "true"}})]),
            "explicit_deny",
        ),
        row(
            "it is",
            put(
                policy=[deny("s3:PutObject", who="*", when={"Null": {ENCRYPTION: "true"}})],
                context={ENCRYPTION: "AES256"},
            ),
            "allowed",
        ),
        row(
            "nobody knows",
            put(
                policy=[deny("s3:PutObject", who="*", when={"Null": {ENCRYPTION: "true"}})],
                unknown=[ENCRYPTION],
            ),
            "conditional",
            depends_on={"resource": [ENCRYPTION]},
        ),
    ),
    rule(
        "A bucket policy may insist on an endpoint",
        S3 + "example-bucket-policies-vpc-endpoint.html",
        row(
            "through it",
            read(identity=READ, policy=[ENDPOINT_ONLY], context={"aws:SourceVpce": "vpce-1a2b3c4d"}),
            "allowed",
        ),
        row("through none", read(identity=READ, policy=[ENDPOINT_ONLY]), "explicit_deny"),
        row(
            "not known through which",
            read(identity=READ, policy=[ENDPOINT_ONLY], unknown=["aws:SourceVpce"]),
            "conditional",
            depends_on={"resource": ["aws:SourceVpce"]},
        ),
    ),
    rule(
        "A bucket policy may lock out all but one role",
        PRINCIPAL,
        row(
            "that role, by its session",
            read(SESSION, identity=READ, policy=[ROLE_ONLY], context={"aws:PrincipalArn": ROLE}),
            "allowed",
        ),
        row(
            "another role, whatever it may",
            read(
                OTHER_ROLE, identity=[allow()], policy=[ROLE_ONLY], context={"aws:PrincipalArn": OTHER_ROLE}
            ),
            "explicit_deny",
        ),
        row(
            "the account itself",
            read(ROOT, policy=[ROLE_ONLY], context={"aws:PrincipalArn": ROOT}),
            "explicit_deny",
        ),
    ),
    rule(
        "Only a service on somebody's behalf brings aws:SourceArn: no role does",
        OPERATORS,
        row(
            "allowed with it",
            read(identity=[allow("ec2:*")], policy=[allow(who=ROLE, when=BY_TRAIL)]),
            "implicit_deny",
        ),
        row(
            "allowed with the account",
            read(
                identity=[allow("ec2:*")],
                policy=[allow(who="*", when={"StringEquals": {"aws:SourceAccount": A}})],
            ),
            "implicit_deny",
        ),
        row(
            "denied without it",
            read(identity=READ, policy=[deny(who="*", when={"ArnNotLike": {"aws:SourceArn": TRAIL}})]),
            "explicit_deny",
        ),
    ),
    rule(
        "A bucket policy may leave it to the account's access points",
        S3 + "access-points-policies.html",
        row(
            "through one of them",
            read(
                identity=[allow("ec2:*")],
                policy=[allow(who="*", when={"StringEquals": {"s3:DataAccessPointAccount": A}})],
                context={"s3:DataAccessPointAccount": A},
            ),
            "allowed",
        ),
        row(
            "through one of another account",
            read(
                identity=[allow("ec2:*")],
                policy=[allow(who="*", when={"StringEquals": {"s3:DataAccessPointAccount": A}})],
                context={"s3:DataAccessPointAccount": B},
            ),
            "implicit_deny",
        ),
        row(
            "through the bucket itself",
            read(
                identity=[allow("ec2:*")],
                policy=[allow(who="*", when={"StringEquals": {"s3:DataAccessPointAccount": A}})],
            ),
            "implicit_deny",
        ),
    ),
    rule(
        "Who is asked for may be asked by a deny without a condition on the role",
        KEYS,
        row(
            "a tag of the role that is there",
            read(
                identity=READ,
                policy=[deny(who="*", when={"StringNotEquals": {"aws:PrincipalTag/team": "data"}})],
                context={"aws:PrincipalTag/team": "data"},
            ),
            "allowed",
        ),
        row(
            "a tag of the role that is not there",
            read(
                identity=READ,
                policy=[deny(who="*", when={"StringNotEquals": {"aws:PrincipalTag/team": "data"}})],
            ),
            "explicit_deny",
        ),
        row(
            "a tag that only the session may have",
            read(
                SESSION,
                identity=READ,
                policy=[deny(who="*", when={"StringNotEquals": {"aws:PrincipalTag/team": "data"}})],
                unknown=["aws:PrincipalTag/team"],
            ),
            "conditional",
            depends_on={"resource": ["aws:PrincipalTag/team"]},
        ),
    ),
]
