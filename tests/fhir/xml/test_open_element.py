"""How elements become members of the element around them (https://hl7.org/fhir/R4/json.html#primitive)."""

from typing import Any

from gateway.fhir.xml.layout import fields
from gateway.fhir.xml.open_element import OpenElement


def opened(type_: str, name: str, plain: Any = None, **value: Any) -> OpenElement:
    field = fields(type_)[name]
    element = OpenElement(field, field.type)
    element.plain = plain
    element.value.update(value)
    return element


def test_a_resource_begins_with_its_type() -> None:
    patient = OpenElement(None, "Patient")
    assert patient.value == {"resourceType": "Patient"}
    assert (patient.kind, patient.place, patient.last) == ("object", -1, "")
    assert "birthDate" in patient.fields


def test_a_primitive_has_the_children_of_an_element() -> None:
    assert set(opened("Patient", "birthDate").fields) == {"extension"}


def test_an_element_is_empty_without_value_and_children() -> None:
    assert opened("Patient", "birthDate").is_empty and opened("Patient", "name").is_empty
    assert not opened("Patient", "birthDate", "2018").is_empty
    assert not opened("Patient", "birthDate", id="a").is_empty


def test_single_elements_become_members() -> None:
    patient = OpenElement(None, "Patient")
    patient.add(opened("Patient", "birthDate", "2018", id="b"))
    patient.add(opened("Patient", "maritalStatus", text="x"))
    assert patient.value == {
        "resourceType": "Patient",
        "birthDate": "2018",
        "_birthDate": {"id": "b"},
        "maritalStatus": {"text": "x"},
    }


def test_the_second_array_has_null_for_each_value_without_extensions() -> None:
    name = opened("Patient", "name")
    name.add(opened("HumanName", "given", "A"))
    assert name.value == {"given": ["A"]}
    name.add(opened("HumanName", "given", "B", id="b"))
    name.add(opened("HumanName", "given", None, id="c"))
    name.add(opened("HumanName", "given", "D"))
    assert name.value == {"given": ["A", "B", None, "D"], "_given": [None, {"id": "b"}, {"id": "c"}, None]}


def test_a_contained_resource_becomes_the_value_of_its_element() -> None:
    contained = opened("Patient", "contained")
    contained.add(OpenElement(None, "Group"))
    assert contained.value == {"resourceType": "Group"}
    patient = OpenElement(None, "Patient")
    patient.add(contained)
    assert patient.value["contained"] == [{"resourceType": "Group"}]


def test_the_steps_of_a_path_count_earlier_items() -> None:
    patient = OpenElement(None, "Patient")
    assert patient.step(None) == "Patient"
    assert opened("Patient", "name").step(patient) == ".name[0]"
    patient.add(opened("Patient", "name", family="A"))
    assert opened("Patient", "name").step(patient) == ".name[1]"
    assert opened("Patient", "birthDate").step(patient) == ".birthDate"
    assert opened("Patient", "deceasedBoolean").step(patient) == ".deceased.ofType(boolean)"
    assert OpenElement(None, "Group").step(patient) == ""
