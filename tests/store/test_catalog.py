import duckdb

from collector.store import catalog


def test_every_relation_and_column_is_documented():
    for relation in catalog.tables().values():
        assert relation.comment.endswith("."), relation.name
        for column in relation.columns:
            assert column.comment.endswith("."), f"{relation.name}.{column.name}"


def test_the_comments_are_visible_in_the_file():
    connection = duckdb.connect()
    catalog.create(connection)
    missing = connection.execute(
        "select table_name, column_name from duckdb_columns() where not internal and comment is null"
    ).fetchall()
    assert missing == []


def test_primary_keys_are_known():
    assert catalog.tables()["aws_kms_keys"].primary_key == ("account_id", "region", "arn")
    assert catalog.tables()["sync_coverage"].kind == "view"
