"""Date and time arithmetic (https://hl7.org/fhirpath/N1/#datetime-arithmetic)."""

from decimal import Decimal

import pytest

from gateway.fhir.path.date_arithmetic import moved
from gateway.fhir.path.errors import PathError
from gateway.fhir.path.values import quantity


def after(text: str, amount: str, *, kind: str = "Date", sign: int = 1) -> str | None:
    value, unit = amount.split()
    nodes = moved((f"System.{kind}", text, None), kind, quantity(Decimal(value), unit), sign)
    return nodes[0][1] if nodes else None


@pytest.mark.parametrize(
    ("text", "amount", "expected"),
    [
        ("2016-02-29", "1 year", "2017-02-28"),
        ("2018-01-31", "1 month", "2018-02-28"),
        ("2018-12-15", "1 month", "2019-01-15"),
        ("2018-03-01", "24 months", "2020-03-01"),
        ("2014", "24 months", "2016"),
        ("2014", "11 months", "2014"),
        ("2019-03", "31 days", "2019-04"),
        ("2019-03", "29 days", "2019-03"),
        ("2018-03-01", "1 week", "2018-03-08"),
        ("2018-02-28", "24 hours", "2018-03-01"),
        ("2018-02-28", "23 hours", "2018-02-28"),
        ("2018-03-01", "1.9 days", "2018-03-02"),
        ("9999-12-31", "1 day", None),
        ("9999", "1 year", None),
        ("soon", "1 day", None),
    ],
)
def test_a_date_moves_in_whole_units_of_its_precision(text: str, amount: str, expected: str | None) -> None:
    assert after(text, amount) == expected


def test_subtraction_moves_the_other_way() -> None:
    assert after("2017-02-28", "1 year", sign=-1) == "2016-02-28"
    assert after("2019-01-01", "1 day", sign=-1) == "2018-12-31"
    assert after("0001-01-01", "1 day", sign=-1) is None


@pytest.mark.parametrize(
    ("text", "amount", "expected"),
    [
        ("1973-12-25T00:00:00.000+10:00", "7 days", "1974-01-01T00:00:00.000+10:00"),
        ("1973-12-25T00:00:00.000+10:00", "1 second", "1973-12-25T00:00:01.000+10:00"),
        ("1973-12-25T00:00:00.000+10:00", "10 milliseconds", "1973-12-25T00:00:00.010+10:00"),
        ("1973-12-25T23:59:59Z", "1 s", "1973-12-26T00:00:00Z"),
        ("1973-12-25T10:30Z", "90 minutes", "1973-12-25T12:00Z"),
        ("1973-12-25T10Z", "59 minutes", "1973-12-25T10Z"),
    ],
)
def test_a_moment_keeps_its_zone_and_precision(text: str, amount: str, expected: str) -> None:
    assert after(text, amount, kind="DateTime") == expected


def test_a_time_wraps_at_midnight() -> None:
    assert after("23:30:00", "45 minutes", kind="Time") == "00:15:00"
    assert after("00:15", "1 hour", kind="Time", sign=-1) == "23:15"


@pytest.mark.parametrize(("kind", "amount"), [("Date", "1 a"), ("Date", "1 mo"), ("Date", "1 g"), ("Time", "1 day")])
def test_a_mean_year_moves_no_date_and_a_day_no_time(kind: str, amount: str) -> None:
    with pytest.raises(PathError, match="cannot be moved by"):
        after("12:00" if kind == "Time" else "2018-01-01", amount, kind=kind)


def test_the_result_has_the_type_of_the_date() -> None:
    day = quantity(Decimal(1), "day")
    assert moved(("date", "2018-01-01", {"id": "a"}), "Date", day, 1) == [("date", "2018-01-02", None)]
