"""Math functions (https://hl7.org/fhirpath/N1/#math), with the examples of the specification."""

from decimal import Decimal
from typing import Any

import pytest

from gateway.fhir.path.errors import PathError
from tests.fhir.path.functions.cases import values


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("(-5).abs()", [5]),
        ("(-5.5).abs()", [Decimal("5.5")]),
        ("(-5.5 'mg').abs() = 5.5 'mg'", [True]),
        ("1.ceiling()", [1]),
        ("1.1.ceiling()", [2]),
        ("(-1.1).ceiling()", [-1]),
        ("2.1.floor()", [2]),
        ("(-2.1).floor()", [-3]),
        ("101.truncate()", [101]),
        ("1.00000001.truncate()", [1]),
        ("(-1.56).truncate()", [-1]),
        ("1.round()", [1]),
        ("3.14159.round(3)", [Decimal("3.142")]),
        ("(-1.5).round()", [Decimal(-2)]),
        ("0.exp()", [1]),
        ("1.ln()", [0]),
        ("16.log(2)", [4]),
        ("100.0.log(10.0)", [2]),
        ("2.power(3)", [8]),
        ("2.5.power(2)", [Decimal("6.25")]),
        ("(-1).power(0.5)", []),
        ("81.sqrt()", [9]),
        ("(-1).sqrt()", []),
        ("0.ln()", []),
        ("{}.abs() | {}.ceiling() | {}.round() | {}.sqrt()", []),
        ("2.power({})", []),
        ("2.power(31)", []),
        ("99999999999.5.floor()", []),
    ],
)
def test_maths(expression: str, expected: list[Any]) -> None:
    assert values(expression) == expected


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("'a'.abs()", r"a number expected, System\.String found"),
        ("(1 'mg').sqrt()", r"a number expected, System\.Quantity found"),
        ("1.5.round(-1)", "takes no negative precision"),
    ],
)
def test_other_types_than_numbers_are_an_error(expression: str, reason: str) -> None:
    with pytest.raises(PathError, match=reason):
        values(expression)
