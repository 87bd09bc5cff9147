"""The functions of FHIR (https://hl7.org/fhir/R4/fhirpath.html#functions) and the keys of SQL on FHIR."""

from typing import Any

import pytest

from gateway.fhir.path.errors import PathError
from tests.fhir.path.functions.cases import typed, values


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("birthDate.extension('http://example.org/time').value", ["1974-12-25T14:35:45-05:00"]),
        ("birthDate.extension('http://example.org/other')", []),
        ("contact.name.family.extension('u').value", ["VV"]),
        ("birthDate.hasValue()", [True]),
        ("name.hasValue()", [False]),
        ("name.first().hasValue()", [False]),
        ("{}.hasValue()", [False]),
        ("birthDate.getValue()", ["1974-12-25"]),
        ("name.given.getValue()", []),
        ("conformsTo('http://hl7.org/fhir/StructureDefinition/Patient')", [True]),
        ("conformsTo('http://hl7.org/fhir/StructureDefinition/DomainResource|4.0.1')", [True]),
        ("conformsTo('http://hl7.org/fhir/StructureDefinition/Observation')", [False]),
        ("getResourceKey()", ["Patient/p"]),
        ("managingOrganization.getReferenceKey()", ["Organization/o"]),
        ("managingOrganization.getReferenceKey(Organization)", ["Organization/o"]),
        ("managingOrganization.getReferenceKey(Patient)", []),
        ("name.getResourceKey()", []),
        ("checkModifiers('http://example.org/m').id", ["p"]),
    ],
)
def test_functions_of_fhir(expression: str, expected: list[Any]) -> None:
    assert values(expression) == expected


def test_the_value_of_a_primitive_has_a_system_type() -> None:
    assert typed("birthDate") == [("date", "1974-12-25")]
    assert values("birthDate.getValue() is System.Date and birthDate is FHIR.date") == [True]


def test_resolve_calls_the_resolver() -> None:
    organization = {"resourceType": "Organization", "id": "o", "name": "Acme"}
    assert values("managingOrganization.resolve().name", resolve={"Organization/o": organization}.get) == ["Acme"]
    assert values("managingOrganization.resolve()") == []
    assert values("managingOrganization.resolve() is Organization") == [True]


def test_an_unknown_profile_is_an_error() -> None:
    with pytest.raises(PathError, match=r"the profile http://example.org/p is not known"):
        values("conformsTo('http://example.org/p')")


def test_an_unknown_modifier_is_an_error() -> None:
    from gateway.fhir import path

    patient = {"resourceType": "Patient", "modifierExtension": [{"url": "http://example.org/m", "valueBoolean": True}]}
    assert path.compile("checkModifiers('http://example.org/m').exists()")(patient) == [True]
    with pytest.raises(PathError, match=r"the modifier http://example.org/m is not understood"):
        path.compile("checkModifiers()")(patient)
