"""What a request says of its principal and its resource, as conditions see it."""

from tests.policy.decisions.table import (
    BUCKET,
    IAM,
    ORG,
    ROLE,
    SESSION,
    USER,
    A,
    B,
    allow,
    bar,
    deny,
    gate,
    read_of_b,
    row,
    rule,
    use_of_b,
)

KEYS = IAM + "reference_policies_condition-keys.html"
ARN, ID = "aws:PrincipalArn", "aws:userid"
ROLE_ID = "AROAEXAMPLE1234567890"
OF_ROLE = {ARN: ROLE, "aws:PrincipalAccount": A, "aws:PrincipalType": "AssumedRole", ID: f"{ROLE_ID}:ann"}


def session(when):
    return read_of_b(
        SESSION, identity=[allow("s3:*")], policy=[allow("s3:*", who="*", when=when)], context=OF_ROLE
    )


def elsewhere(when, **context):
    """A deny of the own organization for resources that are not its own."""
    return use_of_b(
        identity=[allow()],
        policy=[allow("kms:*", who=A)],
        scps=[[allow(), deny("kms:*", when=when)]],
        context={f"aws:{key}": value for key, value in context.items()},
    )


RULES = [
    rule(
        "aws:PrincipalArn of a session is the ARN of its role",
        KEYS,
        row("the role's ARN is asked for", session({"ArnEquals": {ARN: ROLE}}), "allowed"),
        row(
            "the session's ARN is asked for",
            session({"ArnEquals": {ARN: SESSION}}),
            "implicit_deny",
            blocked_by=["resource"],
        ),
        row(
            "the account's roles are asked for",
            session({"ArnLike": {ARN: f"arn:aws:iam::{A}:role/*"}}),
            "allowed",
        ),
    ),
    rule(
        "aws:userid of a session is the role's id and the session's name",
        IAM + "reference_policies_variables.html",
        row("any session of the role", session({"StringLike": {ID: f"{ROLE_ID}:*"}}), "allowed"),
        row(
            "another session of the role", session({"StringEquals": {ID: f"{ROLE_ID}:bob"}}), "implicit_deny"
        ),
        row("the role's id alone", session({"StringEquals": {ID: ROLE_ID}}), "implicit_deny"),
    ),
    rule(
        "Kind and account of the principal are known",
        KEYS,
        row(
            "the kind that it is", session({"StringEquals": {"aws:PrincipalType": "AssumedRole"}}), "allowed"
        ),
        row(
            "a kind that it is not", session({"StringEquals": {"aws:PrincipalType": "User"}}), "implicit_deny"
        ),
        row(
            "another account than its own",
            session({"StringNotEquals": {"aws:PrincipalAccount": A}}),
            "implicit_deny",
        ),
    ),
    rule(
        "A role is no service",
        KEYS,
        row(
            "allowed for services",
            gate({"Bool": {"aws:PrincipalIsAWSService": "true"}}, aws_PrincipalIsAWSService=False),
            "implicit_deny",
        ),
        row(
            "denied for all but services",
            bar({"Bool": {"aws:PrincipalIsAWSService": "false"}}, aws_PrincipalIsAWSService=False),
            "explicit_deny",
        ),
        row(
            "denied for all but services and members",
            bar(
                {
                    "Bool": {"aws:PrincipalIsAWSService": "false"},
                    "StringNotEquals": {"aws:PrincipalOrgID": ORG},
                },
                aws_PrincipalIsAWSService=False,
                aws_PrincipalOrgID=ORG,
            ),
            "allowed",
        ),
    ),
    rule(
        "A resource perimeter keeps principals away from strangers' resources",
        KEYS,
        row(
            "a resource of the organization",
            elsewhere({"StringNotEquals": {"aws:ResourceOrgID": ORG}}, ResourceOrgID=ORG),
            "allowed",
        ),
        row(
            "a resource of a stranger",
            elsewhere({"StringNotEquals": {"aws:ResourceOrgID": ORG}}, ResourceOrgID="o-zzzzzzzzzz"),
            "explicit_deny",
            blocked_by=["scp"],
        ),
        row(
            "a resource of no organization",
            elsewhere({"StringNotEquals": {"aws:ResourceOrgID": ORG}}),
            "explicit_deny",
            blocked_by=["scp"],
        ),
    ),
    rule(
        "The organization's paths of a resource are several values",
        KEYS,
        row(
            "below the unit",
            elsewhere(
                {"ForAllValues:StringNotLike": {"aws:ResourceOrgPaths": f"{ORG}/r-ab12/ou-ab12-1/*"}},
                ResourceOrgPaths=[f"{ORG}/r-ab12/ou-ab12-1/"],
            ),
            "allowed",
        ),
        row(
            "beside the unit",
            elsewhere(
                {"ForAllValues:StringNotLike": {"aws:ResourceOrgPaths": f"{ORG}/r-ab12/ou-ab12-1/*"}},
                ResourceOrgPaths=[f"{ORG}/r-ab12/ou-ab12-2/"],
            ),
            "explicit_deny",
        ),
        row(
            "without paths",
            elsewhere({"ForAllValues:StringNotLike": {"aws:ResourceOrgPaths": f"{ORG}/r-ab12/ou-ab12-1/*"}}),
            "explicit_deny",
        ),
    ),
    rule(
        "What is known to be missing is not unknown",
        KEYS,
        row(
            "a missing key, to allow",
            gate({"StringEquals": {"aws:SourceAccount": B}}),
            "implicit_deny",
            blocked_by=["resource"],
        ),
        row(
            "a missing key, to deny",
            bar({"StringNotEquals": {"aws:PrincipalOrgID": ORG}}),
            "explicit_deny",
            blocked_by=["resource"],
        ),
        row(
            "a missing name of a service",
            gate({"StringEquals": {"aws:PrincipalServiceName": "s3.amazonaws.com"}}),
            "implicit_deny",
        ),
    ),
    rule(
        "Condition keys have no case",
        IAM + "reference_policies_elements_condition.html",
        row(
            "another case in the policy",
            gate({"StringEquals": {"AWS:principalorgid": ORG}}, aws_PrincipalOrgID=ORG),
            "allowed",
        ),
        row(
            "another case in the request",
            bar({"StringNotEquals": {"aws:PrincipalOrgID": ORG}}, AWS_PRINCIPALORGID=ORG),
            "allowed",
        ),
        row(
            "another case among those not known",
            gate({"StringEquals": {"aws:PrincipalOrgID": ORG}}, unknown=["AWS:PRINCIPALORGID"]),
            "conditional",
            depends_on={"resource": ["aws:PrincipalOrgID"]},
        ),
    ),
    rule(
        "The key of a variable has no case",
        IAM + "reference_policies_variables.html",
        row(
            "in a variable of a condition",
            gate(
                {"StringEquals": {"s3:ExistingObjectTag/team": "${AWS:principaltag/TEAM}"}},
                **{"aws:PrincipalTag/team": "data", "s3:ExistingObjectTag/team": "data"},
            ),
            "allowed",
        ),
        row(
            "in a variable of a resource",
            read_of_b(
                USER,
                path=f"{BUCKET}/home/ann/notes",
                identity=[allow("s3:*", f"{BUCKET}/home/${{aws:UserName}}/*")],
                policy=[allow(who=A)],
                context={"aws:username": "ann"},
            ),
            "allowed",
        ),
    ),
]
