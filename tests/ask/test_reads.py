import pytest

from collector.ask.reads import reads
from collector.errors import KeyreachError


def test_tables_and_columns_wherever_they_stand():
    found = reads(
        "with x as (select arn as a from aws_kms_keys where key_state = 'Enabled') "
        "select count(*) from x join aws_kms_key_grants g using (key_arn) "
        "where exists (from aws_s3_buckets b where b.kms_master_key_id = x.a) and g.raw ->> '$.y' = $p"
    )
    assert found.tables == {"aws_kms_keys", "aws_kms_key_grants", "aws_s3_buckets"}
    assert {"arn", "key_state", "key_arn", "kms_master_key_id", "raw"} <= found.columns


def test_a_view_stands_for_what_is_behind_it():
    found = reads("select key_arn from key_references")
    assert found.relations == {"key_references"}
    assert found.tables == {"aws_s3_buckets", "aws_s3_bucket_replications", "aws_kms_aliases"}
    assert "sse_algorithm" in found.columns


@pytest.mark.parametrize("sql", ["delete from aws_kms_keys", "selekt 1", ""])
def test_only_a_select_can_be_looked_into(sql):
    with pytest.raises(KeyreachError, match="not a SELECT"):
        reads(sql)
