"""Parts of dates (https://hl7.org/fhirpath/#extract-datedatetimetime-components) and the present time."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.fhir.path.functions.cases import typed, values

MOMENT = "@2012-01-02T12:30:40.002-07:00"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (f"{MOMENT}.yearOf()", [2012]),
        (f"{MOMENT}.monthOf()", [1]),
        (f"{MOMENT}.dayOf()", [2]),
        (f"{MOMENT}.hourOf()", [12]),
        (f"{MOMENT}.minuteOf()", [30]),
        (f"{MOMENT}.secondOf()", [40]),
        (f"{MOMENT}.millisecondOf()", [2]),
        (f"{MOMENT}.timezoneOffsetOf()", [Decimal("-7")]),
        ("@2012-01-02T12:30:40+05:30.timezoneOffsetOf()", [Decimal("5.5")]),
        (f"{MOMENT}.dateOf()", ["2012-01-02"]),
        (f"{MOMENT}.timeOf()", ["12:30:40.002"]),
        ("@2012.monthOf()", []),
        ("@2012-03.dateOf()", ["2012-03"]),
        ("@2012-03.timeOf()", []),
        ("@2012-03.hourOf()", []),
        ("@T12:30.hourOf()", [12]),
        ("@T12:30.minuteOf()", [30]),
        ("@T12:30.secondOf()", []),
        ("@T12:30.yearOf()", []),
        ("@T12:30.dateOf()", []),
        ("{}.yearOf()", []),
        ("'2012'.yearOf()", []),
        ("birthDate.yearOf()", [1974]),
    ],
)
def test_parts(expression: str, expected: list[Any]) -> None:
    assert values(expression) == expected


def test_the_present_is_one_moment_in_utc() -> None:
    [(type_, text)] = typed("now()")
    assert type_ == "dateTime" and text.endswith("Z")
    assert abs(datetime.now(UTC) - datetime.fromisoformat(text)) < timedelta(seconds=60)
    assert values("now() = now() and today() = now().dateOf() and timeOfDay() = now().timeOf()") == [True]
