"""Collections and indexes of a new database, and of one that an earlier gateway made."""

from datetime import UTC, datetime

from gateway.store import Store
from gateway.store.layout.create import begin_feed, create_all, create_collections
from gateway.store.layout.schema import NAMES, WORDS
from tests.store.resources import write


async def indexes(store: Store, name: str) -> set[tuple[str, ...]]:
    information = await store.database[name].index_information()
    return {tuple(field for field, _ in index["key"]) for index in information.values()}


async def test_a_new_database_has_every_collection_and_index(store: Store) -> None:
    assert {*NAMES} <= {*await store.database.list_collection_names()}
    assert {("t", "k", "at", "_id"), ("t", "u", "_id"), ("g.at",)} <= await indexes(store, "resources")
    assert await indexes(store, "feed") == {("_id",), ("t", "i", "_id"), ("t", "_id")}
    assert await indexes(store, "links") == {("_id",), ("partner", "t", "i")}
    assert await indexes(store, "letters") == {("_id",), ("source", "last")}
    assert await indexes(store, "imports") == {("_id",), ("t", "name")}
    assert await indexes(store, WORDS) == {("_id",), ("t", "w", "_id")}


async def test_the_position_index_is_a_sphere(store: Store) -> None:
    information = await store.database.resources.index_information()
    assert [index["key"] for index in information.values() if index["key"][0][0] == "g.at"] == [[("g.at", "2dsphere")]]


async def test_creating_again_changes_nothing(store: Store) -> None:
    await store.commit(write("a"))
    await create_all(store.database)
    await begin_feed(store.database)
    assert await store.feed.head() == 1
    assert await store.resources.counts() == {"Patient": 1}


async def test_the_feed_of_a_new_database_begins_at_0_in_1970(store: Store) -> None:
    await store.database.counters.delete_many({})
    await begin_feed(store.database)
    assert await store.database.counters.find_one({"_id": "feed"}) == {
        "_id": "feed",
        "seq": 0,
        "at": datetime(1970, 1, 1, tzinfo=UTC),
    }


async def test_existing_collections_are_left_alone(store: Store) -> None:
    await store.states.put("kept", 1)
    await create_collections(store.database, ["state", "state"])
    assert await store.states.get("kept") == 1


async def test_text_indexes_of_other_versions_go_with_their_cursors(store: Store) -> None:
    await store.database.words_0.insert_one({"_id": "Patient/a"})
    await store.database.followers.insert_one({"_id": "words_0", "seq": 7})
    await store.database.words_of_wisdom.insert_one({"_id": "an application's"})
    await create_all(store.database)
    names = await store.database.list_collection_names()
    assert "words_0" not in names and {WORDS, "words_of_wisdom"} <= {*names}
    assert await store.database.followers.find_one({"_id": "words_0"}) is None
    await store.database.words_of_wisdom.drop()
