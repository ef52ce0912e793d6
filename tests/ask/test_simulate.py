import json
import socket

import pytest

from collector.ask.simulate import simulate

ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/app"
KEY = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1234abcd"
STATEMENT = {"Sid": "All", "Effect": "Allow", "Action": "*", "Resource": "*"}
ALLOW = {"Version": "2012-10-17", "Statement": [STATEMENT]}
DELEGATED = {"Statement": {**STATEMENT, "Principal": {"AWS": ACCOUNT}}}
REQUEST = {
    "principal": ROLE,
    "action": "s3:GetObject",
    "resource": "arn:aws:s3:::data/k",
    "resource_account": ACCOUNT,
    "identity_policies": [ALLOW],
}


def line(**fields):
    """A line; a field that is None is left out."""
    found = {name: value for name, value in {**REQUEST, **fields}.items() if value is not None}
    return json.dumps(found).encode("utf-8") + b"\n"


def answers(*lines):
    return [json.loads(text) for text, _ in simulate(lines)]


def decision(**fields):
    (answer,) = answers(line(**fields))
    return answer["decision"]


def error(**fields):
    (answer,) = answers(line(**fields))
    assert "decision" not in answer
    return answer["error"]


def test_a_decision_and_what_it_rests_on():
    key = {"action": "kms:Decrypt", "resource": KEY, "resource_account": None, "resource_policy": DELEGATED}
    (answer,) = answers(line(id="r1", **key))
    assert answer == {
        "id": "r1",
        "decision": "allowed",
        "legs": {
            "identity": "allow",
            "resource": "allow",
            "boundary": "not_applicable",
            "session": "not_applicable",
            "scp": "not_applicable",
            "rcp": "not_applicable",
            "grant": "not_applicable",
        },
        "blocked_by": [],
        "conditions": [],
        "evidence": [
            {"leg": "identity", "policy": 0, "statement": "All", "effect": "Allow"},
            {"leg": "resource", "policy": 0, "statement": "All", "effect": "Allow"},
        ],
    }


def test_order_and_ids_are_kept_and_blank_lines_skipped():
    found = answers(line(id="b"), b"\n", b"{}", b"  \t\n", line(id=1), line(), line(id="b", principal="x"))
    assert [answer["id"] for answer in found] == ["b", None, 1, None, "b"]
    assert [answer.get("line") for answer in found] == [None, 3, None, None, 7]


def test_a_line_says_whether_it_was_a_request():
    assert [decided for _, decided in simulate([line(), b"x", line(action="s3")])] == [True, False, False]


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"resources": []}, "resources"),
        ({"principal": None}, "principal"),
        ({"action": None}, "action"),
        ({"resource": None}, "resource"),
        ({"principal": 5}, "$.principal"),
        ({"id": 1.5}, "$.id"),
        ({"identity_policies": ALLOW}, "$.identity_policies"),
        ({"scps": [ALLOW]}, "$.scps[0]"),
        ({"rcps": "all"}, "$.rcps"),
        ({"grants": {}}, "$.grants"),
        ({"context": {"aws:a": {"b": 1}}}, "$.context"),
        ({"context": {"aws:a": [None]}}, "$.context"),
        ({"unknown_context": "aws:a"}, "$.unknown_context"),
        ({"principal": "ann"}, "principal: "),
        ({"action": "GetObject"}, "action: "),
        ({"action": "s3:*"}, "action: "),
        ({"action": "s3:Get Object"}, "action: "),
        ({"resource_account": None}, "resource_account: missing"),
        ({"resource_account": "12"}, "resource_account: "),
        ({"resource_account": "444455556666", "resource": KEY}, "resource_account: 444455556666 is not"),
        ({"context": {"aws:A": "1"}, "unknown_context": ["AWS:a"]}, "unknown_context: aws:a"),
        ({"identity_policies": [ALLOW, {}]}, "identity_policies[1].Statement: missing"),
        ({"identity_policies": ["{"]}, "identity_policies[0]"),
        ({"permissions_boundary": {"Statement": []} | {"Id2": 1}}, "permissions_boundary.Id2: "),
        ({"session_policy": {"Statement": 5}}, "session_policy.Statement: "),
        ({"resource_policy": ALLOW}, "resource_policy.Statement[0].Principal: "),
        ({"scps": [[ALLOW], [ALLOW, DELEGATED]]}, "scps[1][1].Statement.Principal: "),
        ({"rcps": [[ALLOW]]}, "rcps[0][0].Statement[0].Principal: "),
        ({"grants": [{}, {"Operations": "Decrypt"}]}, "grants[1].Operations: "),
    ],
)
def test_what_is_wrong_and_where(fields, named):
    assert named in error(**fields)


@pytest.mark.parametrize("document", [[], 5, "{"])
def test_what_is_no_policy(document):
    assert error(identity_policies=[document]).startswith("identity_policies[0]: ")


@pytest.mark.parametrize(
    ("text", "id_"),
    [
        (b'{"id": 7, "x": 1}', 7),
        (b'{"id": {"a": 1}}', {"a": 1}),
        (b"[1]", None),
        (b"\xff", None),
        (b"{", None),
    ],
)
def test_what_is_no_request_keeps_its_id_where_it_has_one(text, id_):
    (answer,) = answers(text)
    assert answer["id"] == id_ and answer["line"] == 1 and answer["error"]


def test_policies_may_be_objects_or_text():
    as_text = json.dumps(ALLOW)
    assert (
        decision(identity_policies=[as_text], permissions_boundary=as_text, session_policy=as_text)
        == "allowed"
    )
    assert decision(identity_policies=[], resource_policy=json.dumps(DELEGATED)) == "implicit_deny"
    assert decision(scps=[[as_text], [ALLOW]]) == "allowed"


def test_no_levels_are_no_restriction_and_an_empty_one_denies():
    assert decision(scps=[]) == decision(scps=None) == decision(scps=[[ALLOW]]) == "allowed"
    assert decision(scps=[[]]) == decision(scps=[[ALLOW], []]) == "implicit_deny"
    assert decision(rcps=[[]]) == "allowed"


def test_an_absent_policy_is_not_an_empty_one():
    empty = {"Version": "2012-10-17", "Statement": []}
    assert decision(permissions_boundary=empty) == decision(session_policy=empty) == "implicit_deny"
    (answer,) = answers(line(permissions_boundary=None, session_policy=None))
    assert answer["legs"]["boundary"] == answer["legs"]["session"] == "not_applicable"
    written = json.dumps({**REQUEST, "permissions_boundary": None}).encode("utf-8")
    assert answers(written)[0]["decision"] == "allowed"


def test_keys_with_values_absent_and_unknown():
    mfa = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    policy = {"identity_policies": [{"Statement": {**STATEMENT, "Condition": mfa}}]}
    assert decision(**policy) == "implicit_deny"
    assert decision(**policy, context={"AWS:multifactorauthpresent": True}) == "allowed"
    (answer,) = answers(line(**policy, unknown_context=["aws:MultiFactorAuthPresent"]))
    assert answer["decision"] == "conditional"
    assert [entry["key"] for entry in answer["conditions"]] == ["aws:MultiFactorAuthPresent"]


def test_a_trust_policy_needs_no_resource():
    trust = {"Statement": {"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "sts:AssumeRole"}}
    target = f"arn:aws:iam::{ACCOUNT}:role/target"
    assume = {"action": "sts:AssumeRole", "resource": target, "identity_policies": []}
    assert decision(**assume, resource_policy=trust) == "allowed"
    assert decision(**assume, resource_policy={**trust, "Statement": []}) == "implicit_deny"


def test_grants():
    grant = {"GrantId": "g", "GranteePrincipal": ROLE, "Operations": ["Decrypt"]}
    key = {"action": "kms:Decrypt", "resource": KEY, "resource_account": None, "identity_policies": []}
    assert decision(**key, grants=[grant]) == "allowed"
    assert decision(**key, grants=[]) == "implicit_deny"


@pytest.mark.parametrize("key", ["aws:ResourceTag/team", "kms:ResourceAliases"])
def test_a_key_policy_does_not_see_what_only_iam_policies_see(key):
    condition = {"ForAnyValue:StringEquals": {key: "a"}}
    asked = {"action": "kms:Decrypt", "resource": KEY, "resource_account": None}
    policy = {"Statement": {**STATEMENT, "Principal": {"AWS": ROLE}, "Condition": condition}}
    for given in ({"context": {key: "a"}}, {"unknown_context": [key]}):
        assert decision(**asked, identity_policies=[], resource_policy=policy, **given) == "implicit_deny"
    mine = {"Statement": {**STATEMENT, "Condition": condition}}
    assert (
        decision(**asked, identity_policies=[mine], resource_policy=DELEGATED, context={key: "a"})
        == "allowed"
    )
    bucket = {"identity_policies": [], "resource_policy": policy, "context": {key: "a"}}
    assert decision(**bucket) == "allowed"


def test_an_origin_access_identity_beside_others():
    identity = "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity EH1HDMB1FH2TC"
    policy = {"Statement": {**STATEMENT, "Principal": {"AWS": [identity, ROLE]}}}
    assert decision(identity_policies=[], resource_policy=policy) == "allowed"
    assert decision(principal=identity, identity_policies=[], resource_policy=policy) == "allowed"
    assert decision(principal=identity, identity_policies=[], resource_policy=DELEGATED) == "implicit_deny"


@pytest.mark.parametrize("odd", ['"\xff"', '"{\\"Id\\": \\"\\\\ud800\\"}"', "9" * 5000])
def test_what_cannot_be_read_in_the_place_of_a_policy(odd):
    text = line(identity_policies=["ODD"]).replace(b'"ODD"', odd.encode("latin-1"))
    ((found, decided),) = simulate([text])
    assert not decided and json.loads(found)["error"].startswith("identity_policies[0]: ")


def test_a_decision_comes_before_the_next_line_is_asked_for():
    asked = []

    def lines():
        for number in range(3):
            asked.append(number)
            yield line(id=number)

    found = simulate(lines())
    assert json.loads(next(found)[0])["id"] == 0 and asked == [0]


def test_nothing_of_one_line_stays_for_the_next():
    fields = {"context": {"aws:username": "ann"}}
    mine = {"Statement": {**STATEMENT, "Condition": {"StringEquals": {"aws:username": "ann"}}}}
    lines = [line(identity_policies=[mine], **(fields if number % 2 else {})) for number in range(4)]
    found = [answer["decision"] for answer in answers(*lines)]
    assert found == ["implicit_deny", "allowed", "implicit_deny", "allowed"]


def test_nothing_is_called(monkeypatch):
    def refused(*_, **__):
        raise AssertionError("it went to the network")

    monkeypatch.setattr(socket.socket, "connect", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)
    assert decision() == "allowed"
