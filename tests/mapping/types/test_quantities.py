"""Quantities in different units are compared in one canonical unit."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.mapping.types.support import UCUM, findings, read, refusal, write


def test_quantities_in_different_units_meet_in_one_canonical_unit() -> None:
    def weigh(value: str, code: str) -> Any:
        sent = {"value": Decimal(value), "unit": code, "system": UCUM, "code": code}
        return read("quantity", "Quantity", sent)["canonical"]

    assert weigh("85.7", "kg") == weigh("85700", "g") == {"number": Decimal(85700), "unit": "g"}


@pytest.mark.parametrize(
    "sent",
    [{"unit": "kg"}, {"unit": "kg", "code": "kg"}, {"unit": "kg", "code": "kg", "system": "urn:local"}, {}],
)
def test_a_unit_that_is_not_claimed_to_be_ucum_is_not_guessed(sent: dict[str, str]) -> None:
    assert read("quantity", "Quantity", {"value": 1, **sent}) == {"number": Decimal(1), **sent}


def test_a_unit_claimed_to_be_ucum_that_is_not_is_kept_and_noted() -> None:
    sent = {"value": 1, "system": UCUM, "code": "beats/minute"}
    found, notes = findings("quantity", "Quantity", sent)
    assert found == {"number": Decimal(1), "system": UCUM, "code": "beats/minute"}
    assert notes == [("code", "not a UCUM unit that can be converted")]


def test_a_unit_shown_that_contradicts_its_code_is_not_converted() -> None:
    sent = {"value": 1, "unit": "kg", "system": UCUM, "code": "g"}
    document, notes = findings("quantity", "Quantity", sent)
    assert "canonical" not in document
    assert notes == [("unit", "another unit than that of the code: not converted")]


def test_a_code_that_people_read_differently_is_not_converted() -> None:
    document, notes = findings("quantity", "Quantity", {"value": 37, "system": UCUM, "code": "C"})
    assert "canonical" not in document
    assert notes == [("code", "C is read differently by UCUM and by people: not converted")]


def test_the_canonical_amount_follows_and_cannot_be_written() -> None:
    raw = {"value": Decimal("85.7"), "system": UCUM, "code": "kg"}
    document = {"number": Decimal("85.8"), "system": UCUM, "code": "kg"}
    assert write("quantity", "Quantity", document, raw) == {**raw, "value": Decimal("85.8")}
    changed = {**document, "canonical": {"number": Decimal(1), "unit": "g"}}
    assert refusal("quantity", "Quantity", changed, raw).startswith("canonical: follows from the other parts")


@given(st.decimals(min_value=1, max_value=10**6, places=2))
def test_a_number_is_written_back_with_the_digits_it_was_read_with(number: Decimal) -> None:
    raw = {"value": number, "unit": "mg"}
    assert str(write("quantity", "Quantity", read("quantity", "Quantity", raw))["value"]) == str(number)
