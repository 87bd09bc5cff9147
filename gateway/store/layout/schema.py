"""The collections of a gateway's database, and their indexes.

    resources  {_id: "Observation/abc", t, i, v, u, x, b, o, m, …search fields}   current versions, tombstones included
    versions   {_id: "Observation/abc/2", t, i, v, u, x, b, o}                     superseded versions only
    feed       {_id: seq, t, i, v, a, u, o, p}                                     every change, in order, without gaps
    counters   {_id: "feed", seq, at, by, …}                                       the head of the feed
    writers    {_id: process, session, until}                                      see presence
    followers  {_id: name, seq, owner, until}
    letters    {_id: "source key", source, key, reason, detail, payload, attempts, first, last}
    links      {_id: "partner type/id", partner, rt, ri, rv, t, i, v}
    imports    {_id: "Observation/abc", t, i, source, name, …}                     the source of an imported resource
    state      {_id: key, value}
    words_1    {_id: "Observation/abc", t, w, n, c}                                the words of resources, see words

t type, i id, v version, u updated, x deleted, b body, o origin, a action, p created by PUT, m collections with its
internal documents.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from pymongo import IndexModel
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import OperationFailure

from gateway.search.indexing.index import INDEXES, SPARSE
from gateway.search.indexing.text_document import VERSION
from gateway.search.types.near import INDEX as PLACES

Document = dict[str, Any]
Database = AsyncDatabase[Document]
Collection = AsyncCollection[Document]

RESOURCES, VERSIONS, FEED, COUNTERS = "resources", "versions", "feed", "counters"
FOLLOWERS, LETTERS, LINKS, STATE, WRITERS = "followers", "letters", "links", "state", "writers"
IMPORTS = "imports"
WORDS = f"words_{VERSION}"
_EXISTS = 48
NAMES = (RESOURCES, VERSIONS, FEED, COUNTERS, FOLLOWERS, LETTERS, LINKS, IMPORTS, STATE, WRITERS, WORDS)

VERSION_FIELDS = {"t": 1, "i": 1, "v": 1, "u": 1, "x": 1, "b": 1, "o": 1}
"""The projection that reads one version without its search fields."""

_INDEXES: dict[str, Sequence[Sequence[str]]] = {
    RESOURCES: INDEXES,
    FEED: [["t", "i", "_id"], ["t", "_id"]],
    LINKS: [["partner", "t", "i"]],
    LETTERS: [["source", "last"]],
    IMPORTS: [["t", "name"]],
    WORDS: [["t", "w", "_id"]],
}


async def create(database: Database) -> None:
    """Makes what is missing; several processes may do so at once."""
    await make(database, NAMES)
    for name, indexes in _INDEXES.items():
        await database[name].create_indexes([IndexModel([(field, 1) for field in fields]) for fields in indexes])
    sparse = [IndexModel([(field, 1) for field in fields], sparse=True) for fields in SPARSE]
    await database[RESOURCES].create_indexes([*sparse, IndexModel([(PLACES, "2dsphere")])])
    await _forget_words(database)
    await begin(database)


async def begin(database: Database) -> None:
    """The feed of a new database, whose next change is its first."""
    origin = {"seq": 0, "at": datetime(1970, 1, 1, tzinfo=UTC)}
    await database[COUNTERS].update_one({"_id": FEED}, {"$setOnInsert": origin}, upsert=True)


async def _forget_words(database: Database) -> None:
    """Those that were made in another way than today's; they begin anew if an older gateway still asks for them."""
    for name in await database.list_collection_names(filter={"name": {"$regex": r"^words_\d+$", "$ne": WORDS}}):
        await database[FOLLOWERS].delete_one({"_id": name})
        await database[name].drop()


async def make(database: Database, names: Iterable[str]) -> None:
    """Collections that are not there yet."""
    for name in {*names} - {*await database.list_collection_names()}:
        try:
            await database.create_collection(name, check_exists=False)
        except OperationFailure as error:
            if error.code != _EXISTS:  # else another process was faster
                raise
