"""Find and count internal documents."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import pymongo
from bson.raw_bson import RawBSONDocument
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import ExecutionTimeout, NetworkTimeout

from gateway import errors, event_loop
from gateway.store.layout import encoding
from gateway.store.layout.decimals import DECIMALS
from gateway.store.layout.refusal import check_deadline
from gateway.store.layout.schema import Database, Document
from gateway.store.read import charged

Sort = Sequence[tuple[str, int]]

QUERY_SECONDS = 10.0
"""Seconds that one query may take: without an index it reads a whole collection, and others wait meanwhile."""


async def find(database: Database, collection: str, id_: str) -> Document | None:
    document = await charged.first_of(_raw(database, collection).find({"_id": id_}))
    return await _read(document) if document else None


async def count_all(database: Database, collection: str) -> int:
    """Return the number of documents as MongoDB's metadata has it: after a crash it may be wrong for a while."""
    return int(await database[collection].estimated_document_count())


async def count(database: Database, collection: str, filter_: Mapping[str, Any]) -> int:
    """How many documents fulfil `filter_`. Raises Busy when that takes too long."""
    with _limited():
        return int(await database[collection].count_documents(dict(filter_)))


async def count_stale(database: Database, stamps: Mapping[str, str]) -> dict[str, int | None]:
    """Count the documents that an earlier mapping made, for each collection of `stamps`.

    stamps: collection -> the stamp of its mapping. A count is None if counting takes longer than QUERY_SECONDS.
    """

    async def count_in(collection: str, stamp: str) -> int | None:
        try:
            return await count(database, collection, {"fhir.mapping": {"$ne": stamp}})
        except errors.Busy:
            return None

    counts = await asyncio.gather(*(count_in(collection, stamp) for collection, stamp in stamps.items()))
    return dict(zip(stamps, counts, strict=True))


async def find_many(
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
    with _limited():
        documents = await charged.all_of(_raw(database, collection).find(wanted).sort(order).limit(limit))
    return [await _read(document) for document in documents]


@contextmanager
def _limited() -> Iterator[None]:
    """Limit the queries in the block to QUERY_SECONDS.

    Raises Busy after that, and TooCostly if the budget of the request ends first.
    """
    try:
        with pymongo.timeout(QUERY_SECONDS):
            yield
    except (ExecutionTimeout, NetworkTimeout) as error:
        check_deadline()
        advice = "ask by a field that has an index, or give this one an index in the mapping"
        raise errors.Busy(f"This takes longer than {QUERY_SECONDS:g} s: {advice}.") from error


def _raw(database: Database, collection: str) -> AsyncCollection[RawBSONDocument]:
    """Return a collection that reads raw documents: the driver would decode a batch of them in one call."""
    return database[collection].with_options(codec_options=DECIMALS.with_options(document_class=RawBSONDocument))


async def _read(document: RawBSONDocument) -> Document:
    data = bytes(document.raw)
    return await event_loop.run(partial(encoding.decode, data), data)


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
