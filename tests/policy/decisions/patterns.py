"""Actions and resources: wildcards, case, short ARNs, and what is left out."""

from tests.policy.decisions.table import (
    BUCKET,
    IAM,
    OBJECT,
    ROLE,
    SESSION,
    A,
    B,
    allow,
    ask,
    deny,
    read,
    read_of_b,
    row,
    rule,
    use,
)

ACTION = IAM + "reference_policies_elements_action.html"
NOT_ACTION = IAM + "reference_policies_elements_notaction.html"
NOT_RESOURCE = IAM + "reference_policies_elements_notresource.html"
RESOURCE = IAM + "reference_policies_elements_resource.html"
ARNS = IAM + "reference-arns.html"
LOGS = f"arn:aws:logs:eu-west-1:{A}:log-group:app:log-stream:1"


def reads(*actions, action="s3:GetObject"):
    return read_of_b(action=action, identity=[allow(list(actions))], policy=[allow("s3:*", who=A)])


def at(*resources, path=OBJECT):
    return read_of_b(path=path, identity=[allow("s3:*", list(resources))], policy=[allow("s3:*", who=A)])


def key(*resources):
    return use(identity=[allow("kms:*", list(resources))], policy=[allow("kms:*", who=A)])


RULES = [
    rule(
        "Actions have no case",
        ACTION,
        row("another case in an identity policy", reads("S3:getOBJECT"), "allowed"),
        row(
            "another case in a key policy",
            use(identity=[allow()], policy=[allow("KMS:decrypt", who=A)]),
            "allowed",
        ),
        row(
            "another case in a deny",
            use(identity=[allow()], policy=[allow("kms:*", who=A)], scps=[[allow(), deny("kms:DECRYPT")]]),
            "explicit_deny",
        ),
    ),
    rule(
        "Actions have wildcards",
        ACTION,
        row("a star at the end of the action", reads("s3:Get*"), "allowed"),
        row("a star at its beginning and a question mark", reads("s3:*Objec?"), "allowed"),
        row("a star in the service's place", reads("*"), "allowed"),
    ),
    rule(
        "A pattern of actions covers what it says",
        ACTION,
        row(
            "an action with a longer name",
            reads("s3:GetObject", action="s3:GetObjectVersion"),
            "implicit_deny",
            blocked_by=["identity"],
        ),
        row(
            "an action of another service",
            reads("kms:*", "ec2:Get*"),
            "implicit_deny",
            blocked_by=["identity"],
        ),
        row(
            "one character that is not there",
            reads("s3:GetObject?"),
            "implicit_deny",
            blocked_by=["identity"],
        ),
    ),
    rule(
        "NotAction is every action but these",
        NOT_ACTION,
        row(
            "an action beside them, to allow",
            read_of_b(identity=[allow(NotAction="iam:*")], policy=[allow(who=A)]),
            "allowed",
        ),
        row(
            "one of them, to allow",
            read_of_b(identity=[allow(NotAction=["iam:*", "s3:*"])], policy=[allow(who=A)]),
            "implicit_deny",
            blocked_by=["identity"],
        ),
        row(
            "an action beside them, to deny",
            use(identity=[allow()], policy=[allow("kms:*", who=A), deny(who="*", NotAction="kms:Describe*")]),
            "explicit_deny",
            blocked_by=["resource"],
        ),
    ),
    rule(
        "NotResource is every resource but these",
        NOT_RESOURCE,
        row(
            "a resource beside them, to allow",
            read_of_b(identity=[allow("s3:*", NotResource="arn:aws:s3:::hr/*")], policy=[allow(who=A)]),
            "allowed",
        ),
        row(
            "one of them, to deny",
            read_of_b(
                identity=[allow(), deny("s3:*", NotResource=[BUCKET, f"{BUCKET}/*"])], policy=[allow(who=A)]
            ),
            "allowed",
        ),
        row(
            "a resource beside them, to deny",
            read_of_b(
                identity=[allow(), deny("s3:*", NotResource="arn:aws:s3:::hr/*")], policy=[allow(who=A)]
            ),
            "explicit_deny",
            blocked_by=["identity"],
        ),
    ),
    rule(
        "Resources have case",
        RESOURCE,
        row(
            "another case of the object", at(f"{BUCKET}/Reports/*"), "implicit_deny", blocked_by=["identity"]
        ),
        row(
            "another case of the bucket", at("arn:aws:s3:::Data/*"), "implicit_deny", blocked_by=["identity"]
        ),
        row("the case of the object", at(f"{BUCKET}/reports/*"), "allowed"),
    ),
    rule(
        "Resources have wildcards, and a star covers slashes",
        RESOURCE,
        row("a star across folders", at(f"{BUCKET}/*.csv"), "allowed"),
        row("a star within the bucket's name", at("arn:aws:s3:::da*/reports/*"), "allowed"),
        row("question marks, one too few", at(f"{BUCKET}/reports/???.csv"), "implicit_deny"),
    ),
    rule(
        "Of several resources one must match",
        RESOURCE,
        row("the second of the resources", at("arn:aws:s3:::logs/*", OBJECT), "allowed"),
        row("none of the resources", at("arn:aws:s3:::logs/*", BUCKET), "implicit_deny"),
        row("a bucket whose name goes on", at("arn:aws:s3:::dat/*"), "implicit_deny"),
    ),
    rule(
        "Identity policies may leave out the end of an ARN",
        ARNS,
        row("all of S3", at("arn:aws:s3"), "allowed"),
        row("all keys of a Region", key("arn:aws:kms:eu-west-1"), "allowed"),
        row(
            "all keys of another Region",
            key("arn:aws:kms:us-east-1"),
            "implicit_deny",
            blocked_by=["identity"],
        ),
    ),
    rule(
        "Boundaries may leave it out too, session policies may not",
        ARNS,
        row("in a boundary", read(identity=[allow()], boundary=[allow("s3:*", "arn:aws:s3")]), "allowed"),
        row(
            "in a session policy",
            read(SESSION, identity=[allow()], session=[allow("s3:*", "arn:aws:s3")]),
            "invalid",
            error="session_policy.Statement[0].Resource",
        ),
    ),
    rule(
        "A star covers none of the first five colons",
        RESOURCE,
        row(
            "one star for Region and account",
            key("arn:aws:kms:*:key/*"),
            "implicit_deny",
            blocked_by=["identity"],
        ),
        row("a star each", key("arn:aws:kms:*:*:key/*"), "allowed"),
        row(
            "the account's place empty", key("arn:aws:kms:*::key/*"), "implicit_deny", blocked_by=["identity"]
        ),
    ),
    rule(
        "Colons behind the fifth belong to the resource",
        ARNS,
        row(
            "an object with colons in its name",
            at(f"{BUCKET}/*", path=f"{BUCKET}/2026-01-01T00:00:00.csv"),
            "allowed",
        ),
        row(
            "a pattern with colons",
            at(f"{BUCKET}/*:00:*", path=f"{BUCKET}/2026-01-01T00:00:00.csv"),
            "allowed",
        ),
        row(
            "a log stream of a log group",
            ask(
                "logs:GetLogEvents",
                LOGS,
                identity=[allow("logs:*", f"arn:aws:logs:*:{A}:log-group:app:*")],
                scps=[[allow()]],
            ),
            "allowed",
        ),
    ),
    rule(
        "The first five parts are compared as they are",
        ARNS,
        row("another partition", at("arn:aws-cn:s3:::data/*"), "implicit_deny", blocked_by=["identity"]),
        row(
            "another account's keys",
            key(f"arn:aws:kms:eu-west-1:{B}:key/*"),
            "implicit_deny",
            blocked_by=["identity"],
        ),
        row("a Region by pattern", key(f"arn:aws:kms:eu-*-1:{A}:key/*"), "allowed"),
    ),
    rule(
        "One statement needs no list, and a list may have one",
        IAM + "reference_policies_grammar.html",
        row(
            "one statement, not in a list",
            read_of_b(
                identity={"Version": "2012-10-17", "Statement": allow()},
                policy={"Version": "2012-10-17", "Statement": allow(who=[ROLE])},
            ),
            "allowed",
        ),
        row(
            "action and resource in lists of one",
            read_of_b(identity=[allow(["s3:GetObject"], [OBJECT])], policy=[allow(["s3:*"], ["*"], who=[A])]),
            "allowed",
        ),
    ),
]
