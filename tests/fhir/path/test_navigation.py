"""From a resource to its elements: choices, primitives with extensions, resources inside resources, references."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.fhir import path

PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "p1",
    "active": True,
    "birthDate": "1974-12-25",
    "_birthDate": {"id": "b", "extension": [{"url": "http://x/time", "valueDateTime": "1974-12-25T14:35:45-05:00"}]},
    "name": [
        {
            "use": "official",
            "family": "Chalmers",
            "given": [None, "James"],
            "_given": [{"extension": [{"url": "u"}]}, None],
        },
        {"use": "usual", "given": ["Jim"]},
    ],
    "contact": [{"name": {"family": "du Marché"}, "gender": "female"}],
    "multipleBirthInteger": 2,
    "contained": [{"resourceType": "Organization", "id": "o", "name": "Hospital"}],
    "managingOrganization": {"reference": "#o"},
    "generalPractitioner": [{"reference": "Practitioner/7"}, {"reference": "http://s/fhir/Organization/8/_history/2"}],
}


def typed(expression: str, resource: Any = PATIENT, **environment: Any) -> list[tuple[str, Any]]:
    return path.compile(expression).typed(resource, **environment)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("id", [("id", "p1")]),
        ("Patient.active", [("boolean", True)]),
        ("Resource.id", [("id", "p1")]),
        ("DomainResource.id", [("id", "p1")]),
        ("Observation.id", []),
        ("Patient.multipleBirth", [("integer", 2)]),
        ("Patient.multipleBirthInteger", []),
        ("Patient.multipleBirth.ofType(integer)", [("integer", 2)]),
        ("(Patient.multipleBirth as boolean)", []),
        ("Patient.name.given", [("string", "James"), ("string", "Jim")]),
        ("Patient.name.given.count()", [("integer", 3)]),
        ("Patient.name.given.first().extension.url", [("uri", "u")]),
        ("Patient.name.given.first().hasValue()", [("boolean", False)]),
        ("Patient.name[1].use", [("code", "usual")]),
        ("Patient.name[2]", []),
        ("Patient.contact", [("Patient.contact", {"name": {"family": "du Marché"}, "gender": "female"})]),
        ("Patient.contact.is(BackboneElement)", [("boolean", True)]),
        ("Patient.contact.type().name", [("string", "BackboneElement")]),
        ("Patient.contact.gender", [("code", "female")]),
        ("Patient.birthDate.id", [("string", "b")]),
        ("Patient.birthDate.extension('http://x/time').value", [("dateTime", "1974-12-25T14:35:45-05:00")]),
        ("Patient.birthDate.is(date)", [("boolean", True)]),
        ("Patient.contained.name", [("string", "Hospital")]),
        ("Patient.contained.type().name", [("string", "Organization")]),
        ("Patient.contained.ofType(Organization).id", [("id", "o")]),
        ("Patient.contained.ofType(Patient)", []),
        ("Patient.managingOrganization.resolve().name", [("string", "Hospital")]),
        ("Patient.children().count()", [("integer", 11)]),
        ("Patient.nothing", []),
    ],
)
def test_a_path_gives_typed_values(expression: str, expected: list[tuple[str, Any]]) -> None:
    assert typed(expression) == expected


def test_a_call_gives_plain_json_values_themselves() -> None:
    assert path.compile("Patient.name")(PATIENT)[0] is PATIENT["name"][0]


def test_the_type_of_an_unreachable_target_is_read_from_its_reference() -> None:
    found = typed("Patient.generalPractitioner.where(resolve() is Organization)")
    assert found == [("Reference", PATIENT["generalPractitioner"][1])]


def test_an_unreachable_target_is_no_result() -> None:
    assert typed("Patient.generalPractitioner.resolve()") == []
    assert typed("Patient.generalPractitioner.resolve().name") == []


def test_the_type_element_of_a_reference_counts_too() -> None:
    resource = {"resourceType": "Observation", "subject": {"type": "Group", "identifier": {"value": "1"}}}
    assert typed("subject.resolve() is Group", resource) == [("boolean", True)]


def test_the_caller_can_resolve() -> None:
    practitioner = {"resourceType": "Practitioner", "id": "7", "gender": "other"}
    answers = {"Practitioner/7": practitioner}
    assert typed("generalPractitioner.resolve().gender", resolve=answers.get) == [("code", "other")]


BUNDLE: dict[str, Any] = {
    "resourceType": "Bundle",
    "entry": [
        {
            "fullUrl": "urn:uuid:1",
            "resource": {
                "resourceType": "Patient",
                "contained": [{"resourceType": "Organization", "id": "o", "name": "A"}],
                "managingOrganization": {"reference": "#o"},
            },
        },
        {
            "fullUrl": "http://s/fhir/Encounter/2",
            "resource": {
                "resourceType": "Encounter",
                "id": "2",
                "contained": [{"resourceType": "Organization", "id": "o", "name": "B"}],
                "subject": {"reference": "urn:uuid:1"},
                "serviceProvider": {"reference": "#o"},
                "partOf": {"reference": "Encounter/2"},
            },
        },
    ],
}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("Bundle.entry.resource.subject.resolve() is Patient", [("boolean", True)]),
        ("Bundle.entry.resource.partOf.resolve().id", [("id", "2")]),
        ("Bundle.entry.resource.managingOrganization.resolve().name", [("string", "A")]),
        ("Bundle.entry.resource.serviceProvider.resolve().name", [("string", "B")]),
        ("Bundle.entry.resource.ofType(Encounter).id", [("id", "2")]),
    ],
)
def test_references_inside_a_bundle_resolve_in_their_own_entry(expression: str, expected: Any) -> None:
    assert typed(expression, BUNDLE) == expected


def test_an_element_takes_the_type_that_the_caller_says() -> None:
    gram = {"value": 1, "unit": "g", "system": "http://unitsofmeasure.org", "code": "g"}
    assert path.compile("$this > 5 'mg'", "Quantity")(gram) == [True]
    assert path.compile("$this is code", "code")("final") == [True]
    assert path.compile("$this.type().name")("final", type="code") == ["code"]


def test_variables_are_json_values_lists_or_typed_pairs() -> None:
    assert path.compile("%n + 1")({}, n=Decimal("1.5")) == [Decimal("2.5")]
    assert path.compile("%names.count()")({}, names=["a", "b"]) == [2]
    assert path.compile("%day = @2020-01-01")({}, day=("date", "2020-01-01")) == [True]
    assert path.compile("%other.name.family")({}, other={"resourceType": "Patient", "name": [{"family": "X"}]}) == ["X"]
    assert path.compile("%map.inner.key")({}, map={"inner": {"key": "v"}}) == ["v"]


def test_resource_and_context_are_the_input_unless_handed_in() -> None:
    assert typed("name.first().select(%resource.id)") == [("id", "p1")]
    assert path.compile("%resource.id", "HumanName")({"family": "x"}, resource=PATIENT) == ["p1"]


_KEYS = """
name given family birthDate _birthDate value valueQuantity valueString valueDateTime unit code system coding comparator
contained extension url reference subject entry resource fullUrl id resourceType active _active component
start end identifier period
"""
_EXPRESSIONS = (
    "descendants().count()",
    "descendants().distinct().count()",
    "name.given | name.family",
    "birthDate < today()",
    "birthDate + 1 day",
    "birthDate.lowBoundary()",
    "value > 5 'mg'",
    "-value",
    "value.lowBoundary()",
    "value.toQuantity('g')",
    "value.toString()",
    "value = value and value ~ value",
    "code.memberOf(%`vs-administrative-gender`)",
    "subject.resolve()",
    "descendants().where($this is Reference).resolve().id",
    "descendants().extension('x').value",
    "identifier.sort(value)",
    "identifier.period.all(start <= end)",
    "getResourceKey() | subject.getReferenceKey()",
    "repeat(contained | entry.resource).id",
)


def test_misshapen_data_gives_nothing_instead_of_an_error() -> None:
    odd = {
        "resourceType": "Patient",
        "name": "Jim",
        "birthDate": {"a": 1},
        "contact": ["x", None],
        "active": [True, [1]],
    }
    for expression in (
        "name.family",
        "birthDate",
        "contact.gender",
        "birthDate.extension.url",
        "descendants().count()",
    ):
        path.compile(expression)(odd)
    assert typed("Patient.name.family", odd) == []


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_KEYS.split()), inner, max_size=4),
    max_leaves=12,
)
_FUZZED = [path.compile(expression) for expression in _EXPRESSIONS]


@given(
    st.sampled_from(("Observation", "Patient", "Bundle")),
    st.dictionaries(st.sampled_from(_KEYS.split()), _JSON, max_size=8),
)
def test_any_json_gives_results_or_a_path_error(type_: str, json: dict[str, Any]) -> None:
    for expression in _FUZZED:
        try:
            expression.typed({**json, "resourceType": type_})
        except path.PathError as error:
            assert error.phase == "execution"


def test_decimals_keep_the_precision_they_are_written_in() -> None:
    observation = {"resourceType": "Observation", "valueQuantity": {"value": Decimal("1.00")}}
    assert str(path.compile("Observation.value.value")(observation)[0]) == "1.00"
