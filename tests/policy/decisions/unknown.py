"""What is not known: where it leaves a decision open, and where something else decides."""

from tests.policy.decisions.table import (
    BUCKET,
    IAM,
    ORG,
    ROLE,
    SESSION,
    A,
    C,
    allow,
    deny,
    gate,
    grant,
    read_of_b,
    row,
    rule,
    use,
    use_of_b,
)

LOGIC = IAM + "reference_policies_evaluation-logic_policy-eval-denyallow.html"
OPERATORS = IAM + "reference_policies_elements_condition_operators.html"
CROSS = IAM + "reference_policies_evaluation-logic-cross-account.html"
IP, VPCE, MFA, NOW = "aws:SourceIp", "aws:SourceVpce", "aws:MultiFactorAuthPresent", "aws:CurrentTime"
FROM_OFFICE = {"IpAddress": {IP: "192.0.2.0/24"}}
FROM_ELSEWHERE = {"NotIpAddress": {IP: "192.0.2.0/24"}}
WITH_MFA = {"Bool": {MFA: "true"}}
READ = [allow("s3:*")]
ALL = [IP, VPCE, MFA, NOW]


def reads(*statements, **given):
    return read_of_b(
        **{"identity": READ, "policy": [allow("s3:*", who=A), *statements], "unknown": ALL, **given}
    )


def decrypts(*statements, **given):
    return use(**{"identity": [allow()], "policy": list(statements), "unknown": ALL, **given})


RULES = [
    rule(
        "An allow that is open leaves its leg open, and the key is told",
        LOGIC,
        row(
            "open allow of the bucket",
            read_of_b(identity=READ, policy=[allow("s3:*", who=A, when=FROM_OFFICE)], unknown=ALL),
            "conditional",
            depends_on={"resource": [IP]},
        ),
        row(
            "open allow of the identity",
            read_of_b(identity=[allow("s3:*", when=WITH_MFA)], policy=[allow(who=A)], unknown=ALL),
            "conditional",
            depends_on={"identity": [MFA]},
        ),
        row(
            "open allow of the key",
            decrypts(
                allow("kms:*", who=ROLE, when={"DateLessThan": {NOW: "2026-01-01T00:00:00Z"}}),
                identity=[allow("ec2:*")],
            ),
            "conditional",
            depends_on={"resource": [NOW]},
        ),
    ),
    rule(
        "Unless another allow is certain",
        LOGIC,
        row(
            "certain beside open, in one policy", reads(allow("s3:*", who=ROLE, when=FROM_OFFICE)), "allowed"
        ),
        row(
            "certain beside open, in two policies",
            read_of_b(
                identity=[[allow("s3:*", when=WITH_MFA)], [allow("s3:Get*")]],
                policy=[allow(who=A)],
                unknown=ALL,
            ),
            "allowed",
        ),
        row(
            "certain key policy beside open IAM",
            decrypts(allow("kms:*", who=ROLE), identity=[allow("kms:*", when=WITH_MFA)]),
            "allowed",
        ),
    ),
    rule(
        "A deny that is open leaves the decision open, and the key is told",
        LOGIC,
        row(
            "open deny of the bucket",
            reads(deny("s3:*", who="*", when=FROM_ELSEWHERE)),
            "conditional",
            depends_on={"resource": [IP]},
        ),
        row(
            "open deny of the identity",
            reads(identity=[*READ, deny("s3:*", when=FROM_ELSEWHERE)]),
            "conditional",
            depends_on={"identity": [IP]},
        ),
        row(
            "open deny of the key, its policy naming nobody else",
            decrypts(deny("kms:*", who="*", when={"StringNotEquals": {VPCE: "vpce-1"}}), grants=[grant()]),
            "conditional",
            depends_on={"resource": [VPCE]},
        ),
    ),
    rule(
        "Unless nothing could allow",
        LOGIC,
        row(
            "open deny, and the identity has nothing",
            reads(deny("s3:*", who="*", when=FROM_ELSEWHERE), identity=[allow("ec2:*")]),
            "implicit_deny",
            blocked_by=["identity"],
        ),
        row(
            "open deny, and the key has nothing",
            decrypts(deny("kms:*", who="*", when=FROM_ELSEWHERE)),
            "implicit_deny",
            blocked_by=["resource"],
        ),
        row(
            "open deny, and the account's level is empty",
            reads(deny("s3:*", who="*", when=FROM_ELSEWHERE), scps=[[]]),
            "implicit_deny",
            blocked_by=["scp"],
        ),
    ),
    rule(
        "Or another deny is certain",
        LOGIC,
        row(
            "certain deny beside open",
            reads(deny("s3:*", who="*", when=FROM_ELSEWHERE), deny("s3:*", f"{BUCKET}/reports/*", who="*")),
            "explicit_deny",
            blocked_by=["resource"],
        ),
        row(
            "certain deny beside open allow",
            decrypts(allow("kms:*", who=A, when=FROM_OFFICE), identity=[allow(), deny("kms:Decrypt")]),
            "explicit_deny",
        ),
        row(
            "certain deny of the organization beside open deny",
            reads(deny("s3:*", who="*", when=FROM_ELSEWHERE), scps=[[allow(), deny("s3:*")]]),
            "explicit_deny",
        ),
    ),
    rule(
        "An open side does not matter where the other says no",
        CROSS,
        row(
            "open bucket, silent identity",
            read_of_b(identity=[allow("ec2:*")], policy=[allow(who=A, when=FROM_OFFICE)], unknown=ALL),
            "implicit_deny",
            blocked_by=["identity"],
        ),
        row(
            "open identity, silent bucket",
            read_of_b(identity=[allow("s3:*", when=WITH_MFA)], policy=[allow(who=C)], unknown=ALL),
            "implicit_deny",
            blocked_by=["resource"],
        ),
        row(
            "open key, silent boundary",
            use_of_b(
                identity=[allow()],
                boundary=[allow("ec2:*")],
                policy=[allow("kms:*", who=A, when=FROM_OFFICE)],
                unknown=ALL,
            ),
            "implicit_deny",
            blocked_by=["boundary"],
        ),
    ),
    rule(
        "All sides that are open are told",
        CROSS,
        row(
            "identity and bucket",
            read_of_b(
                identity=[allow("s3:*", when=WITH_MFA)], policy=[allow(who=A, when=FROM_OFFICE)], unknown=ALL
            ),
            "conditional",
            depends_on={"identity": [MFA], "resource": [IP]},
        ),
        row(
            "session policy and key",
            use_of_b(
                SESSION,
                identity=[allow()],
                session=[allow("kms:*", when=FROM_OFFICE)],
                policy=[allow("kms:*", who=A, when=WITH_MFA)],
                unknown=ALL,
            ),
            "conditional",
            depends_on={"session": [IP], "resource": [MFA]},
        ),
        row(
            "two keys of one statement",
            read_of_b(identity=READ, policy=[allow(who=A, when={**FROM_OFFICE, **WITH_MFA})], unknown=ALL),
            "conditional",
            depends_on={"resource": [IP, MFA]},
        ),
    ),
    rule(
        "A statement with a condition that fails is out, whatever else is open in it",
        OPERATORS,
        row(
            "an allow that fails and is open",
            read_of_b(
                identity=READ,
                policy=[allow(who=A, when={**FROM_OFFICE, "StringEquals": {"aws:PrincipalOrgID": ORG}})],
                unknown=ALL,
            ),
            "implicit_deny",
            blocked_by=["resource"],
        ),
        row(
            "a deny that fails and is open",
            reads(
                deny("s3:*", who="*", when={**FROM_ELSEWHERE, "Bool": {"aws:ViaAWSService": "false"}}),
                context={"aws:ViaAWSService": True},
            ),
            "allowed",
        ),
        row(
            "a deny that holds and is open",
            reads(
                deny("s3:*", who="*", when={**FROM_ELSEWHERE, "Bool": {"aws:ViaAWSService": "false"}}),
                context={"aws:ViaAWSService": False},
            ),
            "conditional",
            depends_on={"resource": [IP]},
        ),
    ),
    rule(
        "What is open stays open with IfExists, with Null and with sets of values",
        OPERATORS,
        row(
            "unknown, with IfExists",
            reads(deny("s3:*", who="*", when={"StringNotEqualsIfExists": {VPCE: "vpce-1"}})),
            "conditional",
            depends_on={"resource": [VPCE]},
        ),
        row(
            "unknown, with Null",
            reads(deny("s3:*", who="*", when={"Null": {VPCE: "true"}})),
            "conditional",
            depends_on={"resource": [VPCE]},
        ),
        row(
            "unknown, with ForAllValues",
            gate({"ForAllValues:StringEquals": {"aws:TagKeys": "team"}}, unknown=["aws:TagKeys"]),
            "conditional",
            depends_on={"resource": ["aws:TagKeys"]},
        ),
    ),
    rule(
        "Only what a statement needs is open",
        OPERATORS,
        row("an unknown key that nobody asks for", reads(), "allowed"),
        row(
            "an unknown key in a statement on another action",
            reads(deny("s3:PutObject", who="*", when=FROM_ELSEWHERE)),
            "allowed",
        ),
        row(
            "an unknown key in a statement on another principal",
            reads(deny("s3:*", who=C, when=FROM_ELSEWHERE)),
            "allowed",
        ),
    ),
]
