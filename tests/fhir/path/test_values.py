from decimal import Decimal
from typing import Any

import pytest

from gateway.fhir.path.errors import PathError
from gateway.fhir.path.values import (
    FALSE,
    TRUE,
    Node,
    Nodes,
    boolean,
    check_length,
    node_of,
    outside,
    quantity,
    single,
    text,
    truth,
    whole,
)

EXTENSION = {
    "extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "masked"}]
}


@pytest.mark.parametrize(
    ("nodes", "answer"),
    [
        ([], None),
        ([TRUE], True),
        ([FALSE], False),
        ([("boolean", True, None)], True),
        ([("boolean", None, EXTENSION)], None),
        ([("string", "false", None)], True),
        ([("Patient", {"resourceType": "Patient"}, None)], True),
    ],
)
def test_a_collection_is_a_condition_by_singleton_evaluation(nodes: Nodes, answer: bool | None) -> None:
    """https://hl7.org/fhirpath/N1/#singleton-evaluation-of-collections"""
    assert truth(nodes) is answer


def test_several_items_are_neither_a_condition_nor_a_single_value() -> None:
    for read in (truth, single, text, whole):
        with pytest.raises(PathError, match="one item expected, 2 found"):
            read([TRUE, TRUE])


def test_a_text_is_any_kind_of_string_and_nothing_else() -> None:
    assert text([("code", "male", None)]) == text([("System.String", "male", None)]) == "male"
    assert text([]) is None
    assert text([("string", None, EXTENSION)]) is None
    with pytest.raises(PathError, match=r"String expected, System\.Integer found"):
        text([("System.Integer", 1, None)])


def test_a_whole_number_is_an_integer_of_any_kind() -> None:
    assert whole([("positiveInt", 3, None)]) == 3
    with pytest.raises(PathError, match="Integer expected, decimal found"):
        whole([("decimal", Decimal("3.0"), None)])


def test_unknown_is_the_empty_collection() -> None:
    assert [boolean(None), boolean(True), boolean(False)] == [[], [TRUE], [FALSE]]


@pytest.mark.parametrize(
    ("value", "node"),
    [
        (True, ("System.Boolean", True, None)),
        (1, ("System.Integer", 1, None)),
        (1.10, ("System.Decimal", Decimal("1.1"), None)),
        (Decimal("1.10"), ("System.Decimal", Decimal("1.10"), None)),
        ("a", ("System.String", "a", None)),
        ({"resourceType": "Patient"}, ("Patient", {"resourceType": "Patient"}, None)),
        ({"value": 1}, ("Element", {"value": 1}, None)),
        ({"resourceType": 1}, ("Element", {"resourceType": 1}, None)),
    ],
)
def test_a_value_from_outside_is_typed_by_its_json(value: Any, node: Node) -> None:
    assert node_of(value) == node


def test_results_leave_the_engine_with_fhir_types() -> None:
    assert outside(("System.DateTime", "2015", None)) == ("dateTime", "2015")
    assert outside(("System.Quantity", {}, None)) == ("Quantity", {})
    assert outside(("code", "male", None)) == ("code", "male")


def test_a_calendar_duration_has_no_ucum_code() -> None:
    assert quantity(Decimal(1), "year") == {"value": Decimal(1), "unit": "year"}
    assert quantity(Decimal(1), "a")["code"] == "a"


def test_an_expression_makes_no_endless_text() -> None:
    check_length(10_000_000)
    with pytest.raises(PathError, match="grows too long"):
        check_length(10_000_001)
