"""Contained resources go with the last reference to them."""

from typing import Any

from gateway.mapping.attached.contained import without_orphans
from tests.mapping.attached.support import edit

DRUG = {"resourceType": "Medication", "id": "med", "ingredient": [{"itemReference": {"reference": "#sub"}}]}
SUBSTANCE = {"resourceType": "Substance", "id": "sub", "code": {"text": "s"}}
DOCTOR = {"resourceType": "Practitioner", "id": "doc"}
REQUEST: dict[str, Any] = {
    "resourceType": "MedicationRequest",
    "id": "m1",
    "contained": [DRUG, SUBSTANCE, DOCTOR],
    "medicationReference": {"reference": "#med"},
    "requester": {"reference": "#doc"},
}


def test_a_contained_medication_goes_with_the_reference_to_it_and_what_it_refers_to() -> None:
    new, warnings = edit(REQUEST, medication_reference=None, medication={"text": "Aspirin"})
    assert new["contained"] == [DOCTOR] and new["medicationCodeableConcept"] == {"text": "Aspirin"}
    assert [one.path for one in warnings] == ["MedicationRequest.contained[0]", "MedicationRequest.contained[1]"]
    assert edit(REQUEST, requester=None).resource["contained"] == [DRUG, SUBSTANCE]
    last = {**REQUEST, "contained": [DOCTOR]}
    assert "contained" not in edit(last, requester=None).resource


def test_one_to_which_something_still_refers_stays() -> None:
    shared = {**REQUEST, "recorder": {"reference": "#doc"}}
    assert edit(shared, requester=None).resource["contained"] == REQUEST["contained"]


def test_one_to_which_nothing_referred_is_no_matter_of_the_edit() -> None:
    stray = {**REQUEST, "contained": [*REQUEST["contained"], {"resourceType": "Organization", "id": "org"}]}
    assert edit(stray, requester=None).resource["contained"][-1]["id"] == "org"


def test_rings_of_contained_resources_come_to_an_end() -> None:
    ring = [{"id": "a", "x": {"reference": "#b"}}, {"id": "b", "x": {"reference": "#a"}}]
    before = {"contained": ring, "y": {"reference": "#a"}}
    assert without_orphans(before, {"contained": ring}) == ({}, ["contained[0]", "contained[1]"])
    assert without_orphans({"contained": "odd", "y": "#a"}, {"contained": "odd"}) == ({"contained": "odd"}, [])
