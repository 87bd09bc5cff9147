"""Quantities (https://hl7.org/fhirpath/N1/#quantity)."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.fhir.path import quantity_math
from gateway.fhir.path.quantity_math import Quantity
from gateway.fhir.path.values import quantity

CODES = ("g", "kg", "mg", "lb_av", "m", "cm", "[in_i]", "s", "min", "h", "d", "wk", "mL", "L", "1", "%")


def of(value: Any, unit: str) -> Quantity:
    return quantity(Decimal(str(value)), unit)


@pytest.mark.parametrize(
    ("measure", "unit"),
    [
        ({"code": "mg", "system": "http://unitsofmeasure.org", "unit": "milligram"}, "mg"),
        ({"code": "mg"}, "mg"),
        ({"code": "tbl", "system": "http://example.org"}, "http://example.org|tbl"),
        ({"unit": "tablet", "system": "http://example.org"}, None),
        ({"unit": "days"}, "d"),
        ({"unit": "years"}, "year"),
        ({"unit": "month"}, "month"),
        ({"unit": "tablets"}, "tablets"),
        ({"value": 3}, "1"),
    ],
)
def test_a_unit_is_a_code_or_a_calendar_word(measure: Quantity, unit: str | None) -> None:
    assert quantity_math.unit(measure) == unit


@pytest.mark.parametrize(
    ("left", "right", "order"),
    [
        (of(1, "kg"), of(1000, "g"), 0),
        (of("1.1", "cm"), of(10, "mm"), 1),
        (of(7, "days"), of(1, "week"), 0),
        (of(7, "days"), of(1, "wk"), 0),
        (of(1, "year"), of(13, "months"), -1),
        (of(1, "year"), of(1, "a"), None),
        (of(1, "cm"), of(1, "s"), None),
        (of(1, "cm"), {"code": "cm"}, None),
        (of(1, "tablet"), of(1, "tablet"), 0),
    ],
)
def test_quantities_have_an_order_if_their_units_convert(left: Quantity, right: Quantity, order: int | None) -> None:
    assert quantity_math.compare_quantities(left, right) == order
    assert quantity_math.compare_quantities(right, left) == (None if order is None else -order)


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        (of(1, "kg"), of("1000.0", "g"), True),
        (of(1, "year"), of(1, "a"), None),
        (of(1, "month"), of(30, "d"), None),
        (of(1, "year"), of(12, "months"), True),
        (of(1, "kg"), of(1, "m"), False),
        ({**of(1, "kg"), "comparator": "<"}, of(1, "kg"), False),
    ],
)
def test_a_calendar_year_neither_equals_a_ucum_year_nor_differs_from_it(
    left: Quantity, right: Quantity, same: bool | None
) -> None:
    assert quantity_math.same_quantity(left, right) is quantity_math.same_quantity(right, left) is same


@pytest.mark.parametrize(
    ("left", "right", "similar"),
    [
        (of(1, "year"), of(1, "a"), True),
        (of(1, "month"), of(1, "mo"), True),
        (of(4, "g"), of("4000.1", "mg"), True),
        (of(4, "g"), of("4600", "mg"), False),
        (of("4.0", "g"), of("4.04", "g"), True),
        (of(1, "g"), of(1, "m"), False),
    ],
)
def test_equivalence_takes_the_precision_of_the_less_precise(left: Quantity, right: Quantity, similar: bool) -> None:
    """https://hl7.org/fhirpath/N1/#equivalent"""
    assert quantity_math.similar_quantity(left, right) is quantity_math.similar_quantity(right, left) is similar


def test_sums_have_the_unit_of_the_left_side() -> None:
    assert quantity_math.total(of(3, "m"), of(3, "cm"), 1) == of("3.03", "m")
    assert quantity_math.total(of(3, "cm"), of(3, "m"), 1) == of(303, "cm")
    assert quantity_math.total(of(3, "m"), of(3, "cm"), -1) == of("2.97", "m")
    assert quantity_math.total(of(3, "m"), of(3, "s"), 1) is None


def test_products_and_quotients_have_base_units_or_keep_theirs() -> None:
    area = quantity_math.product(of(2, "cm"), of(2, "m"))
    assert area is not None and (area["value"], area["code"]) == (Decimal("0.04"), "m2")
    assert quantity_math.product(of(2, "cm"), {"value": 3}) == of(6, "cm")
    assert quantity_math.quotient(of(6, "cm"), {"value": 3}) == of(2, "cm")
    assert quantity_math.quotient(of(6, "cm"), of(0, "s")) is None


def test_conversion_to_a_unit() -> None:
    assert quantity_math.in_unit(of(1, "wk"), "days") == of(7, "days")
    assert quantity_math.in_unit(of(1, "[in_i]"), "cm") == of("2.54", "cm")
    assert quantity_math.in_unit(of(1, "g"), "m") is None
    assert quantity_math.convertible(of(1, "g"), of(5, "kg")) and not quantity_math.convertible(of(1, "g"), of(5, "m"))


def test_a_value_that_is_missing_stays_missing() -> None:
    assert quantity_math.with_value({"code": "g"}, abs) is quantity_math.number({"value": "3"}) is None
    assert quantity_math.with_value(of(-1, "g"), abs) == of(1, "g")
    assert quantity_math.number({"value": 1.1}) == Decimal("1.1")


def test_a_quantity_is_written_as_a_literal() -> None:
    assert quantity_math.written(of("1.50", "mg")) == "1.50 'mg'"
    assert quantity_math.written(of(4, "days")) == "4 days"
    assert quantity_math.written({"value": Decimal(4)}) == "4 '1'"


@given(st.decimals(-1000, 1000, places=3), st.sampled_from(CODES), st.sampled_from(CODES))
def test_two_quantities_share_a_key_exactly_if_they_are_the_same(value: Decimal, from_code: str, to_code: str) -> None:
    left = quantity(value, from_code)
    right = quantity_math.in_unit(left, to_code) or quantity(value, to_code)
    same = quantity_math.same_quantity(left, right)
    assert (quantity_math.key(left) == quantity_math.key(right)) == (same is True)
