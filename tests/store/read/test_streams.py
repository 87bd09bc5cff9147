"""Whole collections are read in batches, and related to the resources they are made of."""

import bson
import pytest

from gateway.store import Store
from gateway.store.layout.records import DocumentMappings
from gateway.store.read import streams
from tests.store.resources import Things, write


@pytest.fixture
def mappings() -> DocumentMappings:
    return Things()


async def ids(store: Store, collection: str, wanted: dict[str, object]) -> list[list[str]]:
    return [
        [document["_id"] for document in batch]
        async for batch in streams.batches(store.database, collection, wanted, {"_id": 1})
    ]


@pytest.mark.parametrize(
    ("count", "expected"),
    [(0, []), (1, [["p0"]]), (2, [["p0", "p1"]]), (3, [["p0", "p1"], ["p2"]]), (4, [["p0", "p1"], ["p2", "p3"]])],
)
async def test_batches_are_in_the_order_of_the_keys_and_complete(
    store: Store, monkeypatch: pytest.MonkeyPatch, count: int, expected: list[list[str]]
) -> None:
    monkeypatch.setattr(streams, "BATCH", 2)
    await store.commit(*(write(f"p{n}", n=n) for n in reversed(range(count))))
    assert await ids(store, "things", {}) == expected


async def test_only_what_matches_is_read(store: Store) -> None:
    await store.commit(*(write(f"p{n}", n=n) for n in range(4)))
    assert await ids(store, "things", {"n": {"$gte": 2}}) == [["p2", "p3"]]


async def test_what_is_written_behind_the_last_batch_is_read_too(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "BATCH", 2)
    await store.commit(write("a", n=1), write("b", n=1))
    seen = []
    async for batch in streams.batches(store.database, "things", {}, {"_id": 1}):
        seen += [document["_id"] for document in batch]
        if "c" not in seen:
            await store.commit(write("c", n=1))
    assert seen == ["a", "b", "c"]


async def test_resources_that_have_documents_or_should_have_are_concerned(store: Store) -> None:
    await store.commit(write("a", n=1), write("b"))
    await store.database.resources.insert_one({"_id": "Basic/x", "t": "Basic", "i": "x", "x": False, "m": ["former"]})
    await store.database.resources.insert_one({"_id": "Basic/y", "t": "Basic", "i": "y", "x": False})
    await store.database.resources.insert_one({"_id": "Patient/z", "t": "Patient", "i": "z", "x": True})
    found = store.database.resources.find(streams.concerned(store.internal.mappings))
    assert sorted([resource["_id"] async for resource in found]) == ["Basic/x", "Patient/a", "Patient/b"]


async def test_only_collections_with_documents_of_a_former_mapping_are_retired(store: Store) -> None:
    await store.commit(write("a", n=1))
    await store.database.former.insert_one({"_id": "a", "fhir": {"type": "Patient", "version": 1}})
    await store.database.reports.insert_one({"_id": "an application's"})
    assert await streams.retired(store.database, store.internal.mappings) == ["former"]


async def test_documents_whose_resource_is_not_mapped_to_their_collection_are_without_resource(store: Store) -> None:
    await store.commit(write("a", n=1), write("b"))
    documents = [{"_id": id_, "fhir": {"type": "Patient"}} for id_ in ("a", "b", "gone")] + [{"_id": "untyped"}]
    assert await streams.without_resource(store.database, "things", documents) == documents[1:]


async def test_the_documents_of_resources_come_as_bson_by_collection(store: Store) -> None:
    await store.commit(write("a", n=1), write("b"))
    resources = await store.database.resources.find({}, {"t": 1, "i": 1, "m": 1}).to_list()
    documents = await streams.documents_of(store.database, store.internal.mappings, resources)
    assert {key: [*by_collection] for key, by_collection in documents.items()} == {"Patient/a": ["things"]}
    assert bson.decode(documents["Patient/a"]["things"])["n"] == 1


def test_a_document_without_a_type_has_the_key_of_no_resource() -> None:
    assert streams.key_of({"_id": "a", "fhir": {"type": "Patient"}}) == "Patient/a"
    assert streams.key_of({"_id": "a"}) == "None/a"
