"""What a file holds, before anything has an id here."""

from typing import Any

import pytest

from gateway.fhir.fhir_json import Resource
from gateway.intake.drafts import FileContent, content
from gateway.intake.files import FileRead
from gateway.intake.names import UUIDS
from tests.intake.samples import PATIENT, bundle, entry, version

URN = "urn:uuid:7b9c3f5e-3c36-4a1e-8f0f-5d5f7a0a1b2c"


def taken_apart(resource: Resource) -> FileContent:
    return content(FileRead("/x/f.json", b"", resource, path="/x/f.json"), "")


@pytest.mark.parametrize(
    ("own", "full_url", "source", "id_"),
    [
        ("1", URN, "/x", "1"),
        ("1", "http://h.example/fhir/Patient/1", "http://h.example/fhir", "1"),
        ("2", "http://h.example/fhir/Patient/1", "http://h.example/fhir", "2"),
        (None, "http://h.example/fhir/Patient/1", "http://h.example/fhir", "1"),
        (None, URN, UUIDS, URN[9:]),
        (URN[9:], "", UUIDS, URN[9:]),
        (None, "urn:uuid:transient-1", "/x/f.json", "urn:uuid:transient-1"),
        (None, "resource:0", "/x/f.json", "resource:0"),
    ],
)
def test_the_own_id_comes_before_the_full_url(own: str | None, full_url: str, source: str, id_: str) -> None:
    resource = {"resourceType": "Patient"} | ({"id": own} if own else {})
    (draft,) = taken_apart(bundle("collection", {"fullUrl": full_url, "resource": resource})).drafts
    assert (draft.name.source, draft.name.id) == (source, id_)


def test_a_resource_without_id_and_full_url_is_known_by_its_content() -> None:
    first, second = ({"resourceType": "Patient", "active": value} for value in (True, False))
    names = [taken_apart(one).drafts[0].name for one in (first, first, second)]
    assert names[0] == names[1] != names[2]


@pytest.mark.parametrize(
    ("part", "faults", "skipped"),
    [
        (None, ["/x/f.json#Bundle.entry[1]"], 0),
        ({}, [], 1),
        ({"resource": None}, [], 1),
        ({"resource": {"resourceType": "Alien"}}, ["/x/f.json#Bundle.entry[1]"], 0),
        ({"resource": []}, ["/x/f.json#Bundle.entry[1]"], 0),
        ({"resource": {"resourceType": "OperationOutcome"}}, [], 1),
        ({"resource": {"resourceType": "Basic"}, "search": {"mode": "outcome"}}, [], 1),
    ],
)
def test_entries_that_are_no_records_are_told_or_counted(part: Any, faults: list[str], skipped: int) -> None:
    found = taken_apart({"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": PATIENT}, part]})
    assert ([fault.label for fault in found.faults], found.skipped, len(found.drafts)) == (faults, skipped, 1)


def test_a_bundle_whose_entries_are_no_list_is_a_fault_of_the_file() -> None:
    found = taken_apart({"resourceType": "Bundle", "type": "document", "entry": {}})
    assert ([fault.label for fault in found.faults], found.drafts) == (["/x/f.json"], [])


@pytest.mark.parametrize("order", [[2, 1, 0], [1, 2, 0], [0, 1, 2]])
def test_stamped_versions_come_oldest_first_in_whatever_order_they_are_listed(order: list[int]) -> None:
    versions = [version("A", 1), version("B", 2), version("", 3, "DELETE")]
    found = taken_apart(bundle("history", *(versions[n] for n in order)))
    assert [draft.version.updated for draft in found.drafts] == sorted(
        draft.version.updated or 0 for draft in found.drafts
    )
    assert found.drafts[-1].resource is None


def test_versions_with_numbers_alone_are_sorted_as_numbers() -> None:
    def numbered(number: int) -> dict[str, Any]:
        resource = {"resourceType": "Patient", "id": "h", "meta": {"versionId": str(number)}}
        return entry("http://h.example/fhir/Patient/h", resource, request={"method": "PUT", "url": "Patient/h"})

    found = taken_apart(bundle("history", numbered(9), numbered(10), numbered(1)))
    assert [draft.version.number for draft in found.drafts] == ["1", "9", "10"]


@pytest.mark.parametrize(
    "url", ["Patient/h", "/Patient/h", "Patient/h/", "/Patient/h/_history/3", "http://h.example/fhir/Patient/h/"]
)
@pytest.mark.parametrize("full_url", ["http://h.example/fhir/Patient/h", "http://h.example/fhir/Patient/h/"])
def test_a_deletion_belongs_to_its_resource_however_its_address_is_written(url: str, full_url: str) -> None:
    deletion = {"fullUrl": full_url, "request": {"method": "DELETE", "url": url}, "response": {"status": "204"}}
    found = taken_apart(bundle("history", deletion, version("One", 1)))
    assert [draft.resource is None for draft in found.drafts] == [False, True]
    assert (len({draft.name for draft in found.drafts}), found.faults) == (1, [])


def test_a_deletion_that_does_not_say_of_what_is_told() -> None:
    found = taken_apart(
        bundle("history", {"request": {"method": "DELETE", "url": "Patient?name=x"}}, version("One", 1))
    )
    assert [fault.label for fault in found.faults] == ["/x/f.json#Bundle.entry[0]"]


def test_an_envelope_is_kept_of_documents_and_messages_only() -> None:
    kept = {
        type_: any(draft.name.type == "Bundle" for draft in taken_apart(bundle(type_, {"resource": PATIENT})).drafts)
        for type_ in ("document", "message", "collection", "searchset", "history")
    }
    assert kept == {"document": True, "message": True, "collection": False, "searchset": False, "history": False}
