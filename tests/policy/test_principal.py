import pytest

from collector.policy.principal import Kind, Named, element, principal

ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/team/app"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/app/ann"
USER = f"arn:aws:iam::{ACCOUNT}:user/ann"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
ROLE_ID = "AROAEXAMPLEEXAMPLE01"


@pytest.mark.parametrize(
    ("text", "kind", "account", "role"),
    [
        (ROOT, Kind.ROOT, ACCOUNT, ""),
        (ROLE, Kind.ROLE, ACCOUNT, "app"),
        (SESSION, Kind.SESSION, ACCOUNT, "app"),
        (USER, Kind.USER, ACCOUNT, ""),
        (f"arn:aws:sts::{ACCOUNT}:federated-user/ann", Kind.OTHER, ACCOUNT, ""),
        ("logs.eu-west-1.amazonaws.com", Kind.SERVICE, "", ""),
        ("*", Kind.ANONYMOUS, "", ""),
    ],
)
def test_who_it_is(text, kind, account, role):
    who = principal(text)
    assert (who.kind, who.account_id, who.role_name) == (kind, account, role)


@pytest.mark.parametrize("text", ["", ACCOUNT, "ann", "arn:aws:iam::1:root", "arn:aws:s3:::b", ROLE_ID])
def test_who_it_cannot_be(text):
    with pytest.raises(ValueError, match="neither the ARN"):
        principal(text)


@pytest.mark.parametrize(
    ("value", "role", "session", "user", "root"),
    [
        (ACCOUNT, Named.ACCOUNT, Named.ACCOUNT, Named.ACCOUNT, Named.ACCOUNT | Named.USER),
        (ROOT, Named.ACCOUNT, Named.ACCOUNT, Named.ACCOUNT, Named.ACCOUNT | Named.USER),
        ("*", Named.EVERYBODY, Named.EVERYBODY, Named.EVERYBODY, Named.EVERYBODY),
        (ROLE, Named.ROLE, Named.ROLE, Named.NOT, Named.NOT),
        (SESSION, Named.PERHAPS, Named.SESSION, Named.NOT, Named.NOT),
        (SESSION + "-2", Named.PERHAPS, Named.NOT, Named.NOT, Named.NOT),
        (USER, Named.NOT, Named.NOT, Named.USER, Named.NOT),
        (USER.upper(), Named.NOT, Named.NOT, Named.NOT, Named.NOT),
        ("444455556666", Named.NOT, Named.NOT, Named.NOT, Named.NOT),
    ],
)
def test_how_an_element_names_them(value, role, session, user, root):
    if value == USER.upper():
        value = f"arn:aws:iam::{ACCOUNT}:user/ANN"
    found = element((("AWS", value),))
    assert [found.names(principal(text)) for text in (ROLE, SESSION, USER, ROOT)] == [
        role,
        session,
        user,
        root,
    ]


def test_a_role_of_that_name_in_another_path_or_account_is_another_role():
    other = principal(f"arn:aws:iam::{ACCOUNT}:role/app")
    assert element((("AWS", ROLE),)).names(other) is Named.NOT
    stranger = principal(SESSION.replace(ACCOUNT, "444455556666"))
    assert element((("AWS", ROLE),)).names(stranger) is Named.NOT


def test_ids_name_whoever_has_them_now():
    found = element((("AWS", ROLE_ID),))
    assert found.names(principal(ROLE)) is Named.NOT
    assert found.names(principal(ROLE, ids=frozenset({ROLE_ID}))) is Named.ROLE
    assert found.names(principal(SESSION, ids=frozenset({ROLE_ID}))) is Named.ROLE


def test_services_and_identity_providers_are_no_roles():
    named = element((("Service", "s3.amazonaws.com"), ("Federated", "accounts.google.com")))
    assert named.names(principal(ROLE)) is Named.NOT
    assert named.names(principal("s3.amazonaws.com")) is Named.SERVICE
    assert named.names(principal("ec2.amazonaws.com")) is Named.NOT
    assert element((("AWS", ACCOUNT),)).names(principal("s3.amazonaws.com")) is Named.NOT


def test_nobody_known_is_named_by_a_star_only():
    assert element((("AWS", "*"),)).names(principal("*")) is Named.EVERYBODY
    assert element((("AWS", ACCOUNT),)).names(principal("*")) is Named.NOT


def test_a_canonical_id_names_an_account():
    named = element((("CanonicalUser", "79a59d"),))
    assert named.names(principal(ROLE)) is Named.PERHAPS
    assert named.names(principal(ROLE, canonical_id="79a59d")) is Named.ACCOUNT
    assert named.names(principal(ROLE, canonical_id="other")) is Named.NOT


@pytest.mark.parametrize(
    "value", [f"arn:aws:iam::{ACCOUNT}:role/*", "arn:aws:iam::*:root", "1111*", "s3.amazonaws.com", "ann", ""]
)
def test_values_that_name_nobody(value):
    with pytest.raises(ValueError):
        element((("AWS", value),))


def test_an_origin_access_identity_of_cloudfront_is_a_principal():
    identity = "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity EH1HDMB1FH2TC"
    named = element((("AWS", identity), ("AWS", ACCOUNT)))
    assert named.names(principal(ROLE)) is Named.ACCOUNT
    assert named.names(principal(identity)) is Named.SERVICE
    assert element((("AWS", ACCOUNT),)).names(principal(identity)) is Named.NOT
    with pytest.raises(ValueError):
        element((("AWS", "arn:aws:iam::cloudfront:user/*"),))


def test_service_linked_roles():
    assert principal(f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/x.amazonaws.com/AWSSR").service_linked
    assert not principal(ROLE).service_linked
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/AWSServiceRoleForX/x"
    assert principal(session).service_linked
    assert not principal(SESSION).service_linked
    assert not principal(f"arn:aws:iam::{ACCOUNT}:role/AWSServiceRoleForX").service_linked


def test_the_same_text_is_the_same_principal():
    assert principal(ROLE) is principal(ROLE)
    assert principal(ROLE) != principal(ROLE, bounded=True)


def test_names_of_one_kind_are_none_of_another():
    assert element((("Service", ACCOUNT), ("Federated", ROLE))).names(principal(ROLE)) is Named.NOT
