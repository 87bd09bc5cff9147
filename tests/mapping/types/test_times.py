"""Dates and times keep their text beside the range that it leaves open."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.mapping.values.lens import Unreadable
from tests.mapping.types.support import findings, read, refusal, utc, write


@pytest.mark.parametrize(
    ("sent", "start", "end", "precision"),
    [
        ("2020", utc(2020, 1, 1), utc(2021, 1, 1), "year"),
        ("2020-12", utc(2020, 12, 1), utc(2021, 1, 1), "month"),
        ("2020-02-29", utc(2020, 2, 29), utc(2020, 3, 1), "day"),
        ("2020-01-01T00:30:00+01:00", utc(2019, 12, 31, 23, 30), utc(2019, 12, 31, 23, 30, 1), "second"),
        (
            "2020-01-01T10:00:00.123456789Z",
            utc(2020, 1, 1, 10, 0, 0, 123000),
            utc(2020, 1, 1, 10, 0, 0, 124000),
            "millisecond",
        ),
        ("2020-01-01T10:00Z", utc(2020, 1, 1, 10), utc(2020, 1, 1, 10, 1), "minute"),
        ("9999-12-31", utc(9999, 12, 31), utc(9999, 12, 31, 23, 59, 59, 999000), "day"),
        ("0001-01-01T00:00:00+14:00", utc(1, 1, 1), utc(1, 1, 1), "second"),
    ],
)
def test_a_moment_is_the_range_its_text_leaves_open(sent: str, start: datetime, end: datetime, precision: str) -> None:
    assert read("moment", "dateTime", sent) == {"start": start, "end": end, "precision": precision, "text": sent}


@given(st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30)))
def test_a_moment_is_never_empty_and_holds_the_time_sent(sent: datetime) -> None:
    found = read("moment", "instant", sent.isoformat() + "Z")
    assert found["start"] <= sent.replace(tzinfo=UTC) < found["end"]


@pytest.mark.parametrize("sent", ["2020-13", "2020-02-30", "tomorrow", "", "0000-01-01", "2020-1-1", 2020, None, []])
def test_what_is_no_date_is_refused(sent: Any) -> None:
    with pytest.raises(Unreadable):
        findings("moment", "dateTime", sent)
    with pytest.raises(Unreadable):
        findings("date", "date", sent)


def test_a_date_with_a_time_is_no_date() -> None:
    with pytest.raises(Unreadable, match="not a date"):
        findings("date", "date", "2020-01-01T00:00:00Z")


def test_an_open_or_unreadable_side_of_a_period_leaves_the_other() -> None:
    assert read("period", "Period", {"end": "2020"}) == {"end": utc(2021, 1, 1), "end_text": "2020"}
    found, notes = findings("period", "Period", {"start": "x", "end": "2020"})
    assert found["end_text"] == "2020" and notes == [("start", "not a date or time")]


def test_only_the_text_of_a_moment_is_written() -> None:
    sent = "2020-02"
    assert write("moment", "dateTime", {"text": sent}) == sent
    document = {"text": "2021", "start": "2020-02-01T00:00:00Z", "end": "2020-03-01T00:00:00Z", "precision": "month"}
    assert write("moment", "dateTime", document, sent) == "2021"  # the rest is as it was, so it may follow
    assert refusal("moment", "dateTime", {"text": "2020", "precision": "day"}).startswith("precision: follows from")


def test_one_side_of_a_period_is_written_and_the_other_left() -> None:
    raw = {"id": "p", "start": "2020", "end": "x"}
    assert write("period", "Period", {"start_text": "2021"}, raw) == {"id": "p", "start": "2021", "end": "x"}
    assert write("period", "Period", {}, {"id": "p", "start": "2020"}) == {"id": "p"}
    assert (
        refusal("period", "Period", {}) == ": must not be empty: leave it out instead, or write start_text or end_text"
    )
    assert refusal("period", "Period", {"end_text": "soon"}) == "end_text: not a date or time"


@pytest.mark.parametrize(
    ("sent", "valid"), [("10:15:00", True), ("23:59:60", True), ("24:00:00", False), ("10:15", False)]
)
def test_a_time_of_day_has_seconds_and_no_24_hours(sent: str, valid: bool) -> None:
    if valid:
        assert read("time", "time", sent) == sent == write("time", "time", sent)
    else:
        assert refusal("time", "time", sent) == ": not a time of day"
