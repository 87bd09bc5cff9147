"""Boundaries (https://hl7.org/fhirpath/#lowboundaryprecision-integer-decimal--date--datetime--time)."""

from decimal import Decimal
from typing import Any

import pytest

from tests.fhir.path.functions.cases import values


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("1.587.lowBoundary()", [Decimal("1.58650000")]),
        ("1.587.lowBoundary(6)", [Decimal("1.586500")]),
        ("1.587.lowBoundary(2)", [Decimal("1.58")]),
        ("1.587.highBoundary()", [Decimal("1.58750000")]),
        ("1.587.highBoundary(2)", [Decimal("1.59")]),
        ("(-1.587).lowBoundary(2)", [Decimal("-1.59")]),
        ("1.lowBoundary(0)", [Decimal("0")]),
        ("1.highBoundary(1)", [Decimal("1.5")]),
        ("1.587.lowBoundary(32)", []),
        ("1.587.lowBoundary(-1)", []),
        ("(1.587 'cm').highBoundary(3) = 1.588 'cm'", [True]),
        ("@1970-06.lowBoundary()", ["1970-06-01"]),
        ("@1970-06.highBoundary()", ["1970-06-30"]),
        ("@2016-02.highBoundary()", ["2016-02-29"]),
        ("@2014.lowBoundary(6)", ["2014-01"]),
        ("@2014-01-01T08.lowBoundary(17)", ["2014-01-01T08:00:00.000+14:00"]),
        ("@2014-01-01T08.highBoundary(17)", ["2014-01-01T08:59:59.999-12:00"]),
        ("@2014-01-01T08:05+08:00.highBoundary(17)", ["2014-01-01T08:05:59.999+08:00"]),
        ("@2014-01-01T08.lowBoundary(8)", ["2014-01-01"]),
        ("@T10:30.lowBoundary(9)", ["10:30:00.000"]),
        ("@T10:30.highBoundary(9)", ["10:30:59.999"]),
        ("@2014.lowBoundary(5)", []),
        ("{}.lowBoundary()", []),
        ("'a'.lowBoundary()", []),
        ("1.58700.precision()", [5]),
        ("1.precision()", [0]),
        ("@2014.precision()", [4]),
        ("@2014-01.precision()", [6]),
        ("@2014-01-05T10:30:00.000.precision()", [17]),
        ("@T10:30.precision()", [4]),
        ("@T10:30:00.000.precision()", [9]),
        ("{}.precision()", []),
    ],
)
def test_boundaries(expression: str, expected: list[Any]) -> None:
    assert values(expression) == expected
