"""What allows a request, by the tables of AWS: within an account and across, for S3, keys and roles."""

import pytest

from collector.policy.context import Context
from collector.policy.decision import decide
from collector.policy.document import parse
from collector.policy.evaluate import Policies, Request, evaluate
from collector.policy.grammar import Where
from collector.policy.grants import grant
from collector.policy.leg import Verdict
from collector.policy.principal import principal

A, B = "111122223333", "444455556666"
ROLE = f"arn:aws:iam::{A}:role/app"
SESSION = f"arn:aws:sts::{A}:assumed-role/app/ann"
USER = f"arn:aws:iam::{A}:user/ann"
ROOT = f"arn:aws:iam::{A}:root"
LINKED = f"arn:aws:iam::{A}:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX"
OBJECT = ("s3:GetObject", "arn:aws:s3:::data/k")
KEY = ("kms:Decrypt", "arn:aws:kms:eu-west-1:{}:key/1234abcd")
ALLOW = {"Effect": "Allow", "Action": "*", "Resource": "*"}
DENY = {**ALLOW, "Effect": "Deny"}
OTHER = {**ALLOW, "Action": "ec2:*"}
GRANT = {"GrantId": "g", "GranteePrincipal": ROLE, "Operations": ["Decrypt", "Encrypt"]}


def document(*statements, where=Where.IDENTITY):
    found = parse({"Version": "2012-10-17", "Statement": list(statements)}, where)
    assert not found.problems
    return found


def named(*who, **elements):
    """A statement of a resource policy."""
    return {**ALLOW, "Principal": "*" if who == ("*",) else {"AWS": list(who)}, **elements}


def policies(
    identity=(), boundary=None, session=None, resource=None, scps=(), rcps=(), grants=None, unread=()
):
    return Policies(
        identity=(document(*identity),),
        boundary=boundary and document(boundary),
        session=session and document(session),
        resource=None if resource is None else (document(*resource, where=Where.RESOURCE),),
        scps=tuple(tuple(document(each) for each in level) for level in scps),
        rcps=tuple(tuple(document(each, where=Where.RCP) for each in level) for level in rcps),
        grants=None if grants is None else tuple(map(grant, grants)),
        unread=frozenset(unread),
    )


def request(who, what, owner, context=None):
    action, resource = what
    where = resource.format(owner)
    return Request(principal(who), action.lower(), where, owner, Context.of(context or {}))


def outcome(what, who=ROLE, owner=A, context=None, **given):
    return decide(request(who, what, owner, context), policies(**given)).outcome.value


def test_an_object_within_its_account():
    assert outcome(OBJECT, identity=[ALLOW]) == "allowed"
    assert outcome(OBJECT, identity=[OTHER]) == "implicit_deny"
    assert outcome(OBJECT, resource=[named(ROLE)]) == "allowed"
    assert outcome(OBJECT, resource=[named(A)]) == "implicit_deny"
    assert outcome(OBJECT, resource=[named(B)], identity=[ALLOW]) == "allowed"


def test_a_key_within_its_account():
    assert outcome(KEY, identity=[ALLOW]) == "implicit_deny"
    assert outcome(KEY, identity=[ALLOW], resource=[named(B)]) == "implicit_deny"
    assert outcome(KEY, identity=[ALLOW], resource=[named(A)]) == "allowed"
    assert outcome(KEY, resource=[named(A)]) == "implicit_deny"
    assert outcome(KEY, resource=[named(ROLE)]) == "allowed"
    assert outcome(KEY, resource=[], grants=[GRANT]) == "allowed"
    assert outcome(KEY, resource=[named(A, Action="kms:Encrypt")], identity=[ALLOW]) == "implicit_deny"
    assert outcome(KEY, resource=[named(ROLE)], identity=[DENY]) == "explicit_deny"


def test_a_statement_of_a_key_policy_without_resource_has_no_effect():
    bare = {"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "kms:*"}
    assert outcome(KEY, resource=[bare]) == "implicit_deny"


def test_a_trust_policy_decides_who_assumes_a_role():
    assume = ("sts:AssumeRole", "arn:aws:iam::{}:role/target")
    assert outcome(assume, identity=[ALLOW], resource=[]) == "implicit_deny"
    assert outcome(assume, identity=[ALLOW], resource=[named(A)]) == "allowed"
    assert outcome(assume, resource=[named(ROLE)]) == "allowed"
    assert outcome(assume, owner=B, resource=[named(ROLE)]) == "implicit_deny"


@pytest.mark.parametrize("action", ["iam:GetRole", "iam:PassRole"])
def test_a_trust_policy_decides_nothing_else(action):
    assert outcome((action, "arn:aws:iam::{}:role/target"), identity=[ALLOW]) == "allowed"


@pytest.mark.parametrize("what", [OBJECT, KEY])
@pytest.mark.parametrize("limit", ["boundary", "session"])
@pytest.mark.parametrize(
    ("who", "statement", "limited"),
    [
        (ROLE, named(ROLE), True),
        (SESSION, named(ROLE), True),
        (SESSION, named(SESSION), False),
        (USER, named(USER), False),
        (ROLE, named("*"), False),
        (ROLE, named("*", Condition={"ArnEquals": {"aws:PrincipalArn": ROLE}}), False),
    ],
)
def test_what_boundary_and_session_policy_limit(what, limit, who, statement, limited):
    context = {"aws:PrincipalArn": ROLE}
    found = outcome(what, who, context=context, resource=[statement], **{limit: OTHER})
    assert found == ("implicit_deny" if limited else "allowed")
    denied = outcome(what, who, context=context, resource=[statement], **{limit: DENY})
    assert denied == "explicit_deny"
    assert outcome(what, who, context=context, resource=[named(A)], identity=[ALLOW], **{limit: OTHER}) == (
        "implicit_deny"
    )


def test_a_role_that_may_be_the_session_which_nothing_limits():
    statements = [named(A), named(SESSION)]
    assert outcome(KEY, resource=statements) == "conditional"
    assert outcome(KEY, resource=[named(A, SESSION)]) == "conditional"


@pytest.mark.parametrize("what", [OBJECT, KEY])
def test_across_accounts_both_sides_must_allow(what):
    assert outcome(what, owner=B, identity=[ALLOW]) == "implicit_deny"
    for who in (A, ROLE, "*"):
        assert outcome(what, owner=B, resource=[named(who)]) == "implicit_deny"
        assert outcome(what, owner=B, resource=[named(who)], identity=[ALLOW]) == "allowed"
        limited = outcome(what, owner=B, resource=[named(who)], identity=[ALLOW], boundary=OTHER)
        assert limited == "implicit_deny"
    assert outcome(what, owner=B, resource=[named(B)], identity=[ALLOW]) == "implicit_deny"


def test_keys_of_other_accounts_serve_for_some_operations_only():
    for action, expected in (("kms:DescribeKey", "allowed"), ("kms:GetKeyPolicy", "implicit_deny")):
        found = decide(request(ROLE, (action, KEY[1]), B), policies(resource=[named(A)], identity=[ALLOW]))
        assert found.outcome.value == expected
    assert found.legs.resource.reasons == ["kms:getkeypolicy has no effect on keys of other accounts"]
    denied = outcome(("kms:GetKeyPolicy", KEY[1]), owner=B, resource=[{**named(A), "Effect": "Deny"}])
    assert denied == "explicit_deny"


def test_grants_across_accounts():
    assert outcome(KEY, owner=B, resource=[], grants=[GRANT]) == "allowed"
    assert outcome(KEY, owner=B, resource=[], grants=[{**GRANT, "GranteePrincipal": ROOT}]) == "conditional"
    assert outcome(KEY, owner=B, resource=[], grants=[GRANT], scps=[[OTHER]]) == "implicit_deny"
    assert outcome(KEY, owner=B, resource=[], grants=[GRANT], boundary=OTHER) == "conditional"
    assert outcome(KEY, owner=B, resource=[], grants=[GRANT], identity=[DENY]) == "explicit_deny"
    assert outcome(OBJECT, owner=B, resource=[], grants=[GRANT], identity=[ALLOW]) == "implicit_deny"


def test_service_control_policies():
    own = {"identity": [ALLOW], "resource": [named(ROLE)]}
    assert outcome(OBJECT, **own, scps=[[ALLOW], [ALLOW]]) == "allowed"
    assert outcome(OBJECT, **own, scps=[[ALLOW], [OTHER]]) == "implicit_deny"
    assert outcome(OBJECT, **own, scps=[[ALLOW], []]) == "implicit_deny"
    assert outcome(OBJECT, **own, scps=[[ALLOW, DENY]]) == "explicit_deny"
    linked = outcome(OBJECT, LINKED, identity=[ALLOW], scps=[[DENY]], rcps=[[named("*", Effect="Deny")]])
    assert linked == "allowed"
    assert outcome(OBJECT, "s3.amazonaws.com", resource=[named("*")], scps=[[DENY]]) == "allowed"


def test_resource_control_policies():
    deny = [[named("*", Effect="Deny")]]
    assert outcome(OBJECT, identity=[ALLOW], rcps=[[named("*")]]) == "allowed"
    assert outcome(OBJECT, identity=[ALLOW], rcps=deny) == "explicit_deny"
    assert outcome(KEY, owner=B, resource=[], grants=[GRANT], rcps=deny) == "explicit_deny"
    retiring = [{**GRANT, "RetiringPrincipal": ROLE}]
    assert outcome(("kms:RetireGrant", KEY[1]), resource=[], grants=retiring, rcps=deny) == "allowed"
    unlisted = ("braket:GetJob", "arn:aws:braket:eu-west-1:{}:job/x")
    assert outcome(unlisted, identity=[ALLOW], rcps=deny) == "conditional"


def test_the_account_itself():
    assert outcome(OBJECT, ROOT) == "allowed"
    assert outcome(OBJECT, ROOT, resource=[named("*", Effect="Deny")]) == "explicit_deny"
    assert outcome(KEY, ROOT, resource=[]) == "implicit_deny"
    assert outcome(KEY, ROOT, resource=[named(A)]) == "allowed"
    assert outcome(OBJECT, ROOT, scps=[[OTHER]]) == "implicit_deny"


def test_services_and_nobody_known():
    service = {**ALLOW, "Principal": {"Service": "logs.amazonaws.com"}}
    assert outcome(KEY, "logs.amazonaws.com", resource=[service]) == "allowed"
    assert outcome(KEY, "logs.amazonaws.com", resource=[named(A)]) == "implicit_deny"
    assert outcome(OBJECT, "*", resource=[named("*")]) == "allowed"
    assert outcome(OBJECT, "*", resource=[named(A)]) == "implicit_deny"
    assert outcome(KEY, "*", resource=[named("*")]) == "implicit_deny"


def test_every_leg_is_evaluated():
    given = policies([DENY], DENY, DENY, [named("*", Effect="Deny")], [[DENY]], [[named("*", Effect="Deny")]])
    legs = dict(evaluate(request(ROLE, KEY, A), given).named())
    assert legs.pop("grant").verdict is Verdict.NOT_APPLICABLE
    assert {leg.verdict for leg in legs.values()} == {Verdict.DENY}


def test_policies_that_could_not_be_read():
    assert outcome(OBJECT, identity=[ALLOW], unread=["identity"]) == "unknown"
    assert outcome(OBJECT, unread=["resource"]) == "unknown"
    assert outcome(OBJECT, identity=[ALLOW], unread=["scp"]) == "unknown"
    assert outcome(OBJECT, LINKED, identity=[ALLOW], unread=["scp", "rcp"]) == "allowed"
    assert outcome(OBJECT, identity=[DENY], unread=["resource"]) == "explicit_deny"
    assert outcome(OBJECT, identity=[ALLOW], scps=[[OTHER]], unread=["resource"]) == "implicit_deny"


def test_a_resource_policy_may_see_less_of_a_request():
    team = {"Condition": {"StringEquals": {"aws:ResourceTag/team": "a"}}}
    asked = request(ROLE, KEY, A, {"aws:ResourceTag/team": "a"})
    less = Request(*(getattr(asked, name) for name in asked.__slots__[:5]), Context())
    given = policies(resource=[named(ROLE, **team)])
    assert [decide(each, given).outcome.value for each in (asked, less)] == ["allowed", "implicit_deny"]
