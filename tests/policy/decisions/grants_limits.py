"""Grants: what else takes part in the decision, within an account and across."""

from tests.policy.decisions.grants import EVALUATION, EXTERNAL, GRANTS, OPEN, OTHER, granted
from tests.policy.decisions.table import (
    ORGS,
    OTHER_ROLE,
    ROLE,
    ROOT,
    SESSION,
    USER,
    A,
    B,
    C,
    allow,
    deny,
    grant,
    read,
    read_of_b,
    row,
    rule,
    use,
    use_of_b,
)

TABLE = f"arn:aws:dynamodb:eu-west-1:{A}:table/orders"


def across(*grants, who=ROLE, **given):
    return use_of_b(
        who, **{"policy": [allow("kms:*", who=B)], "identity": OTHER, **given}, grants=list(grants)
    )


RULES = [
    rule(
        "Explicit denies around the key hold against a grant",
        EVALUATION,
        row(
            "grant, the key policy denies",
            granted(grant(), policy=[deny("kms:Decrypt", who="*")]),
            "explicit_deny",
            blocked_by=["resource"],
        ),
        row(
            "grant, the role's policy denies",
            granted(grant(), identity=[deny("kms:*")]),
            "explicit_deny",
            blocked_by=["identity"],
        ),
        row(
            "grant, the key policy denies another role",
            granted(grant(), policy=[deny("kms:*", who=OTHER_ROLE)]),
            "allowed",
        ),
    ),
    rule(
        "Explicit denies of the organization hold against a grant",
        EVALUATION,
        row(
            "grant, a service control policy denies",
            granted(grant(), scps=[[allow(), deny("kms:*")]]),
            "explicit_deny",
            blocked_by=["scp"],
        ),
        row(
            "grant, a resource control policy denies",
            granted(grant(), rcps=[[deny("kms:*", who="*")]]),
            "explicit_deny",
            blocked_by=["rcp"],
        ),
        row(
            "grant, the boundary denies",
            granted(grant(), boundary=[deny("kms:*")]),
            "explicit_deny",
            blocked_by=["boundary"],
        ),
    ),
    rule(
        "A grant gets no further than service control policies allow",
        ORGS + "orgs_manage_policies_scps.html",
        row("grant, no level allows", granted(grant(), scps=[OTHER]), "implicit_deny", blocked_by=["scp"]),
        row(
            "grant, the account's level is empty",
            granted(grant(), scps=[[allow()], []]),
            "implicit_deny",
            blocked_by=["scp"],
        ),
        row("grant, every level allows", granted(grant(), scps=[[allow()], [allow("kms:*")]]), "allowed"),
    ),
    rule(
        "Whether the silence of a boundary or a session policy limits a grant is not documented",
        GRANTS,
        row(
            "grant, the boundary is silent", granted(grant(), boundary=OTHER), "conditional", depends_on=OPEN
        ),
        row(
            "grant, the session policy is silent",
            granted(grant(), who=SESSION, session=OTHER),
            "conditional",
            depends_on=OPEN,
        ),
        row(
            "grant, both allow",
            granted(grant(), who=SESSION, boundary=[allow()], session=[allow("kms:*")]),
            "allowed",
        ),
    ),
    rule(
        "Across accounts a grant to a named principal is enough, without its IAM policy",
        EXTERNAL,
        row(
            "grant to a role of another account",
            across(grant()),
            "allowed",
            legs={"grant": "allow", "identity": "none"},
        ),
        row("grant to a user of another account", across(grant(USER), who=USER), "allowed"),
        row("grant to a role of another account, its session asks", across(grant(), who=SESSION), "allowed"),
    ),
    rule(
        "What a grant to another account as a whole gives its principals is not documented",
        EXTERNAL,
        row("grant to the account of the role", across(grant(ROOT)), "conditional", depends_on=OPEN),
        row(
            "grant to a third account",
            across(grant(ROOT.replace(A, C))),
            "implicit_deny",
            blocked_by=["identity", "resource"],
        ),
        row("grant to the account, of another operation", across(grant(ROOT, "Encrypt")), "implicit_deny"),
    ),
    rule(
        "Denies hold against grants across accounts",
        EVALUATION,
        row(
            "grant across, the role's account denies",
            across(grant(), scps=[[allow(), deny("kms:*", "arn:aws:kms:*:*:key/*")]]),
            "explicit_deny",
            blocked_by=["scp"],
        ),
        row(
            "grant across, the key's organization denies",
            across(grant(), rcps=[[deny("kms:*", who="*")]]),
            "explicit_deny",
            blocked_by=["rcp"],
        ),
        row(
            "grant across, the role's account does not allow",
            across(grant(), scps=[[allow("s3:*")]]),
            "implicit_deny",
            blocked_by=["scp"],
        ),
    ),
    rule(
        "A grant to a service is for that service",
        GRANTS,
        row(
            "the service itself",
            use(
                "dynamodb.eu-west-1.amazonaws.com",
                policy=[],
                grants=[grant("dynamodb.eu-west-1.amazonaws.com")],
            ),
            "allowed",
        ),
        row("no role of the account", granted(grant("dynamodb.eu-west-1.amazonaws.com")), "implicit_deny"),
        row(
            "with the source that a constraint asks for",
            use(
                "dynamodb.amazonaws.com",
                policy=[],
                grants=[
                    {
                        "GrantId": "grant-1",
                        "GranteeServicePrincipal": "dynamodb.amazonaws.com",
                        "Operations": ["Decrypt"],
                        "Constraints": {"SourceArn": TABLE},
                    }
                ],
                context={"aws:SourceArn": TABLE},
            ),
            "allowed",
        ),
    ),
    rule(
        "A grantee inside a service is none of the account's roles",
        GRANTS,
        row(
            "an instance's infrastructure",
            granted(grant(f"arn:aws:sts::{A}:assumed-role/aws:ec2-infrastructure/i-0123456789abcdef0")),
            "implicit_deny",
        ),
        row(
            "an instance's infrastructure, across",
            across(grant(f"arn:aws:sts::{B}:assumed-role/aws:ec2-infrastructure/i-0123456789abcdef0")),
            "implicit_deny",
        ),
        row("a grantee that was deleted", granted(grant("AROAEXAMPLE1234567890")), "implicit_deny"),
    ),
    rule(
        "Key policy and grants are alternatives: where neither allows, the key policy is to blame",
        EVALUATION,
        row(
            "neither, and IAM allows",
            granted(grant(OTHER_ROLE), identity=[allow()]),
            "implicit_deny",
            blocked_by=["resource"],
        ),
        row(
            "the key policy does",
            use(policy=[allow("kms:*", who=ROLE)], grants=[grant(OTHER_ROLE)]),
            "allowed",
            legs={"resource": "allow", "grant": "none"},
        ),
        row(
            "the grant does, for one operation less",
            granted(grant(), action="kms:Encrypt", policy=[allow("kms:Decrypt", who=ROLE)]),
            "implicit_deny",
            blocked_by=["resource"],
        ),
    ),
    rule(
        "Grants are for keys, and open nothing else",
        GRANTS,
        row(
            "an object of another account, not the key",
            read_of_b(identity=[allow()], grants=[grant()]),
            "implicit_deny",
            blocked_by=["resource"],
            legs={"grant": "not_applicable"},
        ),
        row(
            "an object of the account, not the key",
            read(identity=OTHER, grants=[grant()]),
            "implicit_deny",
            blocked_by=["identity"],
        ),
    ),
]
