from collector.policy import leg
from collector.policy.context import Context
from collector.policy.document import parse
from collector.policy.grammar import Where
from collector.policy.leg import ABSENT, Leg, Verdict
from collector.policy.principal import principal

ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/app"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/app/ann"
OBJECT = "arn:aws:s3:::data/k"
MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
UNKNOWN_MFA = Context.of({}, ["aws:MultiFactorAuthPresent"])


def document(*statements, where=Where.IDENTITY):
    filled = [{"Effect": "Allow", "Action": "s3:*", "Resource": "*", **raw} for raw in statements]
    return parse({"Version": "2012-10-17", "Statement": filled}, where)


def identity(*statements, context=UNKNOWN_MFA):
    return leg.by_identity([document(*statements)], "s3:getobject", OBJECT, context)


def resource(*statements, who=ROLE, context=UNKNOWN_MFA):
    documents = [document(*statements, where=Where.RESOURCE)]
    return leg.by_resource(documents, "s3:getobject", OBJECT, context, principal(who))


def test_verdicts():
    assert identity({}).verdict is Verdict.ALLOW
    assert identity({"Action": "kms:*"}).verdict is Verdict.NONE
    assert identity({"Condition": MFA}).verdict is Verdict.CONDITIONAL
    assert identity({}, {"Condition": MFA}).verdict is Verdict.ALLOW
    assert identity({}, {"Effect": "Deny"}).verdict is Verdict.DENY
    assert identity({}, {"Effect": "Deny", "Condition": MFA}).verdict is Verdict.CONDITIONAL
    assert identity({"Effect": "Deny", "Condition": MFA}).verdict is Verdict.NONE
    assert ABSENT.verdict is Verdict.NOT_APPLICABLE and ABSENT.permits is True


def test_the_statements_that_decide():
    def deciding(*statements):
        return [match.statement.name for match in identity(*statements).deciding()]

    allow, deny = {"Sid": "A"}, {"Sid": "D", "Effect": "Deny"}
    assert deciding(allow, {"Sid": "B", "Condition": MFA}) == ["A"]
    assert deciding(allow, deny, {**deny, "Sid": "E", "Condition": MFA}) == ["D"]
    assert deciding(allow, {**deny, "Condition": MFA}) == ["A", "D"]
    assert deciding({**allow, "Action": "kms:*"}) == []


def test_every_level_of_an_organization_must_allow():
    def verdict(*levels):
        return leg.by_levels(levels, "s3:getobject", OBJECT, UNKNOWN_MFA).verdict

    all_, s3, kms = document({"Action": "*"}), document({}), document({"Action": "kms:*"})
    deny, mfa = document({"Effect": "Deny"}), document({"Condition": MFA})
    assert verdict([all_], [s3]) is Verdict.ALLOW
    assert verdict([all_], [kms]) is Verdict.NONE
    assert verdict([all_], [kms, s3]) is Verdict.ALLOW
    assert verdict([all_], []) is Verdict.NONE
    assert verdict([all_], [all_, deny]) is Verdict.DENY
    assert verdict([all_], [mfa]) is Verdict.CONDITIONAL


def test_matches_tell_their_level_and_policy():
    levels = [[document({"Action": "*"})], [document({"Action": "kms:*"}), document({"Sid": "S"})]]
    found = leg.by_levels(levels, "s3:getobject", OBJECT, UNKNOWN_MFA)
    assert [(match.level, match.policy, match.statement.name) for match in found.matches] == [
        (0, 0, 0),
        (1, 1, "S"),
    ]


def test_the_ways_in_which_a_resource_policy_allows():
    def ways(named, who=ROLE):
        found = resource({"Principal": {"AWS": named}}, who=who)
        return found.account, found.role, found.direct

    assert ways(ACCOUNT) == (True, False, False)
    assert ways(ROLE) == ways(ROLE, SESSION) == (False, True, False)
    assert ways(SESSION, SESSION) == (False, False, True)
    assert ways("*") == (False, False, True)
    assert ways([ACCOUNT, ROLE, "*"]) == (True, True, True)
    assert ways("444455556666") == (False, False, False)


def test_a_role_is_perhaps_the_session_that_is_named():
    named = {"Principal": {"AWS": SESSION}}
    assert resource(named).verdict is Verdict.CONDITIONAL
    assert resource({**named, "Effect": "Deny"}, {"Principal": {"AWS": ROLE}}).verdict is Verdict.CONDITIONAL
    assert resource({"Effect": "Deny", "Principal": {"AWS": [SESSION, ACCOUNT]}}).verdict is Verdict.DENY


def test_a_statement_without_resource_says_nothing():
    found = parse(
        {"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:*"}]},
        Where.RESOURCE,
    )
    assert found.problems == ()
    said = leg.by_resource([found], "s3:getobject", OBJECT, UNKNOWN_MFA, principal(ROLE))
    assert said.verdict is Verdict.NONE and said.matches == []


def test_resource_control_policies_only_deny():
    def verdict(*statements):
        levels = [[], [document(*statements, where=Where.RCP)]]
        return leg.by_resource_levels(levels, "s3:getobject", OBJECT, UNKNOWN_MFA, principal(ROLE)).verdict

    deny = {"Effect": "Deny", "Principal": "*"}
    assert verdict(deny) is Verdict.DENY
    assert verdict({**deny, "Condition": MFA}) is Verdict.CONDITIONAL
    assert verdict({**deny, "Action": "kms:*"}) is Verdict.ALLOW
    assert verdict() is Verdict.ALLOW


def test_what_could_not_be_read_may_allow_and_deny():
    found = Leg(allow=False, deny=False)
    found.blur()
    assert (found.verdict, found.allow, found.deny) == (Verdict.UNKNOWN, None, None)
    denying = identity({"Effect": "Deny"})
    denying.blur()
    assert denying.verdict is Verdict.DENY
