"""The clauses of $everything: https://hl7.org/fhir/R4/operation-patient-everything.html"""

from typing import Any

import pytest

from gateway.errors import BadRequest
from gateway.search.indexing.index import index
from gateway.search.match import matches
from gateway.search.operations.everything import cared_for, reference_names
from gateway.search.query import Query


def kept(resource: dict[str, Any], start: str, end: str) -> bool | None:
    type_ = resource["resourceType"]
    clause = cared_for(["Observation", "Patient", "Practitioner"], start, end)
    fields = {"c": [], "n": [], **index(resource), "t": type_}
    return matches(Query(type_, clauses=(clause,)), fields)


def observation(**content: Any) -> dict[str, Any]:
    return {"resourceType": "Observation", "status": "final", **content}


@pytest.mark.parametrize(
    ("content", "start", "end", "expected"),
    [
        ({"effectiveDateTime": "2024-05-05"}, "2024", "2024", True),
        ({"effectiveDateTime": "2024-05-05"}, "2024-05-05", "", True),
        ({"effectiveDateTime": "2024-05-05"}, "", "2024-05-05", True),
        ({"effectiveDateTime": "2024-05-05"}, "2024-05-06", "", False),
        ({"effectiveDateTime": "2024-05-05"}, "", "2024-05-04", False),
        ({"effectivePeriod": {"start": "2020", "end": "2025"}}, "2023", "2023", True),
        ({"effectivePeriod": {"start": "2020"}}, "2023", "", True),
        ({}, "2023", "2023", True),
    ],
)
def test_care_took_place_if_its_date_overlaps_the_range(
    content: dict[str, Any], start: str, end: str, expected: bool
) -> None:
    assert kept(observation(**content), start, end) is expected


def test_who_was_cared_for_has_no_date_of_care() -> None:
    assert kept({"resourceType": "Patient", "birthDate": "1950-01-01"}, "2024", "2024") is True
    assert kept({"resourceType": "Practitioner"}, "2024", "2024") is True


@pytest.mark.parametrize(("start", "end", "named"), [("x", "", "start"), ("", "2024-13", "end")])
def test_a_date_that_cannot_be_read_is_refused_by_its_name(start: str, end: str, named: str) -> None:
    with pytest.raises(BadRequest, match=f"{named}: .* is not a date"):
        cared_for(["Observation"], start, end)


def test_references_by_address_are_apart_from_those_by_id() -> None:
    types = ("Observation", "QuestionnaireResponse")
    assert "subject" in reference_names(types, canonical=False)
    assert reference_names(types, canonical=True) == ("questionnaire",)
    assert "patient" not in reference_names(("Observation",), canonical=False)  # it is stored as `subject`
