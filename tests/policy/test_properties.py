"""What holds for all policies and requests."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.policy.context import Context, PartlyKnown, Perhaps, StartsWith
from collector.policy.intersection import covers, example, meet
from collector.policy.pattern import glob
from tests.policy.strategies import PLACES, ROOT, VALUES, A, cases, checked, replace, statements, values_of


def listed(document):
    found = document["Statement"]
    return list(found) if isinstance(found, list) else [found]


@st.composite
def with_one_more(draw, effect):
    """A case, and the same with a statement more somewhere."""
    case = draw(cases())
    index = draw(st.integers(0, len(case.documents) - 1))
    place, _, document = case.documents[index]
    found = listed(document)
    found.insert(draw(st.integers(0, len(found))), draw(statements(PLACES[place], effect)))
    return case, case.changed(index, {**document, "Statement": found})


@checked
@given(with_one_more("Deny"))
def test_a_deny_more_never_lets_more_through(pair):
    before, after = pair
    assert after.rank <= before.rank


@checked
@given(with_one_more("Allow"))
def test_an_allow_more_never_lets_less_through(pair):
    before, after = pair
    assert after.rank >= before.rank


def outcome(case):
    decision = case.decide()
    return decision.outcome, [leg.verdict for _, leg in decision.legs.named()], decision.blocked_by


@checked
@given(cases(), st.randoms(use_true_random=False))
def test_order_and_repetition_of_statements_do_not_matter(case, random):
    other = case
    for index, (_, _, document) in enumerate(case.documents):
        found = listed(document)
        found += random.choices(found, k=2)
        random.shuffle(found)
        other = other.changed(index, {**document, "Statement": found})
    assert outcome(other) == outcome(case)


def spelled_out(document):
    """The same policy, otherwise written."""

    def many(value):
        return value if isinstance(value, list) else [value]

    found = []
    for raw in copy.deepcopy(listed(document)):
        for name in ("Action", "NotAction"):
            if name in raw:
                raw[name] = [text.swapcase() for text in many(raw[name])]
        for name in ("Resource", "NotResource"):
            if name in raw:
                raw[name] = many(raw[name])
        for name in ("Principal", "NotPrincipal"):
            if name in raw:
                aws = many("*" if raw[name] == "*" else raw[name]["AWS"])
                raw[name] = {"AWS": [{A: ROOT, ROOT: A}.get(each, each) for each in aws]}
        for operator, keys in raw.get("Condition", {}).items():
            raw["Condition"][operator] = {key.upper(): many(values) for key, values in keys.items()}
        found.append(dict(sorted(raw.items())))
    return {**document, "Statement": found}


@checked
@given(cases())
def test_a_policy_and_its_normal_form_decide_alike(case):
    other = case
    for index, (_, _, document) in enumerate(case.documents):
        other = other.changed(index, spelled_out(document))
    other = replace(
        other,
        known={key.upper(): value for key, value in case.known.items()},
        unknown=[key.lower() for key in case.unknown],
    )
    assert outcome(other) == outcome(case)


@st.composite
def with_more_known(draw):
    """A case, and the same where keys that were not known are absent or have values."""
    case = draw(cases())
    known = dict(case.known)
    for key in case.unknown:
        if draw(st.booleans()):
            known[key] = draw(values_of(key, VALUES[key]))
    return case, replace(case, known=known, unknown=[])


def keeps_what_is_certain(before, after):
    assert before.rank == 1 or after.rank == before.rank


@checked
@given(with_more_known())
def test_what_is_certain_stays_whatever_the_unknown_keys_are(pair):
    keeps_what_is_certain(*pair)


@checked
@given(with_more_known())
def test_what_is_certain_of_a_partly_known_request_stays(pair):
    before, after = pair
    context = PartlyKnown.of(before.known)
    context.update({key.lower(): None for key in VALUES if key not in {**after.known, **before.known}})
    keeps_what_is_certain(replace(before, context=context), after)


@checked
@given(cases(), st.data())
def test_what_is_certain_of_parts_of_values_stays(case, data):
    context, after = Context.of(case.known), Context.of(case.known)
    for key in case.known:
        value = case.known[key]
        if key in ("aws:username", "aws:PrincipalTag/team") and data.draw(st.booleans()):
            context[key.lower()] = (StartsWith(value[:1]),)
        elif data.draw(st.booleans()):
            context[key.lower()] = Perhaps(context[key.lower()])
            if data.draw(st.booleans()):
                del after[key.lower()]
    keeps_what_is_certain(replace(case, context=context), replace(case, context=after))


def text_of(draw, pattern):
    """A text that matches a pattern."""
    some, one = st.text("ab", max_size=3), st.sampled_from("ab")
    return "".join(draw(some) if c == "*" else draw(one) if c == "?" else c for c in pattern)


@pytest.mark.parametrize("alphabet", ["ab*", "ab*?"])
def test_what_is_covered_matches(alphabet):
    @checked
    @given(st.text(alphabet, max_size=4), st.text(alphabet, max_size=4), st.data())
    def holds(wide, narrow, data):
        assert covers(wide, wide)
        if covers(wide, narrow):
            assert glob(wide)(text_of(data.draw, narrow))

    holds()


@pytest.mark.parametrize("alphabet", ["ab*", "ab*?"])
def test_what_matches_a_meet_matches_both(alphabet):
    @checked
    @given(st.text(alphabet, max_size=4), st.text(alphabet, max_size=4), st.data())
    def holds(first, second, data):
        common = meet(first, second)
        if common is not None:
            text = text_of(data.draw, common)
            assert glob(first)(text) and glob(second)(text)

    holds()


@checked
@given(st.text("ab*?", max_size=4), st.text("ab*?", max_size=4), st.data())
def test_patterns_that_have_a_text_in_common_meet(first, second, data):
    text = text_of(data.draw, first)
    if glob(second)(text):
        assert meet(first, second) is not None and meet(second, first) is not None


@checked
@given(st.text("ab*?", max_size=6))
def test_the_example_of_a_pattern_matches_it(pattern):
    assert glob(pattern)(example(pattern))
