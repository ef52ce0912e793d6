from datetime import timedelta

import pytest

from collector.duration import duration


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90s", timedelta(seconds=90)),
        ("30m", timedelta(minutes=30)),
        ("6h", timedelta(hours=6)),
        ("30d", timedelta(days=30)),
    ],
)
def test_each_unit(text, expected):
    assert duration(text) == expected


@pytest.mark.parametrize("text", ["", "1", "h", "1.5h", "-1h", "1 h", "1h30m", "1w", "1H", "9999999d"])
def test_everything_else_is_an_error(text):
    with pytest.raises(ValueError, match="no duration"):
        duration(text)
