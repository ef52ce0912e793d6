from __future__ import annotations

import jmespath
import pytest

from collector.collect.answer import search

VALUES = (
    {"Keys": [{"KeyArn": "a"}], "Key": {"Arn": "b", "Tags": None}, "Truncated": False},
    {"Key": ["Arn"]},
    {},
    [],
    None,
    "Key",
)


@pytest.mark.parametrize("value", VALUES, ids=repr)
@pytest.mark.parametrize(
    "path", ["Keys", "Key.Arn", "Key.Tags.Name", "Truncated", "@", "[0].Arn", "Keys[0].KeyArn"]
)
def test_short_ways_find_what_jmespath_finds(path, value):
    assert search(path, value) == jmespath.search(path, value)
