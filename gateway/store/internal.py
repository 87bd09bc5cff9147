"""Reading the internal documents that the mappings make."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from bson.raw_bson import RawBSONDocument
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import ExecutionTimeout

from gateway import errors, event_loop
from gateway.store import encoding
from gateway.store.collections import Database, Document
from gateway.store.decimals import DECIMALS

Sort = Sequence[tuple[str, int]]

PATIENCE_MS = 10_000
"""How long one question may take: without an index it reads a whole collection, and others wait meanwhile."""


async def one(database: Database, collection: str, id_: str) -> Document | None:
    found = await _raw(database, collection).find_one({"_id": id_})
    return await _read(found) if found else None


async def count(database: Database, collection: str) -> int:
    """Exact after a clean shutdown, and after a crash until MongoDB has counted again: it is read from metadata."""
    return int(await database[collection].estimated_document_count())


async def count_of(database: Database, collection: str, filter_: Mapping[str, Any]) -> int:
    """How many documents fulfil `filter_`. Raises Busy when that takes too long."""
    try:
        return int(await database[collection].count_documents(dict(filter_), maxTimeMS=PATIENCE_MS))
    except ExecutionTimeout as error:
        raise _too_slow() from error


async def many(
    database: Database,
    collection: str,
    filter_: Mapping[str, Any],
    sort: Sort,
    limit: int,
    after: Sequence[Any] | None,
) -> list[Document]:
    """At most `limit` documents in the order of `sort` (field, 1 or -1), ties by _id.

    after: the values of the sort fields, then (unless it is the last of these) the _id, of the last document of the
    page before. Raises Busy when it takes too long.
    """
    order = [*sort] if sort and sort[-1][0] == "_id" else [*sort, ("_id", 1)]
    wanted = {"$and": [dict(filter_), _beyond(order, after)]} if after is not None else dict(filter_)
    found = _raw(database, collection).find(wanted).sort(order).limit(limit).max_time_ms(PATIENCE_MS)
    try:
        return [await _read(one) for one in await found.to_list()]
    except ExecutionTimeout as error:
        raise _too_slow() from error


def _raw(database: Database, collection: str) -> AsyncCollection[RawBSONDocument]:
    """The collection with its documents undecoded: a batch of them would be decoded in one call."""
    return database[collection].with_options(codec_options=DECIMALS.with_options(document_class=RawBSONDocument))


async def _read(found: RawBSONDocument) -> Document:
    data = bytes(found.raw)
    return await event_loop.run(partial(encoding.decode, data), data)


def _too_slow() -> errors.Busy:
    advice = "ask by a field that has an index, or give this one an index in the mapping"
    return errors.Busy(f"This takes longer than {PATIENCE_MS / 1000:g} s: {advice}.")


def _beyond(order: Sort, after: Sequence[Any]) -> Document:
    """Lexicographically behind `after`: equal in the first n fields, behind in the next."""
    choices: list[Document] = []
    equal: Document = {}
    for (field, direction), value in zip(order, after, strict=True):
        behind = _behind(direction, value)
        if behind:
            choices.append({"$and": [equal, {field: behind}]} if equal else {field: behind})
        equal = {**equal, field: value}
    return {"$or": choices}


def _behind(direction: int, value: Any) -> Document | None:
    """MongoDB sorts missing before all else, but compares it with nothing."""
    if value is None:
        return {"$ne": None} if direction > 0 else None
    return {"$gt": value} if direction > 0 else {"$not": {"$gte": value}}
