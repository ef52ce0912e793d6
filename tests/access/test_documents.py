from __future__ import annotations

from collector.access.documents import Parser, Policies
from collector.policy.grammar import Where
from tests.access.words import allow, document

TEXT = document(allow("s3:GetObject"))


def test_policies_keep_their_labels():
    found = Parser().policies(Where.IDENTITY, [("first", TEXT), ("second", document(allow("kms:*")))])
    assert found.labels == ("first", "second") and len(found.documents) == 2
    assert not found.unread


def test_equal_documents_are_parsed_once():
    parser = Parser()
    first, second = (parser.policies(Where.IDENTITY, [(name, TEXT)]) for name in "ab")
    assert first.documents[0] is second.documents[0]


def test_the_same_text_attached_elsewhere_is_another_document():
    parser = Parser()
    assert parser.document(Where.IDENTITY, TEXT) is not parser.document(Where.SCP, TEXT)


def test_a_missing_text_leaves_them_unread_and_the_labels_in_step():
    found = Parser().policies(Where.IDENTITY, [("lost", None), ("there", TEXT)])
    assert (found.labels, len(found.documents), found.unread) == (("there",), 1, True)


def test_a_text_that_is_not_understood_leaves_them_unread():
    for text in ("{", '"x"', document({"Effect": "Perhaps", "Action": "*", "Resource": "*"})):
        assert Parser().policies(Where.IDENTITY, [("bad", text)]).unread


def test_what_is_unread_stays_so():
    assert Parser().policies(Where.IDENTITY, [("there", TEXT)], unread=True).unread
    assert Policies() == Parser().policies(Where.IDENTITY, [])
