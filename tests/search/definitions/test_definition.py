"""What a search parameter is, by HL7's definition of it."""

import pytest

from gateway.search.definitions.definition import MIME, hierarchy, of_type, parts
from gateway.search.definitions.parameters import parameters


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("Observation.value.as(Quantity)", "Observation.value.ofType(Quantity)"),
        ("(Observation.value as Quantity)", "Observation.value.ofType(Quantity)"),
        ("Patient.name", "Patient.name"),
        ("(A.b as C) | (A.d as E)", "A.b.ofType(C) | A.d.ofType(E)"),
    ],
)
def test_as_means_of_type(expression: str, expected: str) -> None:
    assert of_type(expression) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [("a", ("a",)), ("a | b", ("a", "b")), ("(a) | (b as c)", ("a", "b as c")), ("(a).b | c", ("(a).b", "c"))],
)
def test_a_union_has_parts(expression: str, expected: tuple[str, ...]) -> None:
    assert parts(expression) == expected


@pytest.mark.parametrize(
    ("type_", "name", "field", "expected"),
    [
        ("Patient", "_id", "type", "identity"),
        ("Patient", "_id", "targets", ("Patient",)),
        ("Patient", "_lastUpdated", "type", "updated"),
        ("Patient", "phonetic", "type", "phonetic"),
        ("Patient", "gender", "system", "http://hl7.org/fhir/administrative-gender"),
        ("Patient", "active", "system", "http://hl7.org/fhir/special-values"),
        ("Patient", "gender", "uncoded", True),
        ("Patient", "identifier", "uncoded", False),
        ("Observation", "code", "system", None),
        ("DocumentReference", "contenttype", "system", MIME),
        ("Observation", "encounter", "single", True),
        ("Observation", "performer", "single", False),
        ("Observation", "date", "single", False),
        ("Patient", "birthdate", "single", True),
        ("QuestionnaireResponse", "questionnaire", "canonical", True),
        ("Observation", "subject", "canonical", False),
        ("PlanDefinition", "depends-on", "canonical", True),
        ("ValueSet", "version", "caseless", True),
        ("Patient", "gender", "caseless", False),
        ("Observation", "patient", "stored", ("subject",)),
        ("Observation", "patient", "restricted", True),
        ("Observation", "subject", "restricted", False),
        ("Observation", "date", "at", True),
        ("Observation", "value-date", "at", False),
    ],
)
def test_a_parameter_is_known_by_its_definition(type_: str, name: str, field: str, expected: object) -> None:
    assert getattr(parameters(type_)[name], field) == expected


def test_the_parameters_that_leave_the_fewest_resources_rank_first() -> None:
    names = ["_id", "identifier", "subject", "code", "category", "status", "date"]
    ranks = [parameters("Observation")[name].rank for name in names]
    assert ranks == [0, 1, 2, 4, 5, 6, 9]
    assert parameters("Patient")["name"].rank == 3


@pytest.mark.parametrize(
    ("type_", "names"), [("Location", ("partof",)), ("Organization", ("partof",)), ("Patient", ()), ("Observation", ())]
)
def test_a_hierarchy_is_made_of_references_upwards(type_: str, names: tuple[str, ...]) -> None:
    assert hierarchy(type_) == names
