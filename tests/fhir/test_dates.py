from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.fhir import dates

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def micros(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("text", "first", "next_"),
    [
        ("2020", datetime(2020, 1, 1), datetime(2021, 1, 1)),
        ("2020-02", datetime(2020, 2, 1), datetime(2020, 3, 1)),
        ("2019-12", datetime(2019, 12, 1), datetime(2020, 1, 1)),
        ("2020-02-29", datetime(2020, 2, 29), datetime(2020, 3, 1)),
        ("2020-02-29T10:30", datetime(2020, 2, 29, 10, 30), datetime(2020, 2, 29, 10, 31)),
        ("2020-02-29T10:30Z", datetime(2020, 2, 29, 10, 30), datetime(2020, 2, 29, 10, 31)),
        ("2020-02-29T10:30:05", datetime(2020, 2, 29, 10, 30, 5), datetime(2020, 2, 29, 10, 30, 6)),
        ("2020-02-29T10:30:05+02:00", datetime(2020, 2, 29, 8, 30, 5), datetime(2020, 2, 29, 8, 30, 6)),
        ("2020-02-29T22:30:05-02:30", datetime(2020, 3, 1, 1, 0, 5), datetime(2020, 3, 1, 1, 0, 6)),
        ("2016-12-31T23:59:60Z", datetime(2017, 1, 1), datetime(2017, 1, 1, 0, 0, 1)),
        ("1969-12-31T23:59:59Z", datetime(1969, 12, 31, 23, 59, 59), EPOCH.replace(tzinfo=None)),
        ("0001-01-01", datetime(1, 1, 1), datetime(1, 1, 2)),
    ],
)
def test_a_written_time_is_the_range_its_precision_leaves_open(text: str, first: datetime, next_: datetime) -> None:
    assert dates.period(text) == (micros(first.replace(tzinfo=UTC)), micros(next_.replace(tzinfo=UTC)) - 1)


@pytest.mark.parametrize(
    ("fraction", "low", "high"),
    [("1", 100_000, 199_999), ("12", 120_000, 129_999), ("123456", 123456, 123456), ("123456789", 123456, 123456)],
)
def test_fractions_of_a_second_have_a_precision_too(fraction: str, low: int, high: int) -> None:
    assert dates.period(f"1970-01-01T00:00:00.{fraction}Z") == (low, high)


def test_the_end_of_the_last_year_is_within_reach() -> None:
    assert dates.period("9999")[1] == dates.period("9999-12-31T23:59:59.999999Z")[1]
    assert dates.period("9999-12-31T23:59:59-14:00")[0] > dates.period("9999")[1]


NO_DATE = ["", "0000", "20", "2020-13", "2020-00", "2020-1-1", "2021-02-29", "2020-04-31", "2020Z", "2020-01-01Z"]
NO_DATE += [" 2020", "２０２０", "2020\n", "x" * 1000]
NO_TIME = ["2020-02-30T10:00:00Z", "2020-01-01T24:00:00Z", "2020-01-01T10:60:00Z", "2020-01-01T10:00:61Z"]
NO_TIME += ["2020-01-01T10", "2020-01-01 10:00:00Z", "2020-01-01T10:00:00.Z", "2020-01-01T10:00:00.1234567890Z"]
NO_ZONE = ["2020-01-01T10:00:00+14:01", "2020-01-01T10:00:00+1000", "2020-01-01T10:00:00+01:60", "2020-01-01T10:00:00z"]


@pytest.mark.parametrize("text", [*NO_DATE, *NO_TIME, *NO_ZONE])
def test_what_is_no_time_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError):
        dates.period(text)


ZONES = st.integers(-840, 840).map(lambda minutes: timezone(timedelta(minutes=minutes)))
AWARE = st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=ZONES)


@given(AWARE)
def test_an_iso_time_is_the_moment_it_says(moment: datetime) -> None:
    text = moment.isoformat(timespec="microseconds")
    assert dates.period(text) == (micros(moment),) * 2
    assert dates.parse_instant(text) == moment


@given(AWARE)
def test_an_instant_is_formatted_in_utc_milliseconds_and_read_back(moment: datetime) -> None:
    text = dates.format_instant(moment)
    assert len(text) == 24 and text.endswith("Z")
    assert dates.parse_instant(text) == moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def test_a_moment_without_a_zone_is_no_instant() -> None:
    with pytest.raises(ValueError):
        dates.format_instant(datetime(2020, 1, 1))


def test_an_instant_outside_the_calendar_is_a_value_error() -> None:
    with pytest.raises(ValueError):
        dates.parse_instant("0001-01-01T00:00:00+14:00")
