import pytest

from collector.policy.context import Context, PartlyKnown
from collector.policy.decision import decide
from collector.policy.document import parse
from collector.policy.evaluate import Policies, Request
from collector.policy.grammar import Where
from collector.policy.grants import grant
from collector.policy.principal import principal

A, B = "111122223333", "444455556666"
ROLE = f"arn:aws:iam::{A}:role/app"
KEY = f"arn:aws:kms:eu-west-1:{A}:key/1234abcd"
FOREIGN = KEY.replace(A, B)
ALL = {"Sid": "All", "Effect": "Allow", "Action": "*", "Resource": "*"}
NO_DELETE = {"Sid": "NoDelete", "Effect": "Deny", "Action": "*", "Resource": "*"}
MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
DELEGATED = {**ALL, "Sid": "Account", "Principal": {"AWS": A}}


def document(*statements, where=Where.IDENTITY):
    return parse({"Version": "2012-10-17", "Statement": list(statements)}, where)


def decided(what=KEY, /, unknown=(), known=None, who=ROLE, **policies):
    owner = what.split(":")[4]
    asked = Request(principal(who), "kms:decrypt", what, owner, Context.of(known or {}, unknown))
    return decide(asked, Policies(**policies))


def identity(*statements):
    return {"identity": (document(*statements),)}


def key_policy(*statements):
    return {"resource": (document(*statements, where=Where.RESOURCE),)}


def test_an_allowed_request_has_its_evidence():
    found = decided(**identity(ALL), **key_policy(DELEGATED))
    assert found.outcome == "allowed" and found.blocked_by == found.conditions == []
    assert found.evidence == [
        {"leg": "identity", "policy": 0, "statement": "All", "effect": "Allow"},
        {"leg": "resource", "policy": 0, "statement": "Account", "effect": "Allow"},
    ]


def test_a_denied_request_tells_every_leg_that_denies():
    levels = ((document(ALL),), (document(ALL), document({**NO_DELETE, "Sid": ""})))
    found = decided(**identity(ALL, NO_DELETE), **key_policy(DELEGATED), scps=levels)
    assert found.outcome == "explicit_deny" and found.blocked_by == ["identity", "scp"]
    denying = [entry for entry in found.evidence if entry["effect"] == "Deny"]
    assert denying == [
        {"leg": "identity", "policy": 0, "statement": "NoDelete", "effect": "Deny"},
        {"leg": "scp", "level": 1, "policy": 1, "statement": 0, "effect": "Deny"},
    ]


@pytest.mark.parametrize(
    ("given", "resource", "blocked"),
    [
        ({}, KEY, ["resource"]),
        (key_policy(DELEGATED), KEY, ["identity"]),
        (identity(ALL), KEY, ["resource"]),
        (identity(ALL), FOREIGN, ["resource"]),
        ({}, FOREIGN, ["identity", "resource"]),
        ({**identity(ALL), **key_policy(DELEGATED), "boundary": document()}, KEY, ["boundary"]),
        ({**identity(ALL), **key_policy(DELEGATED), "scps": ((),)}, KEY, ["scp"]),
        ({**identity(ALL), "session": document(), "scps": ((),)}, FOREIGN, ["resource", "session", "scp"]),
    ],
)
def test_what_blocks_where_nothing_denies(given, resource, blocked):
    found = decided(resource, **given)
    assert (found.outcome, found.blocked_by) == ("implicit_deny", blocked)


def test_a_conditional_one_tells_what_it_depends_on():
    unknown = ["aws:MultiFactorAuthPresent"]
    found = decided(
        unknown=unknown, **identity(ALL, {**NO_DELETE, "Condition": MFA}), **key_policy(DELEGATED)
    )
    assert found.outcome == "conditional" and found.blocked_by == []
    assert found.conditions == [
        {
            "leg": "identity",
            "policy": 0,
            "statement": "NoDelete",
            "operator": "Bool",
            "key": "aws:MultiFactorAuthPresent",
            "values": ["true"],
            "reason": "aws:multifactorauthpresent: not known",
        }
    ]


def test_what_would_allow_beside_a_certain_allow_is_not_told():
    unknown = ["aws:MultiFactorAuthPresent"]
    open_ = {**ALL, "Sid": "Mfa", "Condition": MFA}
    found = decided(unknown=unknown, **identity(ALL, open_), **key_policy(DELEGATED))
    assert found.outcome == "allowed" and found.conditions == []


def test_a_key_that_is_not_known_in_a_resource():
    home = {**ALL, "Resource": "arn:aws:kms:*:*:key/${aws:userid}"}
    found = decided(unknown=["aws:userid"], **identity(home), **key_policy(DELEGATED))
    assert [entry["reason"] for entry in found.conditions] == ["aws:userid: not known, in the resource"]


def test_what_aws_does_not_say():
    several = {**ALL, "Condition": {"StringEquals": {"aws:TagKeys": "a"}}}
    found = decided(known={"aws:TagKeys": ["a", "b"]}, **identity(several), **key_policy(DELEGATED))
    (entry,) = found.conditions
    assert entry["reason"] == "AWS does not say what StringEquals makes of this"


def test_a_condition_that_cannot_be_understood():
    odd = {**ALL, "Condition": {"StringEqual": {"aws:a": "x"}}}
    found = decided(**identity(odd), **key_policy(DELEGATED))
    (entry,) = found.conditions
    assert found.outcome == "conditional" and "StringEqual.aws:a" in entry["reason"]


def test_a_session_that_a_role_may_be():
    session = {**ALL, "Principal": {"AWS": f"arn:aws:sts::{A}:assumed-role/app/ann"}}
    found = decided(**key_policy(session))
    assert [entry["reason"] for entry in found.conditions] == ["whether it names this principal is not known"]


def test_a_session_that_a_role_may_be_beside_its_account():
    both = {**DELEGATED, "Principal": {"AWS": [A, f"arn:aws:sts::{A}:assumed-role/app/ann"]}}
    found = decided(**key_policy(both))
    assert found.outcome == "conditional"
    assert [(entry["leg"], entry["reason"]) for entry in found.conditions] == [
        ("resource", "whether it names this principal is not known")
    ]
    assert found.evidence == [{"leg": "resource", "policy": 0, "statement": "Account", "effect": "Allow"}]


def test_an_open_deny_is_told_where_nothing_else_in_its_leg_speaks():
    unknown = ["aws:MultiFactorAuthPresent"]
    role = {**ALL, "Principal": {"AWS": ROLE}}
    found = decided(unknown=unknown, **identity({**NO_DELETE, "Condition": MFA}), **key_policy(role))
    assert found.outcome == "conditional"
    assert [(entry["leg"], entry["statement"]) for entry in found.conditions] == [("identity", "NoDelete")]


def test_conditions_are_told_as_the_resource_sees_them():
    team = {"StringEquals": {"aws:ResourceTag/team": "a"}}
    given = key_policy({**DELEGATED, "Condition": team}, {**DELEGATED, "Condition": MFA})
    asked = Request(
        principal(ROLE), "kms:decrypt", KEY, A, Context.of({"aws:ResourceTag/team": "a"}), PartlyKnown()
    )
    found = decide(asked, Policies(**identity(ALL), **given))
    assert [entry["key"] for entry in found.conditions] == [
        "aws:ResourceTag/team",
        "aws:MultiFactorAuthPresent",
    ]


def test_grants_are_evidence():
    given = (grant({"GrantId": "g", "GranteePrincipal": ROLE, "Operations": ["Decrypt"]}),)
    found = decided(**key_policy(), grants=given)
    assert found.evidence == [{"leg": "grant", "grant": "g", "effect": "Allow"}]
    limited = decided(**key_policy(), grants=given, boundary=document())
    assert limited.outcome == "conditional"
    assert [entry["leg"] for entry in limited.conditions] == ["grant"]
