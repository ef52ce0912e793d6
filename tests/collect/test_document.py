from urllib.parse import quote

import pytest

from collector.collect.document import parsed, text
from collector.collect.table import Scope

SCOPE = Scope("s3", "111122223333", "eu-west-1")


def test_a_document_is_parsed_and_its_text_kept():
    answer = {"Policy": '{"Version": "2012-10-17", "n": 1.5}'}
    assert parsed("Policy")(answer, SCOPE) == {"Version": "2012-10-17", "n": 1.5}
    encoded = {"Policy": quote(answer["Policy"])}
    assert parsed("Policy", encoded=True)(encoded, SCOPE) == {"Version": "2012-10-17", "n": 1.5}
    assert text("Policy")(encoded, SCOPE) == answer["Policy"]


@pytest.mark.parametrize(
    "document", ["", "{", "no", '{"a": NaN}', '{"a": -Infinity}', '{"a": 1e999}', "[" * 100_000]
)
def test_what_is_not_json_is_no_document(document):
    assert parsed("Policy")({"Policy": document}, SCOPE) is None


def test_no_text_is_no_document():
    assert parsed("Policy")({"Policy": None}, SCOPE) is None
    assert parsed("Policy")({}, SCOPE) is None
    assert text("Policy")({}, SCOPE) is None
