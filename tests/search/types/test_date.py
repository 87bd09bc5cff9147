"""Dates: https://hl7.org/fhir/R4/search.html#date"""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import BadRequest
from gateway.search.context import NO_CONTEXT
from gateway.search.definitions.parameters import Parameter
from gateway.search.types import date
from gateway.search.types.date import EARLIEST, LATEST

DAY = 86_400_000_000
PLAIN = Parameter("recorded-date", "date", "", stored=("recorded-date",))
MAIN = Parameter("date", "date", "", stored=("date",), at=True)
SINGLE = Parameter("date", "date", "", stored=("date",), at=True, single=True)


def moment(*parts: int) -> int:
    """Microseconds since 1970 UTC."""
    return int(datetime(*parts, tzinfo=UTC).timestamp()) * 1_000_000  # type: ignore[misc]


NEW_YEAR = moment(2024, 1, 1)


@pytest.mark.parametrize(
    ("written", "lo", "hi"),
    [
        ("2024", NEW_YEAR, moment(2025, 1, 1) - 1),
        ("2024-02", moment(2024, 2, 1), moment(2024, 3, 1) - 1),
        ("2024-02-29", moment(2024, 2, 29), moment(2024, 3, 1) - 1),
        ("2024-01-01T10:20:30Z", moment(2024, 1, 1, 10, 20, 30), moment(2024, 1, 1, 10, 20, 31) - 1),
        ("2024-01-01T10:20:30+02:00", moment(2024, 1, 1, 8, 20, 30), moment(2024, 1, 1, 8, 20, 31) - 1),
        ("2024-01-01T10:20:30.5Z", moment(2024, 1, 1, 10, 20, 30) + 500_000, moment(2024, 1, 1, 10, 20, 30) + 599_999),
    ],
)
def test_a_date_is_as_long_as_it_leaves_open(written: str, lo: int, hi: int) -> None:
    assert date.index("date", "dateTime", written) == [{"p": "date", "lo": lo, "hi": hi}]
    assert date.parse("date", written) == ("eq", lo, hi)


@pytest.mark.parametrize(
    ("value", "lo", "hi"),
    [
        ({"start": "2024-01-01", "end": "2024-01-02"}, NEW_YEAR, NEW_YEAR + 2 * DAY - 1),
        ({"start": "2024-01-01"}, NEW_YEAR, LATEST),
        ({"end": "2024-01-01"}, EARLIEST, NEW_YEAR + DAY - 1),
    ],
)
def test_an_open_end_of_a_period_reaches_as_far_as_possible(value: Any, lo: int, hi: int) -> None:
    assert date.index("date", "Period", value) == [{"p": "date", "lo": lo, "hi": hi}]


@pytest.mark.parametrize(
    ("value", "days"),
    [
        ({"event": ["2024-01-03", "2024-01-01"]}, (0, 3)),
        ({"repeat": {"boundsPeriod": {"start": "2024-01-02", "end": "2024-01-04"}}}, (1, 4)),
        ({"event": ["2024-01-01"], "repeat": {"boundsPeriod": {"start": "2024-01-02", "end": "2024-01-02"}}}, (0, 2)),
        ({"event": ["nonsense", "2024-01-01"]}, (0, 1)),
    ],
)
def test_of_a_timing_the_outer_limits_count(value: Any, days: tuple[int, int]) -> None:
    lo, hi = NEW_YEAR + days[0] * DAY, NEW_YEAR + days[1] * DAY - 1
    assert date.index("date", "Timing", value) == [{"p": "date", "lo": lo, "hi": hi}]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("dateTime", "yesterday"),
        ("dateTime", "2024-13"),
        ("string", "2024"),
        ("Period", {}),
        ("Period", {"start": "nonsense"}),
        ("Timing", {}),
        ("Timing", {"repeat": {"frequency": 1}}),
        ("Range", {"low": {"value": 1}}),
    ],
)
def test_a_value_without_a_date_has_no_entry(kind: str, value: Any) -> None:
    assert date.index("date", kind, value) == []


@pytest.mark.parametrize("prefix", ["ne", "gt", "lt", "ge", "le", "sa", "eb"])
def test_a_prefix_is_read(prefix: str) -> None:
    assert date.parse("date", f"{prefix}2024-01-01") == (prefix, NEW_YEAR, NEW_YEAR + DAY - 1)


def test_approximately_a_day_is_the_day_before_and_after_as_well() -> None:
    assert date.parse("date", "ap2024-01-02") == ("ap", NEW_YEAR, NEW_YEAR + 3 * DAY - 1)


def test_a_plus_lost_in_the_url_is_understood() -> None:
    assert date.parse("date", "2020-01-01T00:00:00 02:00") == date.parse("date", "2020-01-01T00:00:00+02:00")


@pytest.mark.parametrize("written", ["", "ge", "2024-1-1", "xx2024", "2024-02-30", "24", "ge ge2024", "2024-01-01T10"])
def test_another_value_is_refused_with_an_example(written: str) -> None:
    with pytest.raises(BadRequest, match=r"'date'.*such as 2020-05-31"):
        date.parse("date", written)


def test_a_plain_date_is_compared_within_one_entry() -> None:
    assert date.where("recorded-date", PLAIN, None, "sa2024-01-01", NO_CONTEXT) == {
        "d": {"$elemMatch": {"p": "recorded-date", "lo": {"$gt": NEW_YEAR + DAY - 1}}}
    }


@pytest.mark.parametrize(
    ("parameter", "prefix", "bounds"),
    [
        (MAIN, "eq", {"$lte": NEW_YEAR + DAY - 1}),
        (MAIN, "lt", {"$lte": NEW_YEAR + DAY - 1}),
        (MAIN, "eb", {"$lte": NEW_YEAR + DAY - 1}),
        (MAIN, "sa", None),
        (MAIN, "ge", None),
        (MAIN, "ne", None),
        (SINGLE, "eq", {"$lte": NEW_YEAR + DAY - 1, "$gte": NEW_YEAR}),
        (SINGLE, "sa", {"$gte": NEW_YEAR}),
        (SINGLE, "gt", None),
        (PLAIN, "eq", None),
    ],
)
def test_the_main_date_bounds_the_moment_by_which_indexes_are_ordered(
    parameter: Parameter, prefix: str, bounds: dict[str, int] | None
) -> None:
    assert date.where("date", parameter, None, f"{prefix}2024-01-01", NO_CONTEXT).get("at") == bounds


@pytest.mark.parametrize(
    ("values", "moment_"),
    [
        (["ge2024-01-01"], NEW_YEAR),
        (["2024-01-01"], NEW_YEAR),
        (["gt2024-01-01"], NEW_YEAR + DAY - 1),
        (["sa2024-01-01"], NEW_YEAR + DAY - 1),
        (["ap2024-01-02"], NEW_YEAR),
        (["ge2024-01-05", "ge2024-01-01"], NEW_YEAR),
        (["lt2024-01-01"], None),
        (["ge2024-01-05", "ne2024-01-01"], None),
    ],
)
def test_the_earliest_end_of_the_matches_is_known_unless_it_is_open(values: list[str], moment_: int | None) -> None:
    assert date.earliest("date", values) == moment_


def test_a_value_is_present_as_an_entry_or_as_a_token() -> None:
    assert date.present("date", MAIN) == {
        "$or": [
            {"d": {"$elemMatch": {"p": "date"}}},
            {"k": {"$elemMatch": {"$gte": "date|", "$lt": "date|\U0010ffff"}}},
        ]
    }


@given(st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)))
def test_the_day_the_month_and_the_year_of_a_moment_hold_it(when: datetime) -> None:
    [exact] = date.index("date", "instant", f"{when:%Y-%m-%dT%H:%M:%S}Z")
    for wider in (f"{when:%Y-%m-%d}", f"{when:%Y-%m}", f"{when:%Y}"):
        _, lo, hi = date.parse("date", wider)
        assert lo <= exact["lo"] <= exact["hi"] <= hi
