"""Dates and times with their precision (https://hl7.org/fhirpath/N1/#datetime-comparison)."""

from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.fhir.path.temporal import Temporal, compare, highest, moment, parse


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("2015", "Date", Temporal("Date", (2015,))),
        ("2015-02-04", "Date", Temporal("Date", (2015, 2, 4))),
        ("2015-02-04T14", "DateTime", Temporal("DateTime", (2015, 2, 4, 14))),
        ("2015-02-04T14:34:28.10Z", "DateTime", Temporal("DateTime", (2015, 2, 4, 14, 34, Decimal("28.10")), 0)),
        ("2015-02-04T14:34-05:30", "DateTime", Temporal("DateTime", (2015, 2, 4, 14, 34), -330)),
        ("14:34:28", "Time", Temporal("Time", (14, 34, Decimal(28)))),
        ("T14", "Time", Temporal("Time", (14,))),
        ("2016-02-29", "Date", Temporal("Date", (2016, 2, 29))),
        ("2016-12-31T23:59:60Z", "DateTime", Temporal("DateTime", (2016, 12, 31, 23, 59, Decimal(60)), 0)),
    ],
)
def test_a_text_is_read_with_its_precision(text: str, kind: str, expected: Temporal) -> None:
    assert parse(text, kind) == expected


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("2015-02-30", "Date"),
        ("2015-13", "Date"),
        ("2015-02-04T14:00", "Date"),
        ("2015-02-04Z", "DateTime"),
        ("2015-02-04T24:00", "DateTime"),
        ("2015-02-04 14:00", "DateTime"),
        ("2015-02-04T14:34:61Z", "DateTime"),
        ("14:60", "Time"),
        ("14:34Z", "Time"),
        ("0000", "Date"),
        ("", "Date"),
        ("soon", "DateTime"),
    ],
)
def test_a_day_or_hour_that_does_not_exist_is_none(text: str, kind: str) -> None:
    assert parse(text, kind) is None


def order(left: str, right: str, kind: str = "DateTime") -> int | None:
    a, b = parse(left, kind), parse(right, kind)
    assert a is not None and b is not None
    return compare(a, b)


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("2018-03-01", "2018-01-01", 1),
        ("2018-03", "2018-03-01", None),
        ("2018", "2019-01-01", -1),
        ("2018-03-01T10:30:00", "2018-03-01T10:30:00.0", 0),
        ("2018-03-01T10:30:00Z", "2018-03-01T12:30:00+02:00", 0),
        ("2018-03-01T10:30:00Z", "2018-03-01T12:30:00", None),
        ("2018-03-01T10:30:00Z", "2018-03-03T12:30:00", -1),
        ("2018-03-01T10:30Z", "2018-03-01T10:30:30Z", None),
    ],
)
def test_what_precision_or_zone_leave_open_has_no_order(left: str, right: str, expected: int | None) -> None:
    assert order(left, right) == expected
    assert order(right, left) == (None if expected is None else -expected)


def test_a_time_has_no_order_with_a_date() -> None:
    assert compare(Temporal("Time", (10,)), Temporal("Date", (2018,))) is None


@given(st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30)), st.integers(0, 6))
def test_a_value_is_written_as_it_is_read(value: datetime, parts: int) -> None:
    written = value.isoformat(timespec="milliseconds")
    text = (written, written[:4], written[:7], written[:10], written[:13], written[:16], written[:19])[parts]
    assert str(parse(text, "DateTime")) == text


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ((2015,), (12, 31, 23, 59, Decimal("59.999"))),
        ((2015, 2), (28, 23, 59, Decimal("59.999"))),
        ((2016, 2), (29, 23, 59, Decimal("59.999"))),
        ((9999, 12), (31, 23, 59, Decimal("59.999"))),
        ((2015, 2, 4, 10), (59, Decimal("59.999"))),
    ],
)
def test_missing_parts_have_a_highest_value(parts: tuple[int, ...], expected: tuple[int | Decimal, ...]) -> None:
    assert highest(parts) == expected


@given(st.integers(1, 9999), st.integers(1, 12))
def test_a_month_begins_before_it_ends(year: int, month: int) -> None:
    value = Temporal("Date", (year, month))
    assert moment(value) < moment(value, last=True)
