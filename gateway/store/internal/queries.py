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
"""The time that one query may take: without an index it reads a whole collection, and slows down all others."""


async def find(database: Database, collection: str, id_: str) -> Document | None:
    """Return one document, None if it does not exist."""
    document = await charged.first_of(_raw(database, collection).find({"_id": id_}))
    return await _decode(document) if document else None


async def count_all(database: Database, collection: str) -> int:
    """Return the number of documents as MongoDB's metadata has it: after a crash it may be wrong for a while."""
    return int(await database[collection].estimated_document_count())


async def count(database: Database, collection: str, filter_: Mapping[str, Any]) -> int:
    """Count the documents that match `filter_`. Raises Busy if that takes longer than QUERY_SECONDS."""
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
    """Return at most `limit` documents that match `filter_`, in the order of `sort`, and of _id where that is equal.

    sort: fields, each with 1 for ascending or -1 for descending.
    after: of the last document of the page before, the values of the sort fields and then the _id, unless _id is the
        last sort field.
    Raises Busy if it takes longer than QUERY_SECONDS.
    """
    order = [*sort] if sort and sort[-1][0] == "_id" else [*sort, ("_id", 1)]
    page_filter = {"$and": [dict(filter_), _after(order, after)]} if after is not None else dict(filter_)
    with _limited():
        documents = await charged.all_of(_raw(database, collection).find(page_filter).sort(order).limit(limit))
    return [await _decode(document) for document in documents]


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


async def _decode(document: RawBSONDocument) -> Document:
    """Decode a document, in a thread if it is large."""
    data = bytes(document.raw)
    return await event_loop.run(partial(encoding.decode, data), data)


def _after(order: Sort, values: Sequence[Any]) -> Document:
    """Return the filter of documents that come after these values: equal in the first n fields, and later in the
    next."""
    choices: list[Document] = []
    equal: Document = {}
    for (field, direction), value in zip(order, values, strict=True):
        later = _later(direction, value)
        if later:
            choices.append({"$and": [equal, {field: later}]} if equal else {field: later})
        equal = {**equal, field: value}
    return {"$or": choices}


def _later(direction: int, value: Any) -> Document | None:
    """Return the condition for values that sort after `value`, None if there are no such values.

    MongoDB sorts missing values before all others, but $gt and $lt never match them. So after a missing value come all
    others, and in descending order after any value come the smaller ones and the missing ones.
    """
    if value is None:
        return {"$ne": None} if direction > 0 else None
    return {"$gt": value} if direction > 0 else {"$not": {"$gte": value}}
