"""What other mappings would change, without changing it."""

import pytest

from gateway.store import Store
from gateway.store.internal.diff import CollectionChanges, FieldChanges, Sample
from gateway.store.layout.records import DocumentMappings
from tests.store.resources import Things, write


@pytest.fixture
def mappings() -> DocumentMappings:
    return Things()


@pytest.fixture
async def store(store: Store) -> Store:
    await store.commit(write("a", n=1), write("b", n=2), write("c"))
    return store


async def diff(store: Store, mappings: DocumentMappings, samples: int = 1) -> dict[str, CollectionChanges]:
    return (await store.internal.diff(mappings, samples, lambda done, total: None)).collections


async def test_the_same_mappings_change_nothing(store: Store) -> None:
    assert await diff(store, Things()) == {"things": CollectionChanges(same=2)}


async def test_a_new_stamp_alone_is_no_change(store: Store) -> None:
    assert await diff(store, Things("second")) == {"things": CollectionChanges(same=2)}


async def test_an_added_field_is_counted_with_an_example(store: Store) -> None:
    assert await diff(store, Things("second", unit="mg")) == {
        "things": CollectionChanges(
            changed=2, fields={"unit": FieldChanges(added=2, samples=[Sample("a", None, "mg")])}
        )
    }


async def test_a_changed_field_shows_both_values(store: Store) -> None:
    changes = (await diff(store, Things("second", n=7), samples=9))["things"]
    assert changes.fields == {"n": FieldChanges(changed=2, samples=[Sample("a", 1, 7), Sample("b", 2, 7)])}


async def test_a_field_of_list_items_counts_once_for_a_document(store: Store) -> None:
    await store.internal.use(Things("second", items=[{"x": 1}, {"x": 2}]))
    await store.internal.apply(lambda done, total: None)
    changes = (await diff(store, Things("third", items=[{"x": 3}, {"x": 4}])))["things"]
    assert changes.fields["items.x"] == FieldChanges(changed=2, samples=[Sample("a", 1, 3)])


async def test_documents_that_would_come_or_go_are_counted(store: Store) -> None:
    await store.database.things.delete_one({"_id": "a"})
    assert await diff(store, Things()) == {"things": CollectionChanges(same=1, added=1)}

    class Nothing(Things):
        def get(self, resource: object, /) -> tuple[()]:
            return ()

    await store.commit(write("a", n=5))
    assert await diff(store, Nothing()) == {"things": CollectionChanges(removed=2)}


async def test_progress_is_told_and_nothing_is_written(store: Store) -> None:
    progress = list[tuple[int, int]]()
    difference = await store.internal.diff(Things("second", x=1), 1, lambda done, total: progress.append((done, total)))
    assert (difference.resources, progress) == (3, [(3, 3)])
    document = await store.internal.find("things", "a")
    assert document and "x" not in document
    assert await store.feed.head() == 3
