"""Conversion from the unit sent to the canonical unit."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.mapping.quality.scale import Scale, other, rounded, scale


@pytest.mark.parametrize(
    ("loinc", "code", "number", "canonical", "unit"),
    [
        ("2345-7", "mg/dL", "100", "100", "mg/dL"),
        ("2345-7", "g/L", "1.00", "100", "mg/dL"),
        ("2345-7", "mmol/L", "5.55", "100", "mg/dL"),
        ("8310-5", "[degF]", "98.6", "37.0", "Cel"),
        ("4548-4", "mmol/mol", "53", "7.00", "%"),
        (None, "mmol/L", "5.55", "5.55", "mmol/L"),
    ],
)
def test_a_number_becomes_canonical(loinc: str | None, code: str, number: str, canonical: str, unit: str) -> None:
    made = scale(loinc, code, "http://unitsofmeasure.org", None)
    assert (made.of(Decimal(number)), made.unit) == (Decimal(canonical), unit)


@pytest.mark.parametrize(
    ("code", "text", "rule"),
    [
        (None, None, "unit.missing"),
        (None, "zorks", "unit.unknown"),
        ("kg", None, "unit.dimension"),
        ("mg/dL", "mmol/L", "unit.contradiction"),
    ],
)
def test_a_unit_that_cannot_be_converted_has_a_rule(code: str | None, text: str | None, rule: str) -> None:
    made = scale("2345-7", code, "http://unitsofmeasure.org", text)
    assert made.unit is None and made.rules[-1][0] == rule


def test_a_power_of_ten_keeps_the_digits() -> None:
    assert str(scale("2345-7", "g/L", "UCUM", None).of(Decimal("1.0"))) == "100"
    assert str(Scale("x", power=-3).of(Decimal("12.50"))) == "0.01250"


@given(st.decimals(min_value="0.01", max_value=1000, places=2))
def test_conversion_there_and_back_is_exact_before_rounding(number: Decimal) -> None:
    there, back = scale("2345-7", "mmol/L", "UCUM", None), other("2345-7")
    assert back is not None and back.unit == "mmol/L"
    assert back.factor * there.exactly(number) == Fraction(number)


@given(st.fractions(min_value=1, max_value=10**6), st.integers(3, 10))
def test_rounding_is_within_half_of_the_last_digit(value: Fraction, digits: int) -> None:
    made = rounded(value, digits)
    assert abs(Fraction(made) - value) <= Fraction(value) / 10 ** (digits - 1) / 2
