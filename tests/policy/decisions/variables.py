"""Variables: where they count, what they stand for, and what they do without a value."""

from tests.policy.decisions.table import (
    BUCKET,
    IAM,
    KEY,
    SESSION,
    USER,
    A,
    allow,
    deny,
    document,
    gate,
    read,
    read_of_b,
    row,
    rule,
    use,
)

VARIABLES = IAM + "reference_policies_variables.html"
VERSION = IAM + "reference_policies_elements_version.html"
SETS = IAM + "reference_policies_condition-single-vs-multi-valued-context-keys.html"
HOME = f"{BUCKET}/home/${{aws:username}}/*"
ANNS = f"{BUCKET}/home/ann/notes"
LITERAL = f"{BUCKET}/home/${{aws:username}}/notes"
TEAM = "aws:PrincipalTag/team"
OBJECT_TEAM = "s3:ExistingObjectTag/team"
ANN = {"aws:username": "ann"}
BY_TEAM = f"${{{TEAM}}}"


def home(path=ANNS, version="2012-10-17", **context):
    """A user asks for an object of another account, as far as a policy with a variable allows."""
    return read_of_b(
        USER,
        path=path,
        identity=document(allow("s3:*", HOME), version=version),
        policy=[allow(who=A)],
        context=context,
    )


def tagged(text, value, operator="StringLike", **more):
    return gate({operator: {OBJECT_TEAM: text}}, **{OBJECT_TEAM: value, **more})


RULES = [
    rule(
        "Variables in resources count with version 2012-10-17 only",
        VERSION,
        row("the version with variables", home(**ANN), "allowed"),
        row(
            "the version before", home(version="2008-10-17", **ANN), "implicit_deny", blocked_by=["identity"]
        ),
        row("no version", home(version=None, **ANN), "implicit_deny", blocked_by=["identity"]),
    ),
    rule(
        "In other versions a variable is its own text",
        VERSION,
        row("the text itself, the version before", home(LITERAL, "2008-10-17", **ANN), "allowed"),
        row("the text itself, no version", home(LITERAL, None, **ANN), "allowed"),
        row("the text itself, the version with variables", home(LITERAL, **ANN), "implicit_deny"),
    ),
    rule(
        "Policies of all kinds may have variables",
        VARIABLES,
        row(
            "a bucket policy",
            read(USER, path=ANNS, identity=[], policy=[allow("s3:*", HOME, who=USER)], context=ANN),
            "allowed",
        ),
        row(
            "a service control policy",
            read(
                USER,
                path=f"{BUCKET}/home/bob/notes",
                identity=[allow()],
                scps=[[allow(), deny("s3:*", NotResource=HOME)]],
                context=ANN,
            ),
            "explicit_deny",
        ),
        row(
            "a session policy",
            read(
                SESSION,
                path=ANNS,
                identity=[allow()],
                session=[allow("s3:*", f"{BUCKET}/home/{BY_TEAM}/*")],
                context={TEAM: "bob"},
            ),
            "implicit_deny",
            blocked_by=["session"],
        ),
    ),
    rule(
        "Variables count in comparisons of text and of ARNs",
        VARIABLES,
        row("in StringEquals", tagged(BY_TEAM, "data", "StringEquals", **{TEAM: "data"}), "allowed"),
        row("in StringLike, beside a star", tagged(f"{BY_TEAM}-*", "data-1", **{TEAM: "data"}), "allowed"),
        row(
            "in ArnLike",
            gate(
                {"ArnLike": {"aws:SourceArn": f"arn:aws:sns:*:*:{BY_TEAM}-*"}},
                **{TEAM: "data", "aws:SourceArn": f"arn:aws:sns:eu-west-1:{A}:data-1"},
            ),
            "allowed",
        ),
    ),
    rule(
        "Variables have no place in other comparisons",
        VARIABLES,
        row(
            "in a comparison of numbers",
            gate({"NumericLessThan": {"s3:max-keys": BY_TEAM}}, **{TEAM: "10"}),
            "invalid",
            error="NumericLessThan",
        ),
        row(
            "in a comparison of dates",
            gate({"DateLessThan": {"aws:CurrentTime": "${aws:TokenIssueTime}"}}),
            "invalid",
            error="DateLessThan",
        ),
        row(
            "in a comparison of addresses",
            gate({"IpAddress": {"aws:SourceIp": "${aws:VpcSourceIp}"}}),
            "invalid",
            error="IpAddress",
        ),
    ),
    rule(
        "A default stands in for a key that is missing",
        VARIABLES,
        row("missing, with a default", tagged(f"${{{TEAM}, 'shared'}}", "shared"), "allowed"),
        row("missing, with another default", tagged(f"${{{TEAM}, 'none'}}", "shared"), "implicit_deny"),
        row("there, with a default", tagged(f"${{{TEAM}, 'shared'}}", "data", **{TEAM: "data"}), "allowed"),
    ),
    rule(
        "Escapes are characters and no wildcards",
        VARIABLES,
        row("a star that is one", tagged("a${*}", "a*"), "allowed"),
        row("a star that is no wildcard", tagged("a${*}", "abc"), "implicit_deny"),
        row("a question mark that is no wildcard", tagged("a${?}", "ab"), "implicit_deny"),
    ),
    rule(
        "Escapes stand in resources too, and one for the dollar",
        VARIABLES,
        row("a dollar", tagged("cost${$}", "cost$"), "allowed"),
        row(
            "an object with a star in its name",
            read_of_b(
                path=f"{BUCKET}/a*", identity=[allow("s3:*", f"{BUCKET}/a${{*}}")], policy=[allow(who=A)]
            ),
            "allowed",
        ),
        row(
            "an object without one",
            read_of_b(
                path=f"{BUCKET}/ab", identity=[allow("s3:*", f"{BUCKET}/a${{*}}")], policy=[allow(who=A)]
            ),
            "implicit_deny",
            blocked_by=["identity"],
        ),
    ),
    rule(
        "A resource whose variable has no value matches nothing",
        VARIABLES,
        row("to allow", home(), "implicit_deny", blocked_by=["identity"]),
        row(
            "to deny",
            read(USER, path=ANNS, identity=[allow()], policy=[deny("s3:*", HOME, who="*")]),
            "allowed",
        ),
        row(
            "to leave out",
            read(USER, path=ANNS, identity=[allow()], policy=[deny("s3:*", NotResource=HOME, who="*")]),
            "explicit_deny",
        ),
    ),
    rule(
        "A comparison with a variable without value does not match, a negated one does",
        VARIABLES,
        row("to be equal", tagged(BY_TEAM, "data", "StringEquals"), "implicit_deny"),
        row("to be like it", tagged(f"{BY_TEAM}*", "data"), "implicit_deny"),
        row(
            "not to be equal",
            read(
                identity=[allow()],
                policy=[deny("s3:GetObject", who="*", when={"StringNotEquals": {OBJECT_TEAM: BY_TEAM}})],
                context={OBJECT_TEAM: "data"},
            ),
            "explicit_deny",
        ),
    ),
    rule(
        "A variable stands behind the fifth colon of a resource",
        VARIABLES,
        row(
            "in the resource part",
            use(
                identity=[allow("kms:*", f"arn:aws:kms:eu-west-1:{A}:key/{BY_TEAM}")],
                policy=[allow("kms:*", who=A)],
                context={TEAM: KEY.rpartition("/")[2]},
            ),
            "allowed",
        ),
        row(
            "in the account",
            use(
                identity=[allow("kms:*", "arn:aws:kms:eu-west-1:${aws:PrincipalAccount}:key/*")],
                policy=[allow("kms:*", who=A)],
                context={"aws:PrincipalAccount": A},
            ),
            "implicit_deny",
            blocked_by=["identity"],
        ),
        row(
            "in the Region",
            use(
                identity=[allow("kms:*", f"arn:aws:kms:${{aws:RequestedRegion}}:{A}:key/*")],
                policy=[allow("kms:*", who=A)],
                context={"aws:RequestedRegion": "eu-west-1"},
            ),
            "implicit_deny",
            blocked_by=["identity"],
        ),
    ),
    rule(
        "A key with several values is no variable",
        SETS,
        row(
            "in a condition",
            tagged("${aws:TagKeys}", "team", **{"aws:TagKeys": ["team", "stage"]}),
            "implicit_deny",
        ),
        row(
            "in a resource",
            read_of_b(
                path=f"{BUCKET}/team",
                identity=[allow("s3:*", f"{BUCKET}/${{aws:TagKeys}}")],
                policy=[allow(who=A)],
                context={"aws:TagKeys": ["team", "stage"]},
            ),
            "implicit_deny",
            blocked_by=["identity"],
        ),
        row(
            "in a negated condition",
            tagged("${aws:TagKeys}", "team", "StringNotEquals", **{"aws:TagKeys": ["team", "stage"]}),
            "allowed",
        ),
    ),
    rule(
        "A variable whose key is not known leaves it open",
        VARIABLES,
        row(
            "an unknown variable in a resource",
            read_of_b(
                USER,
                path=ANNS,
                identity=[allow("s3:*", HOME)],
                policy=[allow(who=A)],
                unknown=["aws:username"],
            ),
            "conditional",
            depends_on={"identity": ["aws:username"]},
        ),
        row(
            "an unknown variable in a condition",
            gate({"StringEquals": {OBJECT_TEAM: BY_TEAM}}, unknown=[TEAM], **{OBJECT_TEAM: "data"}),
            "conditional",
            depends_on={"resource": [TEAM]},
        ),
        row(
            "an unknown variable beside a value that fits",
            gate({"StringEquals": {OBJECT_TEAM: [BY_TEAM, "data"]}}, unknown=[TEAM], **{OBJECT_TEAM: "data"}),
            "allowed",
        ),
    ),
]
