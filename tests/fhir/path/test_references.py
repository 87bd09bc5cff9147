"""resolve() (https://hl7.org/fhir/R4/fhirpath.html#functions)."""

from typing import Any

import pytest

from gateway.fhir.path.references import key, resolved, target_type
from gateway.fhir.path.scope import Scope
from gateway.fhir.path.values import UNREAD, Node

ORGANIZATION = {"resourceType": "Organization", "id": "o"}
PATIENT = {"resourceType": "Patient", "id": "p", "contained": [ORGANIZATION]}


def node(reference: str, **members: Any) -> Node:
    return ("Reference", {"reference": reference, **members}, None)


def test_a_contained_resource_is_found_by_its_id() -> None:
    scope = Scope(("Patient", PATIENT, None))
    assert resolved(scope, node("#o")) == ("Organization", ORGANIZATION, None)
    assert resolved(scope, node("#")) == ("Patient", PATIENT, None)
    assert resolved(scope, node("#x")) is None


def test_the_caller_is_asked_for_other_references() -> None:
    scope = Scope(("Patient", PATIENT, None))
    scope.resolve = {"Organization/o": ORGANIZATION}.get
    assert resolved(scope, node("Organization/o")) == ("Organization", ORGANIZATION, None)
    assert resolved(scope, ("canonical", "Organization/o", None)) == ("Organization", ORGANIZATION, None)


def test_the_entries_of_a_bundle_are_found_by_full_url_or_by_type_and_id() -> None:
    other = {"resourceType": "Patient", "id": "p", "active": True}
    entries = [{"fullUrl": "urn:uuid:1", "resource": PATIENT}, {"resource": other}, {"request": {}}, 3]
    scope = Scope(("Bundle", {"resourceType": "Bundle", "entry": entries}, None))
    assert resolved(scope, node("urn:uuid:1")) == ("Patient", PATIENT, None)
    assert resolved(scope, node("Patient/p/_history/3")) == ("Patient", PATIENT, None)


def test_without_the_resource_its_type_is_known_from_the_reference() -> None:
    scope = Scope(("Patient", PATIENT, None))
    found = resolved(scope, node("http://example.org/fhir/Practitioner/1"))
    assert found is not None and found[0] == "Practitioner" and found[1] is UNREAD
    assert resolved(scope, node("urn:uuid:2")) is None
    assert resolved(scope, ("HumanName", {"reference": "Patient/1"}, None)) is None


@pytest.mark.parametrize(
    ("reference", "type_", "target"),
    [
        ("Patient/1", None, "Patient"),
        ("Patient/1/_history/2", None, "Patient"),
        ("Unknown/1", None, None),
        ("urn:uuid:1", "Patient", "Patient"),
        ("urn:uuid:1", "Nonsense", None),
        (None, None, None),
    ],
)
def test_the_type_of_a_target(reference: str | None, type_: str | None, target: str | None) -> None:
    json = {name: value for name, value in (("reference", reference), ("type", type_)) if value}
    assert target_type(("Reference", json, None), reference) == target


def test_the_key_of_a_reference_is_type_and_id() -> None:
    assert key(node("http://example.org/fhir/Patient/1/_history/2")) == key(node("Patient/1")) == "Patient/1"
    assert key(node("urn:uuid:1", type="Patient")) is None
