"""Condition operators on keys that are missing, and on keys with several values."""

from tests.policy.decisions.table import BUCKET, IAM, KEY, ORG, A, bar, gate, row, rule

OPERATORS = IAM + "reference_policies_elements_condition_operators.html"
SETS = IAM + "reference_policies_condition-single-vs-multi-valued-context-keys.html"
TAGS = "aws:TagKeys"
TEAM = "aws:PrincipalTag/team"


def tags(operator, *found, values=("team", "stage"), unknown=None):
    return gate({operator: {TAGS: list(values)}}, unknown, **({TAGS: list(found)} if found else {}))


RULES = [
    rule(
        "A key that is missing fits nothing: text, numbers, dates",
        OPERATORS,
        row("missing text", gate({"StringLike": {TEAM: "*"}}), "implicit_deny", blocked_by=["resource"]),
        row("a missing number", gate({"NumericLessThan": {"s3:max-keys": "1000"}}), "implicit_deny"),
        row(
            "a missing date",
            gate({"DateGreaterThan": {"aws:TokenIssueTime": "2020-01-01T00:00:01Z"}}),
            "implicit_deny",
        ),
    ),
    rule(
        "A key that is missing fits nothing: addresses, ARNs, true and false",
        OPERATORS,
        row("a missing address", gate({"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}), "implicit_deny"),
        row("a missing ARN", gate({"ArnLike": {"aws:SourceArn": "arn:*:*:*:*:*"}}), "implicit_deny"),
        row("a missing truth", bar({"Bool": {"aws:MultiFactorAuthPresent": "false"}}), "allowed"),
    ),
    rule(
        "A key that is missing satisfies negated operators",
        OPERATORS,
        row(
            "missing text, negated",
            bar({"StringNotEquals": {TEAM: "data"}}),
            "explicit_deny",
            evidence=[("resource", "Bar")],
        ),
        row(
            "a missing address, negated",
            bar({"NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}}),
            "explicit_deny",
        ),
        row("a missing ARN, negated", gate({"ArnNotLike": {"aws:SourceArn": "arn:aws:s3:::*"}}), "allowed"),
    ),
    rule(
        "With IfExists a key that is missing satisfies",
        OPERATORS,
        row("missing text, if it exists", gate({"StringEqualsIfExists": {TEAM: "data"}}), "allowed"),
        row(
            "a missing truth, if it exists",
            bar({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}),
            "explicit_deny",
        ),
        row(
            "missing text, negated, if it exists",
            bar({"StringNotEqualsIfExists": {TEAM: "data"}}),
            "explicit_deny",
        ),
    ),
    rule(
        "With IfExists a key that is there is compared",
        OPERATORS,
        row("it exists and fits", gate({"StringLikeIfExists": {TEAM: "d*"}}, **{TEAM: "data"}), "allowed"),
        row(
            "it exists and does not fit",
            gate({"StringLikeIfExists": {TEAM: "d*"}}, **{TEAM: "ops"}),
            "implicit_deny",
        ),
        row(
            "another condition beside it fails",
            gate({"StringEqualsIfExists": {TEAM: "data"}, "StringEquals": {"aws:PrincipalOrgID": ORG}}),
            "implicit_deny",
        ),
    ),
    rule(
        "Null asks whether a key is there",
        OPERATORS,
        row("true, and it is missing", gate({"Null": {"aws:TokenIssueTime": "true"}}), "allowed"),
        row(
            "true, and it is there",
            gate({"Null": {"aws:TokenIssueTime": "true"}}, aws_TokenIssueTime="2026-01-01T00:00:00Z"),
            "implicit_deny",
        ),
        row(
            "false, and it is there",
            bar({"Null": {"kms:ViaService": "false"}}, kms_ViaService="s3.eu-west-1.amazonaws.com"),
            "explicit_deny",
        ),
    ),
    rule(
        "ForAnyValue asks for one value that fits",
        SETS,
        row("one of two fits", tags("ForAnyValue:StringEquals", "team", "cost"), "allowed"),
        row("neither fits", tags("ForAnyValue:StringEquals", "cost", "owner"), "implicit_deny"),
        row(
            "there is none that could",
            tags("ForAnyValue:StringEquals"),
            "implicit_deny",
            blocked_by=["resource"],
        ),
    ),
    rule(
        "ForAllValues asks for every value to fit",
        SETS,
        row("all fit", tags("ForAllValues:StringEquals", "team", "stage"), "allowed"),
        row("one of them does not", tags("ForAllValues:StringEquals", "team", "cost"), "implicit_deny"),
        row("there is none that could not", tags("ForAllValues:StringEquals"), "allowed"),
    ),
    rule(
        "ForAnyValue, negated: one value that does not fit",
        SETS,
        row("one is another", tags("ForAnyValue:StringNotEquals", "team", "cost"), "allowed"),
        row("none is another", tags("ForAnyValue:StringNotEquals", "team", "stage"), "implicit_deny"),
        row("there is none, negated", tags("ForAnyValue:StringNotEquals"), "implicit_deny"),
    ),
    rule(
        "ForAllValues, negated: no value that fits",
        SETS,
        row("no value fits", tags("ForAllValues:StringNotEquals", "cost", "owner"), "allowed"),
        row("one value fits", tags("ForAllValues:StringNotEquals", "cost", "team"), "implicit_deny"),
        row("there is no value, negated", tags("ForAllValues:StringNotEquals"), "allowed"),
    ),
    rule(
        "An empty text is no value, for sets of values",
        IAM + "reference_policies_multi-value-conditions.html",
        row(
            "for all values",
            tags("ForAllValues:StringEquals", ""),
            "allowed",
        ),
        row(
            "for any value",
            tags("ForAnyValue:StringLike", "", values=["*"]),
            "implicit_deny",
        ),
    ),
    rule(
        "Sets of values go with patterns and ARNs",
        SETS,
        row(
            "any value by pattern",
            tags("ForAnyValue:StringLike", "team:a", "cost", values=["team:*"]),
            "allowed",
        ),
        row(
            "all values by pattern",
            tags("ForAllValues:StringLike", "team:a", "cost", values=["team:*"]),
            "implicit_deny",
        ),
        row(
            "any value as ARN",
            gate(
                {"ForAnyValue:ArnLike": {"example:Arns": f"arn:aws:kms:*:{A}:key/*"}},
                example_Arns=[BUCKET, KEY],
            ),
            "allowed",
        ),
    ),
    rule(
        "What IfExists means for a set of values that is missing",
        SETS,
        row("for all of them it is true either way", tags("ForAllValues:StringEqualsIfExists"), "allowed"),
        row(
            "for any of them AWS does not say",
            tags("ForAnyValue:StringEqualsIfExists"),
            "conditional",
            depends_on={"resource": [TAGS]},
        ),
        row("for any of them there is a value", tags("ForAnyValue:StringEqualsIfExists", "team"), "allowed"),
    ),
    rule(
        "Several values need a set operator: AWS does not say what others make of them",
        SETS,
        row(
            "several values, to allow",
            tags("StringEquals", "team", "cost"),
            "conditional",
            depends_on={"resource": [TAGS]},
        ),
        row(
            "several values, to deny",
            bar({"StringEquals": {TAGS: "team"}}, **{TAGS: ["team", "cost"]}),
            "conditional",
            depends_on={"resource": [TAGS]},
        ),
        row("one value in a list", tags("StringEquals", "team"), "allowed"),
    ),
    rule(
        "IfExists goes with every operator but Null",
        OPERATORS,
        row("Null with IfExists", gate({"NullIfExists": {TEAM: "true"}}), "invalid", error="NullIfExists"),
        row("numbers with IfExists", gate({"NumericLessThanIfExists": {"s3:max-keys": "10"}}), "allowed"),
    ),
]
