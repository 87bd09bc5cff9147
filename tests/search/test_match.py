"""What the index fields of a resource tell of a query, without a database."""

from typing import Any

import pytest

from gateway.search.indexing.index import index
from gateway.search.match import matches
from gateway.search.query import parse

PATIENT = {
    "resourceType": "Patient",
    "id": "p",
    "identifier": [{"system": "http://a.example", "value": "A 1"}],
    "name": [{"family": "Müller", "given": ["Eva"]}],
    "birthDate": "1950-02-03",
    "gender": "female",
    "generalPractitioner": [{"reference": "Practitioner/7"}],
}
OBSERVATION = {
    "resourceType": "Observation",
    "id": "o",
    "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "8480-6"}]},
    "valueQuantity": {"value": 120, "system": "http://unitsofmeasure.org", "code": "mm[Hg]"},
}


def told(resource: dict[str, Any], query: str) -> bool | None:
    type_ = resource["resourceType"]
    pairs = [tuple(pair.split("=", 1)) for pair in query.split("&")]
    fields = {"c": [], "n": [], **index(resource), "_id": f"{type_}/{resource['id']}", "t": type_}
    return matches(parse(type_, pairs), fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("resource", "query"),
    [
        (PATIENT, "identifier=http://a.example|A 1"),
        (PATIENT, "identifier=nobody,A 1"),
        (PATIENT, "identifier=http://a.example|"),
        (PATIENT, "name=muller&gender=female"),
        (PATIENT, "family:exact=Müller"),
        (PATIENT, "family:contains=lle"),
        (PATIENT, "birthdate=1950-02"),
        (PATIENT, "birthdate=ge1950-02-03"),
        (PATIENT, "general-practitioner=Practitioner/7"),
        (PATIENT, "gender:not=male"),
        (PATIENT, "telecom:missing=true"),
        (PATIENT, "_id=p"),
        (PATIENT, "_filter=gender eq female and birthdate lt 1960"),
        (OBSERVATION, "value-quantity=gt119|http://unitsofmeasure.org|mm[Hg]"),
        (OBSERVATION, "code-value-quantity=http://loinc.org|8480-6$lt121"),
    ],
)
def test_what_holds_is_told(resource: dict[str, Any], query: str) -> None:
    assert told(resource, query) is True


@pytest.mark.parametrize(
    ("resource", "query"),
    [
        (PATIENT, "identifier=http://a.example|A+1"),
        (PATIENT, "identifier=http://b.example|"),
        (PATIENT, "name=muller&gender=male"),
        (PATIENT, "family:exact=Muller"),
        (PATIENT, "birthdate=1950-03"),
        (PATIENT, "birthdate=gt1950-02-03"),
        (PATIENT, "general-practitioner=Practitioner/8"),
        (PATIENT, "gender:not=female"),
        (PATIENT, "birthdate:missing=true"),
        (PATIENT, "_id=q"),
        (PATIENT, "_filter=gender eq male or birthdate gt 1960"),
        (OBSERVATION, "value-quantity=gt120|http://unitsofmeasure.org|mm[Hg]"),
        (OBSERVATION, "code-value-quantity=http://loinc.org|8480-6$gt121"),
        (PATIENT, "general-practitioner.name=x&gender=male"),
    ],
)
def test_what_does_not_hold_is_told(resource: dict[str, Any], query: str) -> None:
    assert told(resource, query) is False


@pytest.mark.parametrize(
    "query",
    [
        "general-practitioner.name=x",
        "_has:Observation:patient:code=x",
        "_lastUpdated=gt2020-01-01",
        "_content=Eva",
        "_list=42",
        "general-practitioner.name=x&gender=female",
    ],
)
def test_what_is_elsewhere_is_not_told(query: str) -> None:
    assert told(PATIENT, query) is None


def test_a_field_that_is_not_at_hand_tells_nothing() -> None:
    assert matches(parse("Patient", [("birthdate", "1950")]), {"k": []}) is None
    assert matches(parse("Patient", [("gender", "male"), ("birthdate", "1950")]), {"k": []}) is False
