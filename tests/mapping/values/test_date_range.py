"""The text of a date leaves a range of time open, which is never empty and holds every time that may be meant."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.mapping.values.date_range import date_range, precision
from gateway.mapping.values.lens import Unreadable


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2020", "year"),
        ("2020-02", "month"),
        ("2020-02-03", "day"),
        ("2020-02-03T10:00Z", "minute"),
        ("2020-02-03T10:00:00+01:00", "second"),
        ("2020-02-03T10:00:00.1Z", "millisecond"),
        ("20", ""),
    ],
)
def test_the_precision_is_that_of_the_last_part(text: str, expected: str) -> None:
    assert precision(text) == expected


@given(st.dates(min_value=date(1, 1, 2), max_value=date(9999, 12, 30)))
def test_the_range_of_a_day_is_the_day_in_utc(day: date) -> None:
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    assert date_range(day.isoformat()) == (start, start + timedelta(days=1))


@given(st.dates(min_value=date(1, 2, 1), max_value=date(9998, 12, 31)))
def test_a_coarser_text_leaves_a_wider_range_open(day: date) -> None:
    ranges = [date_range(day.isoformat()[:length]) for length in (10, 7, 4)]
    for (start, end), (wider_start, wider_end) in pairwise(ranges):
        assert wider_start <= start < end <= wider_end


@pytest.mark.parametrize(("text", "reason"), [(None, "not text"), (2020, "not text"), ("soon", "not a date or time")])
def test_anything_else_is_unreadable(text: object, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        date_range(text)
