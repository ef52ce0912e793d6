"""Condition operators on keys that are in the request."""

from tests.policy.decisions.table import BUCKET, IAM, A, allow, bar, gate, read_of_b, row, rule

OPERATORS = IAM + "reference_policies_elements_condition_operators.html"
LOGIC = IAM + "reference_policies_condition-logic-multiple-context-keys-or-values.html"
TEAM = "aws:PrincipalTag/team"
TYPE = "aws:PrincipalType"
IP = "aws:SourceIp"
NOW = "aws:CurrentTime"
SOURCE = "aws:SourceArn"
ACROSS_COLONS = "arn:aws:someservice:*:111122223333:finance/*"
WITH_COLONS = "arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt"


def team(operator, *values, is_="data"):
    return gate({operator: {TEAM: list(values)}}, **{TEAM: is_})


def keys(operator, value, count):
    """Listing another account's bucket with so many keys at most."""
    return read_of_b(
        action="s3:ListBucket",
        path=BUCKET,
        identity=[allow("s3:ListBucket", when={operator: {"s3:max-keys": value}})],
        policy=[allow("s3:ListBucket", who=A)],
        context={"s3:max-keys": count},
    )


def address(operator, value, is_):
    return gate({operator: {IP: value}}, **{IP: is_})


def at(operator, value, now):
    return bar({operator: {NOW: value}}, **{NOW: now})


def source(operator, value, is_):
    return gate({operator: {SOURCE: value}}, **{SOURCE: is_})


RULES = [
    rule(
        "All operators and all keys of a condition must hold",
        LOGIC,
        row(
            "both operators",
            gate(
                {"StringEquals": {TEAM: "data"}, "Bool": {"aws:SecureTransport": "true"}},
                **{TEAM: "data", "aws:SecureTransport": True},
            ),
            "allowed",
        ),
        row(
            "one of two operators",
            gate(
                {"StringEquals": {TEAM: "data"}, "Bool": {"aws:SecureTransport": "true"}},
                **{TEAM: "data", "aws:SecureTransport": False},
            ),
            "implicit_deny",
            blocked_by=["resource"],
        ),
        row(
            "one of two keys",
            bar({"StringEquals": {TEAM: "data", TYPE: "User"}}, **{TEAM: "data", TYPE: "AssumedRole"}),
            "allowed",
        ),
    ),
    rule(
        "Of several values one must fit",
        LOGIC,
        row("the last of the values", team("StringEquals", "ops", "data"), "allowed"),
        row("none of the values", team("StringEquals", "ops", "hr"), "implicit_deny"),
        row("a pattern among the values", team("StringLike", "ops", "da*"), "allowed"),
    ),
    rule(
        "Of several values none may fit, where the operator is negated",
        LOGIC,
        row("one of them fits", team("StringNotEquals", "ops", "data"), "implicit_deny"),
        row("none of them fits", team("StringNotEquals", "ops", "hr"), "allowed"),
        row(
            "a deny for all but these teams",
            bar({"StringNotLike": {TEAM: ["ops", "d?ta"]}}, **{TEAM: "data"}),
            "allowed",
        ),
    ),
    rule(
        "StringEquals minds case and has no wildcards",
        OPERATORS,
        row("equal text", team("StringEquals", "data"), "allowed"),
        row("another case of the text", team("StringEquals", "Data"), "implicit_deny"),
        row("a star for StringEquals", team("StringEquals", "da*"), "implicit_deny"),
    ),
    rule(
        "StringEqualsIgnoreCase does not mind case",
        OPERATORS,
        row("any case", team("StringEqualsIgnoreCase", "DATA"), "allowed"),
        row("any case, negated", team("StringNotEqualsIgnoreCase", "DATA"), "implicit_deny"),
        row("any case, no wildcards", team("StringEqualsIgnoreCase", "DA*"), "implicit_deny"),
    ),
    rule(
        "StringLike has wildcards and minds case",
        OPERATORS,
        row("a question mark for one character", team("StringLike", "d?t?"), "allowed"),
        row("a star for no character", team("StringLike", "data*"), "allowed"),
        row("a pattern of another case", team("StringLike", "D*"), "implicit_deny"),
    ),
    rule(
        "Numbers are compared as numbers",
        OPERATORS,
        row("less, though not as text", keys("NumericLessThan", "10", 9), "allowed"),
        row("at most", keys("NumericLessThanEquals", "10", 10), "allowed"),
        row("equal, with a fraction of nothing", keys("NumericEquals", "10.0", 10), "allowed"),
    ),
    rule(
        "Numbers that do not fit",
        OPERATORS,
        row(
            "more than allowed",
            keys("NumericLessThanEquals", "10", 11),
            "implicit_deny",
            blocked_by=["identity"],
        ),
        row("not more than", keys("NumericGreaterThan", "10", 10), "implicit_deny"),
        row("not other than", keys("NumericNotEquals", "10", 10), "implicit_deny"),
    ),
    rule(
        "Dates are points in time, however they are written",
        OPERATORS,
        row(
            "before the end", at("DateGreaterThan", "2026-07-01T00:00:00Z", "2026-06-30T23:59:59Z"), "allowed"
        ),
        row(
            "after the end, in another time zone",
            at("DateGreaterThan", "2026-07-01T00:00:00Z", "2026-07-01T01:59:59+01:00"),
            "explicit_deny",
        ),
        row(
            "the end as seconds since 1970",
            at("DateGreaterThanEquals", "1782864000", "2026-07-01T00:00:00Z"),
            "explicit_deny",
            evidence=[("resource", "Bar")],
        ),
    ),
    rule(
        "Dates may be less precise",
        OPERATORS,
        row("a day", at("DateGreaterThanEquals", "2026-07-01", "2026-07-01T00:00:00Z"), "explicit_deny"),
        row("minutes", at("DateLessThan", "2026-07-01T00:01Z", "2026-07-01T00:00:59Z"), "explicit_deny"),
        row(
            "a month",
            at("DateGreaterThanEquals", "2026-07", "2026-07-01T00:00:00Z"),
            "explicit_deny",
        ),
    ),
    rule(
        "Bool compares with true or false, as text or not",
        OPERATORS,
        row(
            "true as text",
            gate({"Bool": {"aws:SecureTransport": "true"}}, aws_SecureTransport="true"),
            "allowed",
        ),
        row(
            "false as a value of JSON",
            bar({"Bool": {"aws:SecureTransport": False}}, aws_SecureTransport=False),
            "explicit_deny",
        ),
        row(
            "true is not false",
            bar({"Bool": {"aws:SecureTransport": "false"}}, aws_SecureTransport=True),
            "allowed",
        ),
    ),
    rule(
        "BinaryEquals compares what base64 stands for, byte by byte",
        OPERATORS,
        row(
            "equal bytes",
            gate(
                {"BinaryEquals": {"example:digest": "QmluYXJ5VmFsdWVJbkJhc2U2NA=="}},
                example_digest="QmluYXJ5VmFsdWVJbkJhc2U2NA==",
            ),
            "allowed",
        ),
        row(
            "other bytes",
            gate(
                {"BinaryEquals": {"example:digest": "QmluYXJ5VmFsdWVJbkJhc2U2NA=="}},
                example_digest="QmluYXJ5VmFsdWVJbkJhc2U2NB==",
            ),
            "implicit_deny",
        ),
    ),
    rule(
        "Addresses are in a range, or are the one",
        OPERATORS,
        row("in a range of IPv4", address("IpAddress", "203.0.113.0/24", "203.0.113.77"), "allowed"),
        row(
            "the one address without a prefix", address("IpAddress", "203.0.113.7", "203.0.113.7"), "allowed"
        ),
        row("beside the one address", address("IpAddress", "203.0.113.7", "203.0.113.8"), "implicit_deny"),
    ),
    rule(
        "Addresses of both kinds may stand side by side",
        OPERATORS,
        row(
            "in a range of IPv6",
            address("IpAddress", ["203.0.113.0/24", "2001:DB8:1234:5678::/64"], "2001:db8:1234:5678::1"),
            "allowed",
        ),
        row(
            "outside both ranges",
            address("IpAddress", ["203.0.113.0/24", "2001:DB8:1234:5678::/64"], "2001:db8:1234:5679::1"),
            "implicit_deny",
        ),
        row(
            "inside one that is left out",
            address("NotIpAddress", ["203.0.113.0/24", "2001:DB8:1234:5678::/64"], "203.0.113.1"),
            "implicit_deny",
        ),
    ),
    rule(
        "ArnEquals and ArnLike are the same, with wildcards in each part",
        OPERATORS,
        row(
            "ArnEquals with a star",
            source("ArnEquals", "arn:aws:sns:*:111122223333:t*", "arn:aws:sns:eu-west-1:111122223333:topic"),
            "allowed",
        ),
        row(
            "ArnLike with a question mark",
            source(
                "ArnLike",
                "arn:aws:sns:eu-west-?:111122223333:topic",
                "arn:aws:sns:eu-west-1:111122223333:topic",
            ),
            "allowed",
        ),
        row(
            "another case of an ARN",
            source(
                "ArnEquals", "arn:aws:sns:*:111122223333:Topic", "arn:aws:sns:eu-west-1:111122223333:topic"
            ),
            "implicit_deny",
        ),
    ),
    rule(
        "The parts of ARNs are compared one by one, those of text are not",
        OPERATORS,
        row(
            "a star of ArnLike covers no colon",
            source("ArnLike", ACROSS_COLONS, WITH_COLONS),
            "implicit_deny",
        ),
        row(
            "a star of StringLike covers colons", source("StringLike", ACROSS_COLONS, WITH_COLONS), "allowed"
        ),
        row(
            "ArnNotLike is the opposite of ArnLike",
            source("ArnNotLike", ACROSS_COLONS, WITH_COLONS),
            "allowed",
        ),
    ),
]
