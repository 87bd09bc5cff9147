"""The form of a FHIRPath patch (https://hl7.org/fhir/R4/fhirpatch.html)."""

from typing import Any

import pytest

from gateway.errors import BadRequest, Invalid
from gateway.fhir.patch.operation import PatchOperation, operations

REPLACE = [
    {"name": "type", "valueCode": "replace"},
    {"name": "path", "valueString": "Patient.birthDate"},
    {"name": "value", "valueDate": "1930-01-01"},
]


def parameters(*parts: Any, name: str = "operation") -> dict[str, Any]:
    return {"resourceType": "Parameters", "parameter": [{"name": name, "part": list(parts)}]}


def test_the_parts_of_an_operation_are_its_fields() -> None:
    [operation] = operations(parameters(*REPLACE))
    assert operation == PatchOperation(
        0, "Parameters.parameter[0]", "replace", "Patient.birthDate", value={"name": "value", "valueDate": "1930-01-01"}
    )
    assert str(operation) == "operation 0 (replace Patient.birthDate)"


def test_a_move_has_two_positions() -> None:
    parts: list[dict[str, Any]] = [{"name": "type", "valueCode": "move"}, {"name": "path", "valueString": "a"}]
    parts += [{"name": "source", "valueInteger": 3}, {"name": "destination", "valueInteger": 1}]
    [operation] = operations(parameters(*parts))
    assert (operation.source, operation.destination) == (3, 1)


def test_an_error_of_an_operation_names_it() -> None:
    [operation] = operations(parameters(*REPLACE))
    error = operation.invalid("no such element")
    assert isinstance(error, Invalid)
    assert error.issues[0].text == "operation 0 (replace Patient.birthDate): no such element"
    assert error.issues[0].expression == "Parameters.parameter[0]"


def test_no_parameters_are_no_operations() -> None:
    assert operations({"resourceType": "Parameters"}) == []


@pytest.mark.parametrize(
    ("patch", "reason", "expression"),
    [
        ([], "must be a Parameters resource", ""),
        ({"resourceType": "Patient"}, "must be a Parameters resource", ""),
        ({"resourceType": "Parameters", "parameter": {}}, "parameter must be a list", "Parameters.parameter"),
        (parameters(name="other"), "parameter 0 must be an operation", "Parameters.parameter[0]"),
        (parameters(), "operation 0 needs a type: add, insert", "Parameters.parameter[0]"),
        (parameters({"name": "type", "valueCode": "change"}), "operation 0 needs a type", "Parameters.parameter[0]"),
        (parameters(*REPLACE[:1]), r"operation 0 \(replace\) needs path", "Parameters.parameter[0]"),
        (parameters(*REPLACE[:2]), r"operation 0 \(replace\) needs value", "Parameters.parameter[0]"),
        (parameters(REPLACE[0], REPLACE[0]), "unknown or repeated part", "Parameters.parameter[0].part[1]"),
        (parameters({"name": "colour"}), "unknown or repeated part", "Parameters.parameter[0].part[0]"),
        (parameters({"name": "path", "valueInteger": 1}), "path must be a string", "Parameters.parameter[0].part[0]"),
        (parameters({"name": "index", "valueInteger": -1}), "whole number from 0", "Parameters.parameter[0].part[0]"),
        (parameters({"name": "index", "valueBoolean": True}), "whole number", "Parameters.parameter[0].part[0]"),
    ],
)
def test_a_malformed_patch_is_refused_with_its_place(patch: Any, reason: str, expression: str) -> None:
    with pytest.raises(BadRequest, match=reason) as caught:
        operations(patch)
    assert [issue.expression for issue in caught.value.issues] == [expression]
