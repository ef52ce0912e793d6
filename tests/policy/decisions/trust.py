"""Roles: who may assume one is for its trust policy to say."""

from tests.policy.decisions.table import IAM, OTHER_ROLE, ROLE, TARGET, A, B, allow, ask, row, rule

LOGIC = IAM + "reference_policies_evaluation-logic_policy-eval-basics.html"
CROSS = IAM + "reference_policies_evaluation-logic-cross-account.html"
NOT = IAM + "reference_policies_elements_notprincipal.html"
MAY = [allow("sts:AssumeRole", TARGET)]
OTHER = [allow("ec2:*")]
TARGET_OF_B = TARGET.replace(A, B)


def trusts(who, effect="Allow", **elements):
    who = who if isinstance(who, dict) else {"AWS": who}
    return [{"Effect": effect, "Principal": who, "Action": "sts:AssumeRole", **elements}]


def assume(who=ROLE, target=TARGET, **given):
    return ask("sts:AssumeRole", target, who, **given)


RULES = [
    rule(
        "Within an account too a role's trust policy must allow",
        LOGIC,
        row(
            "the identity policy alone assumes nothing",
            assume(identity=MAY, policy=trusts(OTHER_ROLE)),
            "implicit_deny",
            blocked_by=["resource"],
        ),
        row("the role trusts the account, and IAM allows", assume(identity=MAY, policy=trusts(A)), "allowed"),
        row(
            "the role trusts the other role, IAM being silent",
            assume(identity=OTHER, policy=trusts(ROLE)),
            "allowed",
        ),
    ),
    rule(
        "Across accounts both must allow to assume a role",
        CROSS,
        row(
            "the trust policy alone",
            assume(target=TARGET_OF_B, identity=OTHER, policy=trusts(ROLE)),
            "implicit_deny",
            blocked_by=["identity"],
        ),
        row(
            "the trust policy and IAM",
            assume(target=TARGET_OF_B, identity=[allow("sts:AssumeRole")], policy=trusts(A)),
            "allowed",
        ),
        row(
            "without the external id that is asked for",
            assume(
                target=TARGET_OF_B,
                identity=[allow()],
                policy=trusts(A, Condition={"StringEquals": {"sts:ExternalId": "x"}}),
            ),
            "implicit_deny",
            blocked_by=["resource"],
        ),
    ),
    rule(
        "A trust policy says who assumes a role, and nothing else about it",
        LOGIC,
        row(
            "reading the role, by IAM alone",
            ask("iam:GetRole", TARGET, identity=[allow("iam:*")]),
            "allowed",
        ),
        row(
            "passing the role, by IAM alone",
            ask("iam:PassRole", TARGET, identity=[allow("iam:*")]),
            "allowed",
        ),
    ),
    rule(
        "NotPrincipal has no place in a trust policy",
        NOT,
        row(
            "in a trust policy",
            assume(
                identity=MAY,
                policy=[
                    *trusts(A),
                    {"Effect": "Deny", "NotPrincipal": {"AWS": [ROLE, A]}, "Action": "sts:AssumeRole"},
                ],
            ),
            "invalid",
            error="NotPrincipal",
        ),
    ),
]
