"""%variables (https://hl7.org/fhir/R4/fhirpath.html#variables)."""

import pytest

from gateway.fhir.path.errors import PathError
from gateway.fhir.path.nodes import Variable
from gateway.fhir.path.scope import Scope
from gateway.fhir.path.values import Node, Nodes, integer, string
from gateway.fhir.path.variables import is_reserved, read

PATIENT: Node = ("Patient", {"resourceType": "Patient"}, None)


def value(name: str, **variables: Nodes) -> Nodes:
    scope = Scope(PATIENT)
    scope.variables = variables
    return read(Variable(name, 3))(scope)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("sct", "http://snomed.info/sct"),
        ("loinc", "http://loinc.org"),
        ("ucum", "http://unitsofmeasure.org"),
        ("vs-observation-status", "http://hl7.org/fhir/ValueSet/observation-status"),
        ("cs-observation-status", "http://hl7.org/fhir/CodeSystem/observation-status"),
        ("ext-patient-birthTime", "http://hl7.org/fhir/StructureDefinition/patient-birthTime"),
    ],
)
def test_fhir_defines_addresses(name: str, expected: str) -> None:
    assert value(name) == string(expected)
    assert is_reserved(name)


def test_the_input_is_context_resource_and_root_resource() -> None:
    assert value("context") == value("resource") == value("rootResource") == [PATIENT]


def test_the_caller_may_define_any_name() -> None:
    assert value("limit", limit=integer(3)) == integer(3)
    assert value("resource", resource=integer(3)) == integer(3)
    assert not is_reserved("limit")


def test_an_unknown_name_is_an_error_where_it_stands() -> None:
    with pytest.raises(PathError, match="%limit is not defined") as caught:
        value("limit")
    assert caught.value.at == 3
