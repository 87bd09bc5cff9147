"""References and identifiers have keys only where these are certain."""

from typing import Any

import pytest

from gateway.mapping.types import TYPES
from tests.mapping.types.support import read, refusal, write


@pytest.mark.parametrize(
    ("literal", "key"),
    [
        ("Patient/1", "1"),
        ("Patient/1/_history/2", "1"),
        ("http://other.example.org/fhir/Patient/1", None),
        ("Group/1", None),
        ("#p", None),
        ("urn:uuid:3e6a8bd9-43a1-4f1c-9c3c-51c1b4f8a2bb", None),
        ("Patient?identifier=x|1", None),
        ("Patient/", None),
        ("", None),
        (5, None),
    ],
)
def test_only_a_reference_to_a_resource_of_this_server_is_a_key(literal: Any, key: str | None) -> None:
    make = TYPES["key"].lenses_to
    assert make is not None
    assert make("Patient")["Reference"].get({"reference": literal}, []) == key


def test_a_reference_by_identifier_and_display_keeps_both() -> None:
    sent = {"type": "Patient", "identifier": {"system": "urn:mrn", "value": " 1 "}, "display": "A"}
    assert read("reference", "Reference", sent) == {
        "type": "Patient",
        "display": "A",
        "identifier": {"system": "urn:mrn", "value": " 1 ", "match": "1"},
    }


def test_the_kind_of_an_identifier_is_told_only_when_it_is_certain() -> None:
    def kind(*codes: str) -> Any:
        system = "http://terminology.hl7.org/CodeSystem/v2-0203"
        sent = {"type": {"coding": [{"system": system, "code": code} for code in codes]}, "value": "1"}
        return read("identifier", "Identifier", sent).get("kind")

    assert kind("MR") == "MR" and kind("MR", "MR") == "MR"
    assert kind("MR", "PI") is None and kind() is None


def test_the_type_and_the_id_of_a_reference_follow_from_it() -> None:
    assert read("reference", "Reference", {"reference": "Patient/1"}) == {
        "reference": "Patient/1",
        "type": "Patient",
        "id": "1",
    }
    assert read("reference", "Reference", {"reference": "https://other.example/fhir/Patient/1"}) == {
        "reference": "https://other.example/fhir/Patient/1",
        "type": "Patient",
    }


def test_a_type_that_was_sent_follows_an_edited_reference() -> None:
    raw = {"reference": "Patient/1", "type": "Patient", "display": "Ann"}
    document = {"reference": "Group/2", "type": "Group", "display": "Ann"}
    assert write("reference", "Reference", document, raw) == {"reference": "Group/2", "type": "Group", "display": "Ann"}


def test_a_type_that_was_not_sent_is_not_written() -> None:
    assert write("reference", "Reference", {"reference": "Group/2", "type": "Group", "id": "2"}) == {
        "reference": "Group/2"
    }


def test_a_key_is_written_as_a_reference_without_what_described_the_old_one() -> None:
    make = TYPES["key"].lenses_to
    assert make is not None
    lens = make("Patient")["Reference"]
    assert lens.put is not None
    from gateway.mapping.values.lens import Origins, Unwritable

    assert lens.put("2", {"reference": "Patient/1", "display": "Ann"}, Origins()) == {"reference": "Patient/2"}
    with pytest.raises(Unwritable, match="must be the id of a Patient"):
        lens.put("a b", None, Origins())


def test_the_kind_of_an_identifier_cannot_be_written() -> None:
    assert refusal("identifier", "Identifier", {"value": "1", "kind": "MR"}).startswith(
        "kind: follows from the other parts"
    )
