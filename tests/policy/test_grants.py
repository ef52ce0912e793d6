import pytest

from collector.policy.context import Context, Perhaps, StartsWith
from collector.policy.grants import by_grants, grant
from collector.policy.leg import Verdict
from collector.policy.principal import principal

ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/app"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/app/ann"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
EMPTY = Context()


def applies(action="kms:decrypt", who=ROLE, context=EMPTY, **members):
    listed = {"GrantId": "g", "GranteePrincipal": ROLE, "Operations": ["Decrypt", "DescribeKey"], **members}
    return grant(listed).applies(action, context, principal(who))


@pytest.mark.parametrize(
    ("grantee", "who", "expected"),
    [
        (ROLE, ROLE, True),
        (ROLE, SESSION, True),
        (SESSION, SESSION, True),
        (SESSION, SESSION + "-2", False),
        (SESSION, ROLE, None),
        (ROOT, ROLE, None),
        (ACCOUNT, ROLE, None),
        (ROOT, ROOT, None),
        (ROLE, ROOT, False),
        ("arn:aws:sts::111122223333:assumed-role/aws:ec2-infrastructure/i-0123", ROLE, False),
        ("AROADELETEDROLE00001", ROLE, False),
        ("s3.amazonaws.com", "s3.amazonaws.com", True),
        ("s3.amazonaws.com", ROLE, False),
        ("AWS Internal", ROLE, False),
        ("*", ROLE, False),
    ],
)
def test_the_grantee(grantee, who, expected):
    assert applies(GranteePrincipal=grantee, who=who) is expected


def test_a_service_as_grantee():
    members = {"GranteePrincipal": None, "GranteeServicePrincipal": "rds.amazonaws.com"}
    assert applies(who="rds.amazonaws.com", **members) is True
    assert applies(**members) is False


def test_operations():
    assert applies("kms:describekey") is True
    assert applies("kms:encrypt") is False
    assert applies("kms:decrypt", Operations=[]) is False


def test_a_grant_may_be_retired_by_its_retiring_principal():
    assert applies("kms:retiregrant", RetiringPrincipal=ROLE, GranteePrincipal=ROOT) is True
    assert applies("kms:retiregrant", RetiringPrincipal=ROOT) is None
    assert applies("kms:retiregrant") is False
    assert applies("kms:retiregrant", Operations=["RetireGrant"]) is True


CONTEXT = "kms:EncryptionContext:"


@pytest.mark.parametrize(
    ("context", "equals", "subset"),
    [
        ({"Team": "a"}, True, True),
        ({"team": "a"}, True, True),
        ({"Team": "A"}, False, False),
        ({"Team": "a", "Env": "prod"}, False, True),
        ({}, False, False),
        ({"Env": "prod"}, False, False),
    ],
)
def test_constraints_on_the_encryption_context(context, equals, subset):
    found = Context.of({CONTEXT + key: value for key, value in context.items()})
    for member, expected in (("EncryptionContextEquals", equals), ("EncryptionContextSubset", subset)):
        constrained = {"Constraints": {member: {"Team": "a"}}}
        assert applies(context=found, **constrained) is expected
        assert applies("kms:describekey", context=found, **constrained) is True


def test_an_encryption_context_that_is_not_known():
    equals = {"Constraints": {"EncryptionContextEquals": {"Team": "a"}}}
    subset = {"Constraints": {"EncryptionContextSubset": {"Team": "a"}}}
    unknown = Context.of({}, [CONTEXT + "Team"])
    assert applies(context=unknown, **equals) is None and applies(context=unknown, **subset) is None
    more = Context.of({CONTEXT + "Team": "a"}, ["kms:EncryptionContextKeys"])
    assert applies(context=more, **equals) is None and applies(context=more, **subset) is True
    beginning = Context({"kms:encryptioncontext:team": (StartsWith("b"),)})
    assert applies(context=beginning, **subset) is False


def test_another_pair_that_is_not_known():
    equals = {"Constraints": {"EncryptionContextEquals": {"Team": "a"}}}
    perhaps = Context.of({CONTEXT + "Team": "a"}, [CONTEXT + "Env"])
    assert applies(context=perhaps, **equals) is None
    perhaps["kms:encryptioncontext:env"] = Perhaps(("b",))
    assert applies(context=perhaps, **equals) is None
    perhaps["kms:encryptioncontext:app"] = ("c",)
    assert applies(context=perhaps, **equals) is False


def test_a_pair_that_may_be_absent():
    equals = {"Constraints": {"EncryptionContextEquals": {"Team": "a"}}}
    for value, expected in (("a", None), ("b", False)):
        context = Context({"kms:encryptioncontext:team": Perhaps((value,))})
        assert applies(context=context, **equals) is expected


def test_the_keys_of_the_context_count_too():
    equals = {"Constraints": {"EncryptionContextEquals": {"Team": "a"}}}
    known = {CONTEXT + "Team": "a", "kms:EncryptionContextKeys": ["Team", "Env"]}
    assert applies(context=Context.of(known), **equals) is False


def test_the_context_that_a_new_grant_will_ask_for_is_not_seen():
    constrained = {"Constraints": {"EncryptionContextSubset": {"Team": "a"}}, "Operations": ["CreateGrant"]}
    assert applies("kms:creategrant", **constrained) is None


def test_a_source_that_only_services_have():
    constrained = {"Constraints": {"SourceArn": "arn:aws:s3:::data"}}
    assert applies(**constrained) is False
    assert applies(context=Context.of({"aws:SourceArn": "arn:aws:s3:::data"}), **constrained) is True
    assert applies(context=Context.of({}, ["aws:SourceArn"]), **constrained) is None


@pytest.mark.parametrize(
    ("members", "named"),
    [
        ({"Operations": "Decrypt"}, "Operations"),
        ({"Operations": [5]}, "Operations"),
        ({"Constraints": ["x"]}, "Constraints"),
        ({"Constraints": {"SourceArn": 5}}, "Constraints.SourceArn"),
        ({"Constraints": {"EncryptionContextEquals": {"a": 5}}}, "Constraints.EncryptionContextEquals"),
        ({"Constraints": {"EncryptionContextSubset": "a"}}, "Constraints.EncryptionContextSubset"),
        ({"GranteePrincipal": 5}, "GranteePrincipal"),
        ({"RetiringPrincipal": ["x"]}, "RetiringPrincipal"),
    ],
)
def test_what_is_no_grant(members, named):
    with pytest.raises(ValueError, match=named):
        grant({"Operations": ["Decrypt"], **members})


@pytest.mark.parametrize("member", ["GranteeServicePrincipal", "RetiringServicePrincipal"])
def test_a_service_is_a_string(member):
    with pytest.raises(ValueError, match=member):
        grant({"Operations": ["Decrypt"], member: ["s3.amazonaws.com"]})


def test_the_leg_of_all_grants():
    certain = grant({"GrantId": "g1", "GranteePrincipal": ROLE, "Operations": ["Decrypt"]})
    perhaps = grant({"GrantId": "g2", "GranteePrincipal": ROOT, "Operations": ["Decrypt"]})
    other = grant({"GrantId": "g3", "GranteePrincipal": ROLE, "Operations": ["Encrypt"]})
    found = by_grants([certain, perhaps, other], "kms:decrypt", EMPTY, principal(ROLE))
    assert (found.verdict, found.grants, found.reasons) == (
        Verdict.ALLOW,
        [("g1", True), ("g2", None)],
        (),
    )
    found = by_grants([perhaps], "kms:decrypt", EMPTY, principal(ROLE))
    assert found.verdict is Verdict.CONDITIONAL and found.reasons
    assert by_grants([], "kms:decrypt", EMPTY, principal(ROLE)).verdict is Verdict.NONE
