"""Resource control policies: what may be done at most with the resources of an account."""

from tests.policy.decisions.table import (
    IAM,
    KEY,
    KMS,
    LINKED,
    ORG,
    ORGS,
    ROLE,
    SERVICE,
    TARGET,
    A,
    B,
    allow,
    ask,
    deny,
    grant,
    read,
    read_of_b,
    row,
    rule,
    use,
    use_of_b,
)

RCPS = ORGS + "orgs_manage_policies_rcps.html"
FULL = allow(who="*", Sid="RCPFullAWSAccess")
NOTHING = deny(who="*", Sid="Nothing")
OWN = {"identity": [allow("s3:*")]}
MEMBERS_ONLY = {
    "StringNotEqualsIfExists": {"aws:PrincipalOrgID": ORG},
    "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
}
OF_THE_ORG_ONLY = {
    "StringNotEqualsIfExists": {"aws:SourceOrgID": ORG},
    "Null": {"aws:SourceAccount": "false"},
    "Bool": {"aws:PrincipalIsAWSService": "true"},
}


def bound(action, resource, **given):
    """Within the account: the resource's own policy allows, one from above denies."""
    return ask(
        action, resource, owner=A, identity=[allow()], policy=[allow(who=A)], rcps=[[NOTHING]], **given
    )


def perimeter(org, service=False):
    return read_of_b(
        **OWN,
        policy=[allow("s3:*", who=A)],
        rcps=[[FULL, deny("s3:*", who="*", when=MEMBERS_ONLY)]],
        context={"aws:PrincipalOrgID": org, "aws:PrincipalIsAWSService": service},
    )


def deputy(**context):
    return use(
        SERVICE,
        policy=[allow("kms:*", who={"Service": SERVICE})],
        rcps=[[FULL, deny("kms:*", who="*", when=OF_THE_ORG_ONLY)]],
        context={
            "aws:PrincipalIsAWSService": True,
            **{f"aws:{key}": value for key, value in context.items()},
        },
    )


RULES = [
    rule(
        "A deny at any level above the resource holds",
        RCPS,
        row("RCP deny at the root", read(**OWN, rcps=[[FULL, NOTHING], [FULL], [FULL]]), "explicit_deny"),
        row("RCP deny at a unit", read(**OWN, rcps=[[FULL], [FULL, NOTHING], [FULL]]), "explicit_deny"),
        row(
            "RCP deny at the account",
            use(identity=[allow("kms:*")], policy=[allow("kms:*", who=A)], rcps=[[FULL], [FULL, NOTHING]]),
            "explicit_deny",
            blocked_by=["rcp"],
            evidence=[("rcp", "Nothing")],
        ),
    ),
    rule(
        "A policy that allows everything is always attached, so nothing is missing",
        RCPS,
        row("only denies of something else", read(**OWN, rcps=[[deny("kms:*", who="*")], []]), "allowed"),
        row("empty levels", read_of_b(**OWN, policy=[allow(who=ROLE)], rcps=[[], []]), "allowed"),
        row(
            "no such policies",
            use_of_b(identity=[allow("kms:*")], policy=[allow("kms:*", who=A)]),
            "allowed",
            legs={"rcp": "not_applicable"},
        ),
    ),
    rule(
        "Resource control policies give nothing",
        RCPS,
        row("RCP allow for an object", read(rcps=[[FULL], [FULL]]), "implicit_deny", blocked_by=["identity"]),
        row("across accounts", read_of_b(**OWN, rcps=[[FULL]]), "implicit_deny", blocked_by=["resource"]),
        row(
            "RCP allow for a key",
            use(identity=[allow("kms:*")], rcps=[[FULL]]),
            "implicit_deny",
            blocked_by=["resource"],
        ),
    ),
    rule(
        "They bind S3, KMS and STS",
        RCPS,
        row("S3", bound("s3:PutObject", "arn:aws:s3:::data/x"), "explicit_deny", blocked_by=["rcp"]),
        row("KMS", bound("kms:GenerateDataKey", KEY), "explicit_deny", blocked_by=["rcp"]),
        row(
            "STS",
            ask(
                "sts:AssumeRole",
                TARGET,
                identity=[allow()],
                policy=[{"Effect": "Allow", "Principal": {"AWS": A}, "Action": "sts:AssumeRole"}],
                rcps=[[NOTHING]],
            ),
            "explicit_deny",
            blocked_by=["rcp"],
        ),
    ),
    rule(
        "They bind queues, secrets and tables",
        RCPS,
        row("SQS", bound("sqs:SendMessage", f"arn:aws:sqs:eu-west-1:{A}:jobs"), "explicit_deny"),
        row(
            "Secrets Manager",
            bound("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:eu-west-1:{A}:secret:db-AbCdEf"),
            "explicit_deny",
        ),
        row(
            "DynamoDB",
            bound("dynamodb:GetItem", f"arn:aws:dynamodb:eu-west-1:{A}:table/orders"),
            "explicit_deny",
        ),
    ),
    rule(
        "They do not bind services that are not on the list",
        RCPS,
        row(
            "SNS",
            bound("sns:Publish", f"arn:aws:sns:eu-west-1:{A}:alarms"),
            "allowed",
            legs={"rcp": "not_applicable"},
        ),
        row("Lambda", bound("lambda:InvokeFunction", f"arn:aws:lambda:eu-west-1:{A}:function:f"), "allowed"),
        row("EC2", bound("ec2:ModifySnapshotAttribute", "arn:aws:ec2:eu-west-1::snapshot/snap-1"), "allowed"),
    ),
    rule(
        "They do not bind the retiring of grants",
        KMS + "resource-control-policies.html",
        row(
            "by the retiring principal",
            use(
                action="kms:RetireGrant",
                policy=[],
                grants=[grant(LINKED, RetiringPrincipal=ROLE)],
                rcps=[[deny("kms:*", who="*")]],
            ),
            "allowed",
            legs={"rcp": "not_applicable"},
        ),
        row(
            "but the revoking",
            use(
                action="kms:RevokeGrant",
                policy=[allow("kms:*", who=ROLE)],
                rcps=[[deny("kms:*", who="*")]],
            ),
            "explicit_deny",
        ),
    ),
    rule(
        "They do not bind calls by service-linked roles",
        RCPS,
        row("to an object", read(LINKED, **OWN, rcps=[[NOTHING]]), "allowed", legs={"rcp": "not_applicable"}),
        row(
            "to an object of another account",
            read_of_b(LINKED, **OWN, policy=[allow(who=LINKED)], rcps=[[NOTHING]]),
            "allowed",
        ),
        row(
            "to a key",
            use(LINKED, policy=[allow("kms:*", who=LINKED)], rcps=[[FULL, deny("kms:*", who="*")]]),
            "allowed",
        ),
    ),
    rule(
        "They bind whoever asks, from within and from without",
        RCPS,
        row(
            "the public from a bucket",
            read("*", policy=[allow("s3:GetObject", who="*")], rcps=[[FULL, NOTHING]]),
            "explicit_deny",
            blocked_by=["rcp"],
        ),
        row(
            "a service from a key",
            use(SERVICE, policy=[allow("kms:*", who={"Service": SERVICE})], rcps=[[NOTHING]]),
            "explicit_deny",
        ),
        row(
            "a principal of another account",
            read_of_b(**OWN, policy=[allow(who=A)], rcps=[[NOTHING]]),
            "explicit_deny",
        ),
    ),
    rule(
        "An identity perimeter keeps strangers out, and no service",
        KMS + "resource-control-policies.html",
        row("a member of the organization", perimeter(ORG), "allowed"),
        row("a stranger", perimeter("o-zzzzzzzzzz"), "explicit_deny", blocked_by=["rcp"]),
        row("a principal of no organization", perimeter(None), "explicit_deny"),
    ),
    rule(
        "A service must act for the organization, where it acts for an account at all",
        KMS + "resource-control-policies.html",
        row(
            "for a stranger's resource", deputy(SourceAccount=B, SourceOrgID="o-zzzzzzzzzz"), "explicit_deny"
        ),
        row("for a member's resource", deputy(SourceAccount=A, SourceOrgID=ORG), "allowed"),
        row("for no account", deputy(), "allowed"),
    ),
    rule(
        "A deny that is not known leaves the request open",
        IAM + "reference_policies_evaluation-logic_policy-eval-denyallow.html",
        row(
            "the organization is not known",
            read_of_b(
                **OWN,
                policy=[allow(who=ROLE)],
                rcps=[[FULL, deny("s3:*", who="*", when={"StringNotEquals": {"aws:PrincipalOrgID": ORG}})]],
                unknown=["aws:PrincipalOrgID"],
            ),
            "conditional",
            depends_on={"rcp": ["aws:PrincipalOrgID"]},
        ),
        row(
            "but no request that nothing allows",
            read_of_b(
                **OWN,
                policy=[allow(who=B)],
                rcps=[[FULL, deny("s3:*", who="*", when={"StringNotEquals": {"aws:PrincipalOrgID": ORG}})]],
                unknown=["aws:PrincipalOrgID"],
            ),
            "implicit_deny",
            blocked_by=["resource"],
        ),
    ),
]
