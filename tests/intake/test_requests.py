"""Batches and transactions of files: what stays, and what becomes repeatable."""

from pathlib import Path
from typing import Any

from gateway.fhir.fhir_json import Resource
from gateway.intake.origin import ImportOrigin
from gateway.intake.requests import creates, repeatable
from tests.intake.samples import PATIENT, bundle, entry, observation

URN = "urn:uuid:7b9c3f5e-3c36-4a1e-8f0f-5d5f7a0a1b2c"
ORIGIN = ImportOrigin(str(Path("/x")), "", "/x/tx.json", named=False)


def settled(file: Resource) -> list[Any]:
    ids = {place: draft.name.id if draft.name.keeps_id else draft.name.derived_id for place, draft in made(file)}
    return list(repeatable(file, ids)["entry"])


def made(file: Resource) -> list[Any]:
    return list(creates("tx.json", file, ORIGIN))


def test_an_unconditional_create_becomes_an_update_under_its_uuid() -> None:
    (put,) = settled(bundle("transaction", entry(URN, PATIENT, request={"method": "POST", "url": "/Patient"})))
    assert put["request"] == {"method": "PUT", "url": f"Patient/{URN[9:]}"}
    assert (put["resource"]["id"], put["fullUrl"]) == (URN[9:], URN)


def test_other_requests_and_broken_entries_keep_their_place_and_content() -> None:
    others = [
        None,
        {"request": {"method": "DELETE", "url": "Patient/1"}},
        {"resource": PATIENT, "request": {"method": "POST", "url": "Patient", "ifNoneExist": "identifier=a"}},
        {"resource": PATIENT, "request": {"method": "PUT", "url": "Patient?identifier=a"}},
        {"resource": {"resourceType": "Parameters"}, "request": {"method": "POST", "url": "Patient/$match"}},
        {"resource": 5, "request": {"method": "POST", "url": "Patient"}},
    ]
    file: Resource = {"resourceType": "Bundle", "type": "transaction", "entry": others}
    assert (made(file), settled(file)) == ([], others)


def test_names_that_are_no_uuid_belong_to_the_content_of_the_bundle() -> None:
    def id_of(family: str) -> str:
        patient = {"resourceType": "Patient", "name": [{"family": family}]}
        file = bundle("transaction", entry("urn:uuid:p", patient, request={"method": "POST", "url": "Patient"}))
        return str(settled(file)[0]["resource"]["id"])

    assert id_of("Ann") == id_of("Ann") != id_of("Bob")


def test_two_creates_without_full_url_are_two() -> None:
    post = {"resource": {"resourceType": "Patient"}, "request": {"method": "POST", "url": "Patient"}}
    first, second = settled(bundle("batch", post, post))
    assert first["request"]["url"] != second["request"]["url"]


def test_a_reference_to_the_own_id_of_a_created_resource_follows_it_unless_two_have_that_id() -> None:
    def reference(*patients: dict[str, Any]) -> str:
        result = entry("urn:uuid:o", observation("Patient/1"), request={"method": "POST", "url": "Observation"})
        return str(settled(bundle("transaction", *patients, result))[-1]["resource"]["subject"]["reference"])

    first = entry("urn:uuid:a", PATIENT, request={"method": "POST", "url": "Patient"})
    second = entry("urn:uuid:b", PATIENT, request={"method": "POST", "url": "Patient"})
    assert reference(first) != "Patient/1"
    assert reference(first, second) == "Patient/1"
