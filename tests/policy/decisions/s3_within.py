"""Buckets within an account: identity policies, bucket policies, services and the public."""

from tests.policy.decisions.table import (
    BUCKET,
    IAM,
    ORG,
    OTHER_ROLE,
    ROLE,
    ROOT,
    S3,
    SESSION,
    USER,
    A,
    B,
    allow,
    deny,
    read,
    row,
    rule,
)

LOGIC = IAM + "reference_policies_evaluation-logic.html"
PRINCIPAL = IAM + "reference_policies_elements_principal.html"
POLICIES = S3 + "example-bucket-policies.html"
READ = [allow("s3:GetObject", f"{BUCKET}/*")]
TRAIL = f"arn:aws:cloudtrail:eu-west-1:{A}:trail/all"
BY_TRAIL = {"ArnEquals": {"aws:SourceArn": TRAIL}}


RULES = [
    rule(
        "Within an account identity policy or bucket policy is enough",
        LOGIC,
        row(
            "identity policy alone",
            read(identity=READ),
            "allowed",
            legs={"identity": "allow", "resource": "not_applicable"},
        ),
        row(
            "bucket policy alone, naming the role",
            read(identity=[allow("ec2:*")], policy=[allow("s3:*", f"{BUCKET}/*", who=ROLE)]),
            "allowed",
        ),
        row(
            "each something else",
            read(identity=[allow("s3:ListBucket")], policy=[allow("s3:PutObject", who=ROLE)]),
            "implicit_deny",
            blocked_by=["identity"],
        ),
    ),
    rule(
        "A bucket policy that names the own account adds nothing",
        PRINCIPAL,
        row(
            "by its root ARN",
            read(identity=[allow("ec2:*")], policy=[allow("s3:*", who=ROOT)]),
            "implicit_deny",
            blocked_by=["identity"],
        ),
        row(
            "by its id",
            read(identity=[allow("ec2:*")], policy=[allow("s3:*", who=A)]),
            "implicit_deny",
            blocked_by=["identity"],
        ),
        row(
            "by its id, and the identity policy allows",
            read(identity=READ, policy=[allow("s3:*", who=A)]),
            "allowed",
        ),
    ),
    rule(
        "A bucket policy may name a role, a user or a session",
        PRINCIPAL,
        row("the user", read(USER, policy=[allow(who=USER)]), "allowed"),
        row("the session", read(SESSION, policy=[allow(who=SESSION)]), "allowed"),
        row(
            "several, this one among them",
            read(identity=[], policy=[allow(who=[USER, OTHER_ROLE, ROLE])]),
            "allowed",
        ),
    ),
    rule(
        "It gives nothing to those whom it does not name",
        PRINCIPAL,
        row(
            "another role of the account", read(identity=[], policy=[allow(who=OTHER_ROLE)]), "implicit_deny"
        ),
        row(
            "a user of the role's name",
            read(identity=[], policy=[allow(who=ROLE.replace(":role/", ":user/"))]),
            "implicit_deny",
        ),
        row(
            "a role of that name in another account",
            read(identity=[], policy=[allow(who=ROLE.replace(A, B))]),
            "implicit_deny",
        ),
    ),
    rule(
        "A star is everybody, the account's own and the unknown",
        PRINCIPAL,
        row("own role", read(identity=[allow("ec2:*")], policy=[allow("s3:GetObject", who="*")]), "allowed"),
        row("nobody known", read("*", policy=[allow("s3:GetObject", who={"AWS": "*"})]), "allowed"),
        row(
            "nobody known, where the account is named",
            read("*", policy=[allow("s3:GetObject", who=A)]),
            "implicit_deny",
            blocked_by=["resource"],
        ),
    ),
    rule(
        "Whoever is unknown has only what nothing denies",
        POLICIES,
        row(
            "denied by the bucket policy",
            read(
                "*",
                policy=[allow("s3:GetObject", who="*"), deny("s3:GetObject", f"{BUCKET}/reports/*", who="*")],
            ),
            "explicit_deny",
        ),
        row(
            "allowed from an address range",
            read(
                "*",
                policy=[allow("s3:GetObject", who="*", when={"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}})],
                context={"aws:SourceIp": "192.0.2.9"},
            ),
            "allowed",
        ),
        row(
            "without the organization that is asked for",
            read(
                "*",
                policy=[allow("s3:GetObject", who="*", when={"StringEquals": {"aws:PrincipalOrgID": ORG}})],
            ),
            "implicit_deny",
        ),
    ),
    rule(
        "Bucket actions are about the bucket, object actions about its objects",
        IAM + "reference_policies_elements_resource.html",
        row(
            "listing, with the bucket",
            read(action="s3:ListBucket", path=BUCKET, identity=[allow("s3:ListBucket", BUCKET)]),
            "allowed",
        ),
        row(
            "listing, with its objects only",
            read(
                action="s3:ListBucket",
                path=BUCKET,
                identity=[allow("s3:*", f"{BUCKET}/*")],
                policy=[allow("s3:*", f"{BUCKET}/*", who=ROLE)],
            ),
            "implicit_deny",
        ),
        row(
            "reading, with the bucket only",
            read(identity=[allow("s3:*", BUCKET)], policy=[allow("s3:*", BUCKET, who=ROLE)]),
            "implicit_deny",
        ),
    ),
    rule(
        "A service needs the bucket policy, and what it asks for",
        PRINCIPAL,
        row(
            "for the trail that is named",
            read(
                "cloudtrail.amazonaws.com",
                action="s3:PutObject",
                policy=[allow("s3:PutObject", who={"Service": "cloudtrail.amazonaws.com"}, when=BY_TRAIL)],
                context={"aws:SourceArn": TRAIL},
            ),
            "allowed",
        ),
        row(
            "for another trail",
            read(
                "cloudtrail.amazonaws.com",
                action="s3:PutObject",
                policy=[allow("s3:PutObject", who={"Service": "cloudtrail.amazonaws.com"}, when=BY_TRAIL)],
                context={"aws:SourceArn": f"{TRAIL}-2"},
            ),
            "implicit_deny",
        ),
        row(
            "another service",
            read(
                "config.amazonaws.com",
                action="s3:PutObject",
                policy=[allow("s3:PutObject", who={"Service": "cloudtrail.amazonaws.com"})],
            ),
            "implicit_deny",
        ),
    ),
]
