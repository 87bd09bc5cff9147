"""The table of search parameters."""

import pytest

from gateway.fhir import path, r4
from gateway.search.definitions.parameters import main_date, parameters
from gateway.search.types import TYPES


@pytest.mark.parametrize("type_", sorted(r4.resource_types()))
def test_every_parameter_has_a_type_an_expression_and_entries_to_be_found_by(type_: str) -> None:
    for parameter in parameters(type_).values():
        if parameter.type == "words":
            continue  # they are kept elsewhere
        assert parameter.type in TYPES
        if parameter.expression or not parameter.components:
            path.compile(parameter.expression, type_)
        for name in filter(None, parameter.stored):
            assert parameters(type_)[name].stored == (name,)
            assert TYPES[parameters(type_)[name].type].FIELD == TYPES[parameter.type].FIELD


def test_what_says_the_same_twice_is_stored_once() -> None:
    observation = parameters("Observation")
    assert observation["patient"].stored == ("subject",)
    assert observation["patient"].restricted
    assert set(observation["combo-code"].stored) == {"code", "component-code"}
    assert set(observation["combo-value-quantity"].stored) == {"value-quantity", "component-value-quantity"}


def test_how_a_name_sounds_is_another_thing_than_how_it_is_written() -> None:
    for type_ in ("Patient", "Practitioner", "Person", "RelatedPerson"):
        assert parameters(type_)["phonetic"].stored == ("phonetic",)


def test_every_composite_is_offered() -> None:
    defined = [(t, n) for t, each in r4.search_parameters().items() for n, p in each.items() if p.type == "composite"]
    assert defined
    assert [one for one in defined if one[1] not in parameters(one[0])] == []


def test_a_composite_of_the_resource_itself_needs_no_entries() -> None:
    observation = parameters("Observation")
    assert observation["code-value-quantity"].stored == ("",)
    assert observation["combo-code-value-quantity"].stored == ("", "component-code-value-quantity")
    assert observation["component-code-value-quantity"].stored == ("component-code-value-quantity",)


def test_a_plain_code_knows_the_system_it_implies() -> None:
    assert parameters("Patient")["gender"].system == "http://hl7.org/fhir/administrative-gender"
    assert parameters("Observation")["code"].system is None


@pytest.mark.parametrize(
    ("type_", "name"),
    [("Observation", "date"), ("Patient", "birthdate"), ("MedicationRequest", "authoredon"), ("Substance", None)],
)
def test_each_type_has_one_main_date(type_: str, name: str | None) -> None:
    assert main_date(type_) == name
    assert [parameter.name for parameter in parameters(type_).values() if parameter.at] == ([name] if name else [])
