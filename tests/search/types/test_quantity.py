"""Quantities: https://hl7.org/fhir/R4/search.html#quantity"""

from decimal import Decimal
from math import inf, nextafter
from typing import Any

import pytest

from gateway.errors import BadRequest
from gateway.search.context import NO_CONTEXT
from gateway.search.definitions.parameters import Parameter
from gateway.search.types import quantity
from gateway.search.types.quantity import CURRENCY, UCUM

VALUE = Parameter("value-quantity", "quantity", "", stored=("value-quantity",))


def where(value: str) -> dict[str, Any]:
    found: dict[str, Any] = quantity.where("v", VALUE, None, value, NO_CONTEXT)["q"]["$elemMatch"]
    return found


def test_a_ucum_quantity_is_indexed_as_sent_and_in_base_units() -> None:
    value = {"value": Decimal("540"), "unit": "mg/dL", "system": UCUM, "code": "mg/dL"}
    as_sent, in_base_units = quantity.index("v", "Quantity", value)
    assert as_sent == {"p": "v", "lo": 540.0, "hi": 540.0, "c": "mg/dL", "s": UCUM, "u": "mg/dL"}
    assert in_base_units == {"p": "v|g.m-3", "lo": 5400.0, "hi": 5400.0}


@pytest.mark.parametrize(
    "value",
    [
        {"value": 5, "unit": "blobs"},
        {"value": 5, "system": "http://other", "code": "mg"},
        {"value": 5, "system": UCUM, "code": "nonsense"},
    ],
)
def test_a_unit_that_cannot_be_converted_has_one_entry(value: Any) -> None:
    assert len(quantity.index("v", "Quantity", value)) == 1


@pytest.mark.parametrize(
    ("comparator", "ends"),
    [("<", (-inf, 5.0)), ("<=", (-inf, 5.0)), (">", (5.0, inf)), (">=", (5.0, inf)), (None, (5.0, 5.0))],
)
def test_a_comparator_opens_an_end(comparator: str | None, ends: tuple[float, float]) -> None:
    value = {"value": 5, **({"comparator": comparator} if comparator else {})}
    [entry] = quantity.index("v", "Quantity", value)
    assert (entry["lo"], entry["hi"]) == ends


@pytest.mark.parametrize(
    ("value", "ends"),
    [
        ({"low": {"value": 1}, "high": {"value": 3}}, (1.0, 3.0)),
        ({"low": {"value": 1}}, (1.0, inf)),
        ({"high": {"value": 3}}, (-inf, 3.0)),
    ],
)
def test_a_range_reaches_from_its_low_to_its_high_end(value: Any, ends: tuple[float, float]) -> None:
    [entry] = quantity.index("v", "Range", value)
    assert (entry["lo"], entry["hi"]) == ends


def test_the_unit_of_a_range_is_that_of_either_end() -> None:
    high = {"value": 3, "system": UCUM, "code": "kg"}
    entries = quantity.index("v", "Range", {"low": {"value": 1}, "high": high})
    assert [(entry["p"], entry["lo"], entry["hi"]) for entry in entries] == [("v", 1.0, 3.0), ("v|g", 1000.0, 3000.0)]


def test_money_has_its_currency_as_code() -> None:
    assert quantity.index("v", "Money", {"value": 5, "currency": "EUR"}) == [
        {"p": "v", "lo": 5.0, "hi": 5.0, "c": "EUR", "s": CURRENCY}
    ]


@pytest.mark.parametrize("value", [{}, {"unit": "mg"}, {"value": "5"}, {"value": True}])
def test_a_quantity_without_a_value_has_no_entry(value: Any) -> None:
    assert quantity.index("v", "Quantity", value) == []


def test_a_plain_number_is_indexed_too() -> None:
    assert quantity.index("v", "decimal", 5) == [{"p": "v", "lo": 5.0, "hi": 5.0}]


def test_a_number_alone_asks_for_no_unit() -> None:
    assert where("gt5.4") == {"p": "v", "hi": {"$gt": 5.4}}


def test_a_ucum_unit_is_searched_in_base_units() -> None:
    assert where(f"gt1|{UCUM}|kg") == {"p": "v|g", "hi": {"$gt": 1000.0}}
    assert where(f"1|{UCUM}|kg") == {"p": "v|g", "lo": {"$gte": 500.0}, "hi": {"$lte": nextafter(1500.0, -inf)}}


def test_a_code_without_a_system_is_a_code_or_a_unit() -> None:
    assert where("gt5||mg") == {"p": "v", "$and": [{"hi": {"$gt": 5.0}}, {"$or": [{"c": "mg"}, {"u": "mg"}]}]}


def test_another_system_is_taken_as_it_is() -> None:
    assert where("gt5|http://other|mg") == {"p": "v", "$and": [{"hi": {"$gt": 5.0}}, {"s": "http://other", "c": "mg"}]}
    assert where("gt5|http://other|") == {"p": "v", "$and": [{"hi": {"$gt": 5.0}}, {"s": "http://other"}]}


@pytest.mark.parametrize("value", ["", "x", "5|mg", "5|a|b|c", "|s|mg", "gt|s|mg"])
def test_another_text_is_refused(value: str) -> None:
    with pytest.raises(BadRequest, match="value-quantity"):
        where(value)
