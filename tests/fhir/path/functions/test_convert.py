"""Conversion (https://hl7.org/fhirpath/N1/#conversion)."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.fhir import path
from tests.fhir.path.functions.cases import typed, values


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("'true'.toBoolean()", [True]),
        ("'Y'.toBoolean()", [True]),
        ("'0.0'.toBoolean()", [False]),
        ("1.toBoolean()", [True]),
        ("0.0.toBoolean()", [False]),
        ("2.toBoolean()", []),
        ("'maybe'.toBoolean()", []),
        ("true.toInteger()", [1]),
        ("'-12'.toInteger()", [-12]),
        ("'1.0'.toInteger()", []),
        ("1.0.toInteger()", []),
        ("'2147483648'.toInteger()", []),
        ("'1.50'.toDecimal()", [Decimal("1.50")]),
        ("'1.'.toDecimal()", []),
        ("true.toDecimal()", [1]),
        ("1.50.toString()", ["1.50"]),
        ("true.toString()", ["true"]),
        ("@2018.toString()", ["2018"]),
        ("(4 days).toString()", ["4 days"]),
        ("(1.5 'mg').toString()", ["1.5 'mg'"]),
        ("'2018-01'.toDate()", ["2018-01"]),
        ("'2018-13'.toDate()", []),
        ("@2018-01-02T10:00:00Z.toDate()", ["2018-01-02"]),
        ("@2018.toDateTime()", ["2018"]),
        ("'10:00'.toTime()", ["10:00"]),
        ("@2018.toTime()", []),
        ("'5 days'.toQuantity() = 5 days", [True]),
        ("\"1.5 'mg'\".toQuantity()", []),
        ("1.toQuantity() = 1 '1'", [True]),
        ("'5 apples'.toQuantity()", []),
        ("(1 'kg').toQuantity('g') = 1000 'g'", [True]),
        ("(1 'kg').toQuantity('m')", []),
        ("{}.toInteger()", []),
        ("managingOrganization.toString()", []),
        ("'1'.convertsToInteger()", [True]),
        ("'a'.convertsToInteger()", [False]),
        ("{}.convertsToInteger()", []),
        ("(1 'kg').convertsToQuantity('m')", [False]),
        ("birthDate.convertsToDateTime()", [True]),
        ("(1 'cm').comparable(1 '[in_i]')", [True]),
        ("(1 'cm').comparable(1 's')", [False]),
    ],
)
def test_conversion(expression: str, expected: list[Any]) -> None:
    assert values(expression) == expected


def test_a_conversion_has_a_system_type() -> None:
    assert typed("active.toString()") == [("string", "true")]
    assert typed("birthDate.toDateTime()") == [("dateTime", "1974-12-25")]


@given(st.integers(-(2**31), 2**31 - 1) | st.booleans() | st.decimals(-1000, 1000, places=3))
def test_a_text_converts_back_to_its_value(value: Any) -> None:
    name = "Boolean" if isinstance(value, bool) else "Integer" if isinstance(value, int) else "Decimal"
    assert path.compile(f"%x.toString().to{name}() = %x")({}, x=value) == [True]
    assert path.compile(f"%x.toString().convertsTo{name}()")({}, x=value) == [True]
