"""The entrance to the engine: compile once, call often."""

from decimal import Decimal
from typing import Any

import pytest

from gateway.fhir import path
from gateway.fhir.path import PathError
from gateway.fhir.path.expression import Expression

OBSERVATION: dict[str, Any] = {
    "resourceType": "Observation",
    "valueQuantity": {"value": Decimal("1.50"), "unit": "mg"},
    "_status": {"extension": [{"url": "u", "valueCode": "unknown"}]},
}


def test_a_call_returns_json_values_and_typed_their_types() -> None:
    expression = path.compile("value")
    assert expression(OBSERVATION) == [OBSERVATION["valueQuantity"]]
    assert expression.typed(OBSERVATION) == [("Quantity", OBSERVATION["valueQuantity"])]


def test_results_are_the_json_itself_and_no_copy() -> None:
    assert path.compile("value")(OBSERVATION)[0] is OBSERVATION["valueQuantity"]


def test_a_primitive_without_a_value_is_no_result() -> None:
    assert path.compile("status")(OBSERVATION) == path.compile("status").typed(OBSERVATION) == []
    assert path.compile("status.exists()")(OBSERVATION) == [True]


@pytest.mark.parametrize(
    ("text", "type_", "yields"),
    [
        ("value", "Observation", {"Quantity", "string", "boolean"}),
        ("value.exists()", "Observation", {"boolean"}),
        ("status & 'x'", "Observation", None),
        ("contained", "Observation", None),
    ],
)
def test_the_types_of_results_are_known_from_the_type_of_the_input(
    text: str, type_: str, yields: set[str] | None
) -> None:
    known = path.compile(text, type_).yields
    assert known is None if yields is None else yields <= (known or set())
    assert path.compile(text).yields is None


def test_an_element_has_the_type_that_the_caller_states() -> None:
    quantity = {"value": 3, "unit": "mg"}
    assert path.compile("value").typed(quantity, type="Quantity") == [("decimal", 3)]
    assert path.compile("value", "Quantity").typed(quantity) == [("decimal", 3)]
    assert path.compile("$this is date")("2018", type="date") == [True]
    assert path.compile("extension.value")(None, type="date", _extra=OBSERVATION["_status"]) == ["unknown"]


def test_other_keywords_are_variables() -> None:
    assert path.compile("%a + %b.value")({}, a=1, b={"value": 2}) == [3]
    assert path.compile("%a.count()")({}, a=[1, None, 2]) == [2]
    assert path.compile("%a is date")({}, a=("date", "2018")) == [True]


def test_an_expression_is_compiled_once() -> None:
    assert path.compile("id") is path.compile("id")
    assert path.compile("id") is not path.compile("id", "Patient")
    assert repr(Expression("id", None)) == "Expression('id')"


def test_an_unknown_element_is_an_error_only_if_the_type_of_the_input_is_known() -> None:
    assert path.compile("nonsense")(OBSERVATION) == []
    with pytest.raises(PathError, match="Observation has no element nonsense"):
        path.compile("nonsense", "Observation")
