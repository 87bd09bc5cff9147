"""Which differences between two JSON texts mean nothing."""

from typing import Any

import pytest

from gateway.fhir import fhir_json
from gateway.fhir.same_content import same_content

REASON = {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "masked"}]}


def name(**elements: Any) -> dict[str, Any]:
    return {"resourceType": "Practitioner", "name": [elements]}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (name(given=[None], _given=[REASON]), name(_given=[REASON])),
        (name(given=[None, None], _given=[REASON, REASON]), name(_given=[REASON, REASON])),
        (name(given=["Eva"], _given=[None]), name(given=["Eva"])),
        (name(given=["Eva", "Ada"], _given=[REASON, None]), name(given=["Eva", "Ada"], _given=[REASON])),
        (name(family="null", _given=[REASON]), name(_given=[REASON], given=[None], family="null")),
    ],
)
def test_forms_of_the_same_are_the_same(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert same_content(fhir_json.dump(one), fhir_json.dump(other)) and same_content(
        fhir_json.dump(other), fhir_json.dump(one)
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (name(given=[None, "Eva"], _given=[REASON, None]), name(given=["Eva"], _given=[REASON])),
        (name(given=["Eva", None], _given=[None, REASON]), name(given=["Eva"])),
        (name(given=[None], _given=[REASON]), name(given=["masked"])),
        (name(given=[None], _given=[REASON]), name(given=[None, None], _given=[REASON, REASON])),
        (name(given=[None], _given=[REASON]), name()),
        (name(family="null"), name(family="nul")),
    ],
)
def test_other_content_is_other_content(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert not same_content(fhir_json.dump(one), fhir_json.dump(other))


def test_what_is_too_large_to_be_taken_apart_counts_as_changed() -> None:
    large = "x" * 300_000
    one, other = name(text=large, given=[None], _given=[REASON]), name(text=large, _given=[REASON])
    assert not same_content(fhir_json.dump(one), fhir_json.dump(other))
