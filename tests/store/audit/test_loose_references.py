"""References to resources that are not stored."""

from typing import Any

from gateway.store import Store, Write
from gateway.store.audit.loose_references import LooseReferences
from tests.store.resources import patient, write


def observation(id_: str, subject: str, **content: Any) -> Write:
    resource = {"resourceType": "Observation", "id": id_, "subject": {"reference": subject}, **content}
    return Write("Observation", id_, resource, "api")


async def test_nothing_is_loose_in_an_empty_database(store: Store) -> None:
    assert await store.resources.loose_references() == []


async def test_references_that_lead_somewhere_are_not_loose(store: Store) -> None:
    await store.commit(write("a"), observation("o", "Patient/a"))
    assert await store.resources.loose_references() == []


async def test_loose_references_are_counted_by_kind_the_most_frequent_first(store: Store) -> None:
    organization = {"managingOrganization": {"reference": "Organization/gone"}}
    await store.commit(
        write("a", **organization),
        write("b", **organization),
        observation("o", "Patient/gone"),
        observation("p", "Patient/a"),
    )
    assert await store.resources.loose_references() == [
        LooseReferences("Patient", "organization", "Organization", 2, "Patient/a"),
        LooseReferences("Observation", "subject", "Patient", 1, "Observation/o"),
    ]


async def test_a_deleted_target_is_missing_and_a_deleted_source_does_not_count(store: Store) -> None:
    await store.commit(write("a"), observation("o", "Patient/a"))
    await store.commit(Write("Patient", "a", None, "api"))
    assert {loose.parameter for loose in await store.resources.loose_references()} == {"subject"}
    await store.commit(Write("Observation", "o", None, "api"))
    assert await store.resources.loose_references() == []


async def test_references_to_other_servers_are_not_ours_to_find(store: Store) -> None:
    elsewhere = {"managingOrganization": {"reference": "http://other.example/fhir/Organization/1"}}
    contained = {
        "generalPractitioner": [{"reference": "#doctor"}],
        "contained": [{"resourceType": "Practitioner", "id": "doctor"}],
    }
    await store.commit(Write("Patient", "a", patient("a", **elsewhere, **contained), "api"))
    assert await store.resources.loose_references() == []
