"""Reading the internal documents that the mappings make."""

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.store.collections import Database, Document

Sort = Sequence[tuple[str, int]]


async def one(database: Database, collection: str, id_: str) -> Document | None:
    return await database[collection].find_one({"_id": id_})


async def count(database: Database, collection: str) -> int:
    """Exact after a clean shutdown, and after a crash until MongoDB has counted again: it is read from metadata."""
    return int(await database[collection].estimated_document_count())


async def many(
    database: Database,
    collection: str,
    filter_: Mapping[str, Any],
    sort: Sort,
    limit: int,
    after: Sequence[Any] | None,
) -> list[Document]:
    """At most `limit` documents in the order of `sort` (field, 1 or -1), ties by _id.

    after: the values of the sort fields, then the _id, of the last document of the page before.
    """
    order = [*sort, ("_id", 1)]
    wanted = {"$and": [dict(filter_), _beyond(order, after)]} if after is not None else dict(filter_)
    return await database[collection].find(wanted).sort(order).limit(limit).to_list()


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
