"""Numbers that were sent as text."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.mapping.quality.numbers import NumberText, known_unit, number, parse


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.50", "1.50"),
        ("-3", "-3"),
        ("5,2", "5.2"),
        ("0,125", "0.125"),
        ("1,234,567", "1234567"),
        ("1,234.5", "1234.5"),
        ("1.234,5", "1234.5"),
        ("1,234", None),
        ("1.2.3", None),
        ("", None),
    ],
)
def test_a_number_with_two_readings_is_not_read(text: str, value: str | None) -> None:
    found = number(text)
    assert (None if found is None else str(found)) == value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<0.5", NumberText("number", (Decimal("0.5"),), "<")),
        ("≥ 10 mg/dL", NumberText("number", (Decimal(10),), ">=", "mg/dL")),
        ("15.0 gm/L", NumberText("number", (Decimal("15.0"),), None, "gm/L")),
        ("250 10*3/uL", NumberText("number", (Decimal(250),), None, "10*3/uL")),
        ("120/80 mmHg", NumberText("pressure", (Decimal(120), Decimal(80)), None, "mmHg")),
        ("80/120", None),
        ("1:80", NumberText("titer", (Decimal(80),), None, "{titer}")),
        ("2+", NumberText("grade", (Decimal(2),), None, "{plus}")),
        ("+++", NumberText("grade", (Decimal(3),), None, "{plus}")),
        ("+", None),
        ("3.5-5.0", NumberText("range", (Decimal("3.5"), Decimal("5.0")))),
        ("5-3", None),
        ("250.000 /µl", None),
        ("about 5", None),
        ("-", None),
        ("&lt;5", NumberText("number", (Decimal(5),), "<")),
    ],
)
def test_a_text_is_one_number_and_nothing_else(text: str, expected: NumberText | None) -> None:
    found = parse(text)
    if expected is not None and expected.unit is None and found is not None:
        assert found[:3] == expected[:3] and found.unit is None
    else:
        assert found == expected


@given(st.decimals(min_value=0, max_value=10**6, places=2), st.sampled_from(["", "<", ">="]))
def test_a_plain_number_is_read_with_its_digits(value: Decimal, sign: str) -> None:
    found = parse(f"{sign}{value}")
    assert found is not None and str(found.numbers[0]) == str(value) and (found.comparator or "") == sign


def test_a_unit_is_known_without_knowing_what_was_measured() -> None:
    assert known_unit("mg/dL") and not known_unit("zorks") and not known_unit(None)
