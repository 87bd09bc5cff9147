"""Create the collections of a gateway's database, and their indexes.

Several processes may do so at once. The indexes of internal documents are created by
gateway.store.internal.collections, because the mappings ask for them.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from pymongo import IndexModel
from pymongo.errors import OperationFailure

from gateway.search.indexing.index import INDEXES, SPARSE
from gateway.search.types.near import INDEX as POSITION_INDEX
from gateway.store.layout.fields import ID, TEXT_WORDS, TYPE
from gateway.store.layout.schema import (
    COUNTERS,
    FEED,
    FOLLOWERS,
    IMPORTS,
    LETTERS,
    LINKS,
    NAMES,
    RESOURCES,
    WORDS,
    Database,
)

_NAMESPACE_EXISTS = 48

_INDEXES: dict[str, Sequence[Sequence[str]]] = {
    RESOURCES: INDEXES,
    FEED: [[TYPE, ID, "_id"], [TYPE, "_id"]],
    LINKS: [["partner", TYPE, ID]],
    LETTERS: [["source", "last"]],
    IMPORTS: [[TYPE, "name"]],
    WORDS: [[TYPE, TEXT_WORDS, "_id"]],
}


async def create_all(database: Database) -> None:
    """Create the collections and indexes that do not exist yet."""
    await create_collections(database, NAMES)
    for name, indexes in _INDEXES.items():
        await database[name].create_indexes([IndexModel([(field, 1) for field in fields]) for fields in indexes])
    sparse = [IndexModel([(field, 1) for field in fields], sparse=True) for fields in SPARSE]
    await database[RESOURCES].create_indexes([*sparse, IndexModel([(POSITION_INDEX, "2dsphere")])])
    await _drop_outdated_text_indexes(database)
    await begin_feed(database)


async def create_collections(database: Database, names: Iterable[str]) -> None:
    """Create those collections of `names` that do not exist yet."""
    for name in {*names} - {*await database.list_collection_names()}:
        try:
            await database.create_collection(name, check_exists=False)
        except OperationFailure as error:
            if error.code != _NAMESPACE_EXISTS:  # otherwise another process was faster
                raise


async def begin_feed(database: Database) -> None:
    """Set the head of the feed to 0, unless the feed has begun already."""
    start = {"seq": 0, "at": datetime(1970, 1, 1, tzinfo=UTC)}
    await database[COUNTERS].update_one({"_id": FEED}, {"$setOnInsert": start}, upsert=True)


async def _drop_outdated_text_indexes(database: Database) -> None:
    """Drop text indexes of other versions, with their cursors. An older gateway that needs one makes it anew."""
    for name in await database.list_collection_names(filter={"name": {"$regex": r"^words_\d+$", "$ne": WORDS}}):
        await database[FOLLOWERS].delete_one({"_id": name})
        await database[name].drop()
