import pytest

from collector.policy.truth import both, either, negated, some


@pytest.mark.parametrize(
    ("one", "other", "conjunction", "disjunction"),
    [
        (True, True, True, True),
        (True, False, False, True),
        (True, None, None, True),
        (False, False, False, False),
        (False, None, False, None),
        (None, None, None, None),
    ],
)
def test_kleenes_tables(one, other, conjunction, disjunction):
    for values in ((one, other), (other, one)):
        assert both(*values) is conjunction
        assert either(*values) is disjunction and some(iter(values)) is disjunction


def test_nothing_at_all():
    assert some(()) is False


def test_what_is_open_stays_open_when_negated():
    assert [negated(value) for value in (True, False, None)] == [False, True, None]
