"""Service control policies: the most that principals of an account can do."""

from tests.policy.decisions.table import (
    KEY,
    LINKED,
    ORGS,
    ROLE,
    SERVICE,
    SESSION,
    USER,
    A,
    B,
    allow,
    deny,
    read,
    read_of_b,
    row,
    rule,
    use,
    use_of_b,
)

SCPS = ORGS + "orgs_manage_policies_scps.html"
LEVELS = ORGS + "orgs_manage_policies_scps_evaluation.html"
FULL = allow(Sid="Full")
OTHER = allow("ec2:*")
IP = "aws:SourceIp"
FROM_OFFICE = {"IpAddress": {IP: "192.0.2.0/24"}}
FROM_ELSEWHERE = {"NotIpAddress": {IP: "192.0.2.0/24"}}
OWN = {"identity": [allow("s3:*")]}
ABROAD = {"NotAction": "iam:*", "when": {"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}}}


def limited(*levels, **given):
    return read(**OWN, scps=list(levels), **given)


def regional(region, action="kms:Decrypt", resource=KEY):
    return use(
        action=action,
        key=resource,
        identity=[allow()],
        policy=[allow(who=A)],
        scps=[[FULL, deny(Sid="Region", **ABROAD)]],
        context={"aws:RequestedRegion": region},
    )


RULES = [
    rule(
        "Every level from the root down to the account must allow",
        LEVELS,
        row("three levels allow", limited([FULL], [FULL], [FULL]), "allowed", legs={"scp": "allow"}),
        row("the unit in between does not", limited([FULL], [OTHER], [FULL]), "implicit_deny"),
        row("the account does not", limited([FULL], [FULL], [OTHER]), "implicit_deny", blocked_by=["scp"]),
    ),
    rule(
        "Within a level one policy that allows is enough",
        LEVELS,
        row("the second of the level allows", limited([OTHER, FULL], [FULL]), "allowed"),
        row("each level by another policy", limited([allow("s3:*"), OTHER], [FULL]), "allowed"),
        row("no policy of the level allows", limited([FULL], [OTHER, allow("kms:*")]), "implicit_deny"),
    ),
    rule(
        "A deny at any level holds for all below it",
        LEVELS,
        row("SCP deny at the root", limited([FULL, deny("s3:*")], [FULL], [FULL]), "explicit_deny"),
        row("SCP deny at a unit", limited([FULL], [FULL, deny("s3:GetObject")], [FULL]), "explicit_deny"),
        row(
            "SCP deny at the account",
            limited([FULL], [FULL], [FULL, deny("s3:Get*", Sid="NoGet")]),
            "explicit_deny",
            blocked_by=["scp"],
            evidence=[("scp", "NoGet")],
        ),
    ),
    rule(
        "A level to which nothing is attached allows nothing",
        LEVELS,
        row("an empty root", limited([], [FULL]), "implicit_deny", blocked_by=["scp"]),
        row("an empty account", limited([FULL], []), "implicit_deny", legs={"scp": "none"}),
        row(
            "an empty level, for a key whose policy names the role",
            use(policy=[allow("kms:*", who=ROLE)], scps=[[FULL], [], [FULL]]),
            "implicit_deny",
            blocked_by=["scp"],
        ),
    ),
    rule(
        "Without an organization, or in its management account, nothing restricts",
        SCPS,
        row("no service control policies", read(**OWN), "allowed", legs={"scp": "not_applicable"}),
        row(
            "no service control policies, for a key",
            use(policy=[allow("kms:*", who=A)], identity=[allow("kms:*")]),
            "allowed",
            legs={"scp": "not_applicable"},
        ),
    ),
    rule(
        "Service control policies give nothing",
        SCPS,
        row("SCP allow for an object", read(scps=[[FULL], [FULL]]), "implicit_deny", blocked_by=["identity"]),
        row(
            "SCP allow for a key",
            use(policy=[allow("kms:*", who=A)], scps=[[allow("kms:*")]]),
            "implicit_deny",
            blocked_by=["identity"],
        ),
        row(
            "for a key of another account",
            use_of_b(policy=[allow("kms:*", who=A)], scps=[[allow("kms:*")]]),
            "implicit_deny",
            blocked_by=["identity"],
        ),
    ),
    rule(
        "They limit what resource policies give to principals of the account",
        SCPS,
        row("to a role", read(policy=[allow(who=ROLE)], scps=[[OTHER]]), "implicit_deny", blocked_by=["scp"]),
        row(
            "to a session",
            read(SESSION, policy=[allow(who=SESSION)], scps=[[FULL], [OTHER]]),
            "implicit_deny",
            blocked_by=["scp"],
        ),
        row(
            "to a user, by a key policy",
            use(USER, policy=[allow("kms:*", who=USER)], scps=[[OTHER]]),
            "implicit_deny",
            blocked_by=["scp"],
        ),
    ),
    rule(
        "An allow may have conditions",
        SCPS,
        row(
            "that hold",
            limited(
                [allow(when={"StringEquals": {"aws:RequestedRegion": "eu-west-1"}})],
                context={"aws:RequestedRegion": "eu-west-1"},
            ),
            "allowed",
        ),
        row(
            "that do not hold",
            limited(
                [allow(when={"StringEquals": {"aws:RequestedRegion": "eu-west-1"}})],
                context={"aws:RequestedRegion": "us-east-1"},
            ),
            "implicit_deny",
            blocked_by=["scp"],
        ),
        row(
            "that are not known",
            limited(
                [FULL], [allow(when={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})], unknown=["aws:SourceIp"]
            ),
            "conditional",
            depends_on={"scp": ["aws:SourceIp"]},
        ),
    ),
    rule(
        "An allow may name resources",
        SCPS,
        row("the bucket's", limited([allow("s3:*", "arn:aws:s3:::data/*")]), "allowed"),
        row("another bucket's", limited([allow("s3:*", "arn:aws:s3:::logs/*")]), "implicit_deny"),
        row("all but another bucket's", limited([allow("s3:*", NotResource="arn:aws:s3:::hr/*")]), "allowed"),
    ),
    rule(
        "An allow may leave out actions",
        SCPS,
        row("others", limited([allow(NotAction="iam:*")]), "allowed"),
        row("the very one", limited([allow(NotAction=["iam:*", "s3:Get*"])]), "implicit_deny"),
        row(
            "and resources",
            limited([allow("s3:*", NotResource="arn:aws:s3:::data/*")]),
            "implicit_deny",
            blocked_by=["scp"],
        ),
    ),
    rule(
        "A deny may leave out actions: all but these, outside a Region",
        ORGS + "orgs_manage_policies_scps_examples.html",
        row("inside the Region", regional("eu-west-1"), "allowed"),
        row("outside the Region", regional("us-east-1"), "explicit_deny", evidence=[("scp", "Region")]),
        row(
            "outside the Region, an action left out",
            use(
                action="iam:GetUser",
                key=USER,
                identity=[allow()],
                scps=[[FULL, deny(**ABROAD)]],
                context={"aws:RequestedRegion": "us-east-1"},
            ),
            "allowed",
        ),
    ),
    rule(
        "They do not bind service-linked roles",
        SCPS,
        row(
            "a deny",
            read(LINKED, **OWN, scps=[[FULL, deny("s3:*")]]),
            "allowed",
            legs={"scp": "not_applicable"},
        ),
        row("an empty level", read(LINKED, **OWN, scps=[[FULL], []]), "allowed"),
        row(
            "which still need an allow",
            read_of_b(LINKED, **OWN, scps=[[FULL]]),
            "implicit_deny",
            blocked_by=["resource"],
        ),
    ),
    rule(
        "They bind principals, not resources: no service and nobody unknown",
        SCPS,
        row(
            "a service",
            use(SERVICE, policy=[allow("kms:*", who={"Service": SERVICE})], scps=[[deny("kms:*")]]),
            "allowed",
            legs={"scp": "not_applicable"},
        ),
        row(
            "anybody, with a public bucket",
            read("*", policy=[allow("s3:GetObject", who="*")], scps=[[deny("s3:*")]]),
            "allowed",
            legs={"scp": "not_applicable"},
        ),
    ),
    rule(
        "Across accounts those of the principal's account count",
        SCPS,
        row(
            "no allow",
            read_of_b(**OWN, policy=[allow(who=ROLE)], scps=[[OTHER]]),
            "implicit_deny",
            blocked_by=["scp"],
        ),
        row(
            "a deny for what lies outside the own account",
            use_of_b(
                identity=[allow("kms:*")],
                policy=[allow("kms:*", who=A)],
                scps=[[FULL, deny("kms:*", when={"StringNotEquals": {"aws:ResourceAccount": A}})]],
                context={"aws:ResourceAccount": B},
            ),
            "explicit_deny",
            blocked_by=["scp"],
        ),
        row(
            "an allow",
            use_of_b(identity=[allow("kms:*")], policy=[allow("kms:*", who=A)], scps=[[FULL], [FULL]]),
            "allowed",
        ),
    ),
    rule(
        "Policies that are open leave the level open",
        LEVELS,
        row(
            "an open allow in the middle",
            limited([FULL], [allow(when=FROM_OFFICE)], [FULL], unknown=[IP]),
            "conditional",
            depends_on={"scp": [IP]},
        ),
        row(
            "an open deny beside an allow",
            limited([FULL, deny("s3:*", when=FROM_ELSEWHERE)], unknown=[IP]),
            "conditional",
            depends_on={"scp": [IP]},
        ),
        row(
            "an open allow beside a certain one of its level",
            limited([allow(when=FROM_OFFICE), allow("s3:*")], unknown=[IP]),
            "allowed",
        ),
    ),
]
