"""The audit finds every kind of disagreement in the database, and nothing else."""

from typing import Any

import pytest

from gateway.store import Store, Write
from gateway.store.layout.records import DocumentMappings
from tests.store.resources import Things, write


@pytest.fixture
def mappings() -> DocumentMappings:
    return Things()


@pytest.fixture
async def store(store: Store) -> Store:
    """Three live resources, two with documents, and a deleted one."""
    await store.commit(write("a", n=1), write("b", n=2), write("c"), write("d", n=4))
    await store.commit(write("a", n=9))
    await store.commit(Write("Patient", "d", None, "api"))
    return store


async def test_what_the_gateway_stores_agrees(store: Store) -> None:
    audit = await store.audit()
    assert (audit.resources, audit.documents, audit.changes) == (4, 2, 6)
    assert (audit.faults, audit.examples) == ({}, {})


@pytest.mark.parametrize(
    ("collection", "id_", "change", "fault", "example"),
    [
        ("feed", 2, None, "a gap in the feed", "3"),
        ("versions", "Patient/a/1", None, "a version is missing from the history", "Patient/a"),
        ("things", "a", None, "a resource without its internal document", "things/a"),
        ("things", "a", {"n": 5}, "an internal document that its mapping does not make", "things/a n"),
        ("things", "a", {"x": 5}, "an internal document that its mapping does not make", "things/a x"),
        ("things", "a", {"fhir.version": 1}, "an internal document of another version", "things/a"),
        (
            "things",
            "a",
            {"fhir.mapping": "0"},
            "a document of things made by another mapping: run `gateway map apply`",
            "things/a",
        ),
        ("resources", "Patient/a", {"v": 3}, "a resource is not at the version the feed says", "Patient/a"),
        ("feed", 5, {"v": 3}, "versions out of order in the feed", "Patient/a"),
        ("resources", "Patient/b", {"m": []}, "an internal document without its resource", "things/b"),
    ],
)
async def test_each_disagreement_is_found_and_named(
    store: Store, collection: str, id_: Any, change: dict[str, Any] | None, fault: str, example: str
) -> None:
    if change is None:
        await store.database[collection].delete_one({"_id": id_})
    else:
        await store.database[collection].update_one({"_id": id_}, {"$set": change})
    audit = await store.audit()
    assert fault in audit.faults
    assert audit.examples[fault] == [example]


async def test_a_document_of_no_resource_is_found(store: Store) -> None:
    stray = {"_id": "z", "n": 1, "fhir": {"type": "Patient", "version": 1, "mapping": "first"}}
    await store.database.things.insert_one(stray)
    audit = await store.audit()
    assert audit.faults == {"an internal document without its resource": 1}
    assert audit.examples == {"an internal document without its resource": ["things/z"]}


async def test_a_change_of_a_resource_that_is_gone_is_found(store: Store) -> None:
    await store.database.resources.delete_one({"_id": "Patient/c"})
    audit = await store.audit()
    assert audit.faults == {"a change of a resource that is not there": 1}


async def test_documents_that_no_mapping_makes_any_more_are_counted(store: Store) -> None:
    made = {"fhir": {"type": "Patient", "version": 1}}
    await store.database.former.insert_many([{"_id": "a", **made}, {"_id": "b", **made}, {"_id": "someone else's"}])
    audit = await store.audit()
    assert audit.faults == {"document of former, which no mapping makes: run `gateway map apply`": 2}
    await store.database.former.drop()


async def test_a_resource_that_is_not_mapped_yet_is_found(store: Store) -> None:
    await store.database.things.delete_one({"_id": "b"})
    await store.database.resources.update_one({"_id": "Patient/b"}, {"$unset": {"m": 1}})
    assert (await store.audit()).faults == {"a document of things not made yet: run `gateway map apply`": 1}


async def test_at_most_three_examples_are_named_but_all_are_counted(store: Store) -> None:
    await store.commit(*(write(f"p{n}", n=n) for n in range(5)))
    await store.database.things.update_many({"_id": {"$regex": "^p"}}, {"$set": {"n": "wrong"}})
    audit = await store.audit()
    kind = "an internal document that its mapping does not make"
    assert audit.faults[kind] == 5 and len(audit.examples[kind]) == 3


async def test_values_are_never_part_of_an_example(store: Store) -> None:
    await store.database.things.update_one({"_id": "a"}, {"$set": {"n": "Anna Muster"}})
    assert "Anna" not in str((await store.audit()).examples)
