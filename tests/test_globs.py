import pytest

from collector.errors import UsageError
from collector.globs import matches, select

NAMES = ["aws_kms_aliases", "aws_kms_keys", "aws_s3_buckets"]


def test_names_keep_their_order_and_skipping_wins():
    assert select(NAMES, ["aws_s3_*", "aws_kms_*"], ["*_aliases"]) == ["aws_kms_keys", "aws_s3_buckets"]
    assert select(NAMES, ["*"]) == NAMES
    assert select([], ["*"]) == []


def test_a_glob_that_matches_nothing_is_an_error_with_the_nearest_name():
    with pytest.raises(UsageError, match=r"sync.tables: 'aws_kms_kesy' .* did you mean aws_kms_keys\?"):
        select(NAMES, ["aws_kms_kesy"], where=("sync.tables", "sync.skip_tables"))
    with pytest.raises(UsageError, match=r"sync.skip_tables: 'x' matches nothing"):
        select(NAMES, ["*"], ["x"], where=("sync.tables", "sync.skip_tables"))


def test_case_counts():
    assert matches(["us-*"], "us-east-1")
    assert not matches(["US-*"], "us-east-1")
    assert not matches([], "us-east-1")
