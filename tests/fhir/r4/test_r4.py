"""The definitions of R4 (https://hl7.org/fhir/R4/resourcelist.html, https://hl7.org/fhir/R4/datatypes.html)."""

import re

import pytest

from gateway.fhir import r4


def test_the_resource_types_are_those_of_r4() -> None:
    assert len(r4.resource_types()) == 146
    assert {"Patient", "Bundle", "Binary", "Parameters"} <= r4.resource_types()
    assert not {"Resource", "DomainResource", "Patient.contact", "HumanName"} & r4.resource_types()


def test_a_type_has_the_elements_of_its_bases_first() -> None:
    patient = r4.types()["Patient"]
    assert (patient.kind, patient.base, patient.abstract) == ("resource", "DomainResource", False)
    assert list(patient.elements)[:9] == [
        "id", "meta", "implicitRules", "language", "text", "contained", "extension", "modifierExtension", "identifier",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("type_", "name", "low", "high", "types"),
    [
        ("Patient", "birthDate", 0, "1", ("date",)),
        ("Patient", "deceased", 0, "1", ("boolean", "dateTime")),
        ("Patient", "contact", 0, "*", ("Patient.contact",)),
        ("Observation", "status", 1, "1", ("code",)),
        ("Bundle.entry", "resource", 0, "1", ("Resource",)),
    ],
)
def test_an_element_has_cardinality_and_types(
    type_: str, name: str, low: int, high: str, types: tuple[str, ...]
) -> None:
    element = r4.types()[type_].elements[name]
    assert (element.min, element.max, element.types) == (low, high, types)
    assert element.many == (high == "*")
    assert element.choice == (len(types) > 1)


def test_an_element_knows_its_targets_binding_and_invariants() -> None:
    observation = r4.types()["Observation"].elements
    assert set(observation["subject"].targets) == {"Patient", "Group", "Device", "Location"}
    assert observation["status"].required == "http://hl7.org/fhir/ValueSet/observation-status"
    assert observation["status"].summary and observation["status"].modifier
    assert "pat-1" in {rule.key for rule in r4.types()["Patient.contact"].rules} | {
        rule.key for rule in r4.types()["Patient"].elements["contact"].rules
    }


@pytest.mark.parametrize(
    ("type_", "valid", "invalid"),
    [("id", "a.b-1", "a_b"), ("date", "2018-02", "2018-2"), ("oid", "urn:oid:1.2.3", "1.2.3"), ("code", "a b", "a  b")],
)
def test_a_primitive_has_a_form(type_: str, valid: str, invalid: str) -> None:
    form = r4.types()[type_].regex
    assert form is not None
    assert re.fullmatch(form, valid) and not re.fullmatch(form, invalid)


def test_search_parameters_belong_to_a_base() -> None:
    family = r4.search_parameters()["Patient"]["family"]
    assert (family.type, family.expression) == ("string", "Patient.name.family")
    assert r4.search_parameters()["Resource"]["_lastUpdated"].type == "date"
    composite = r4.search_parameters()["Observation"]["code-value-quantity"]
    assert [component.code for component in composite.components] == ["code", "value-quantity"]


def test_a_required_binding_has_its_codes() -> None:
    gender = r4.codes()["http://hl7.org/fhir/ValueSet/administrative-gender"]
    assert gender == {"http://hl7.org/fhir/administrative-gender": frozenset({"male", "female", "other", "unknown"})}


def test_a_compartment_has_parameters_for_each_type() -> None:
    """https://hl7.org/fhir/R4/compartmentdefinition-patient.html"""
    patient = r4.compartments()["Patient"]
    assert patient["Observation"] == ("subject", "performer")
    assert patient["Account"] == ("subject",)


def test_an_extension_has_contexts_and_a_value_or_parts() -> None:
    birth = r4.extensions()["http://hl7.org/fhir/StructureDefinition/patient-birthTime"]
    assert (birth.types, birth.contexts, birth.modifier) == (("dateTime",), ("Patient.birthDate",), False)
    nationality = r4.extensions()["http://hl7.org/fhir/StructureDefinition/patient-nationality"]
    assert set(nationality.parts) == {"code", "period"} and nationality.types == ()
