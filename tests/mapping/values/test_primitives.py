"""Single values keep their precision, and odd ones are refused."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.mapping.values.lens import Unreadable
from tests.mapping.types.support import findings, read, refusal, write


def test_a_decimal_keeps_its_precision() -> None:
    assert str(read("decimal", "decimal", Decimal("19.00"))) == "19.00"
    assert str(read("decimal", "decimal", Decimal("1E-7"))) == "1E-7"


def test_a_decimal_that_mongodb_cannot_hold_is_rounded_and_noted() -> None:
    found, notes = findings("decimal", "decimal", Decimal("0." + "1" * 40))
    assert found == Decimal("0." + "1" * 34) and notes == [("", "rounded to 34 digits")]


@pytest.mark.parametrize("sent", ["1.0", True, None, Decimal("NaN"), Decimal("Infinity"), Decimal("1E+7000"), 1.5])
def test_what_is_no_number_is_refused(sent: Any) -> None:
    with pytest.raises(Unreadable):
        findings("decimal", "decimal", sent)


@pytest.mark.parametrize("sent", [2**63, -(2**63) - 1, True, "1", Decimal(1)])
def test_an_integer_has_at_most_64_bits(sent: Any) -> None:
    with pytest.raises(Unreadable):
        findings("integer", "integer", sent)


@pytest.mark.parametrize("sent", ["", None, 1, ["text"], {"a": 1}])
def test_text_is_never_empty_and_always_text(sent: Any) -> None:
    with pytest.raises(Unreadable):
        findings("text", "string", sent)


@pytest.mark.parametrize(
    ("type_", "fhir", "value", "reason"),
    [
        ("text", "string", 1, "must be text"),
        ("text", "string", "", "must not be empty: leave it out instead"),
        ("boolean", "boolean", "true", "must be true or false"),
        ("integer", "integer", Decimal(1), "must be a whole number of at most 64 bits"),
        ("integer", "integer", 2**63, "must be a whole number of at most 64 bits"),
        ("decimal", "decimal", "1", "must be a number"),
        ("decimal", "decimal", Decimal("NaN"), "must be a number"),
        ("decimal", "decimal", Decimal("0." + "1" * 35), "must be a number of at most 34 digits"),
    ],
)
def test_a_refusal_says_what_a_value_must_be(type_: str, fhir: str, value: Any, reason: str) -> None:
    assert refusal(type_, fhir, value) == f": {reason}"


@given(st.integers(-(2**63), 2**63 - 1))
def test_every_integer_of_64_bits_is_read_as_it_was_written(value: int) -> None:
    assert read("integer", "integer", write("integer", "integer", value)) == value


def test_a_narrative_must_be_what_fhir_allows() -> None:
    div = '<div xmlns="http://www.w3.org/1999/xhtml">a</div>'
    assert write("text", "xhtml", div) == div
    assert refusal("text", "xhtml", "<p>a</p>").startswith(": must be a div of XHTML")
