from collector.policy.context import UNKNOWN, Context, PartlyKnown


def test_keys_have_no_case_and_values_are_text():
    context = Context.of({"aws:SecureTransport": True, "s3:max-keys": 10, "aws:TagKeys": ["a", "b"]})
    assert context.get("aws:securetransport") == ("true",)
    assert context.get("s3:max-keys") == ("10",)
    assert context.get("aws:tagkeys") == ("a", "b")


def test_absent_is_not_unknown():
    context = Context.of({"aws:a": None, "aws:b": [], "aws:c": [None]}, ["aws:D"])
    assert [context.get(f"aws:{key}") for key in "abce"] == [None] * 4
    assert context.get("aws:d") is UNKNOWN


def test_no_value_of_a_request_passes_for_unknown():
    assert Context.of({"aws:a": UNKNOWN[0]}).get("aws:a") is not UNKNOWN


def test_what_is_partly_known_has_any_other_key_perhaps():
    context = PartlyKnown.of({"aws:a": "1"})
    context["aws:b"] = None
    assert context.get("aws:a") == ("1",)
    assert context.get("aws:b") is None
    assert context.get("aws:c") is UNKNOWN


def test_a_family_of_keys_can_be_known_as_a_whole():
    context = PartlyKnown.of({"aws:PrincipalTag/team": "a"})
    context.closed = ("aws:principaltag/",)
    assert context.get("aws:principaltag/team") == ("a",)
    assert context.get("aws:principaltag/owner") is None
    assert context.get("aws:sourceip") is UNKNOWN
