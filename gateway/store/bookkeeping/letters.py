"""Dead letters: what failed for good, kept with its reason until somebody replays or removes it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from gateway.store.layout.records import Letter
from gateway.store.layout.schema import LETTERS, Database
from gateway.store.read import charged

_LARGEST = 15 * 1024 * 1024  # MongoDB stores 16 MB in one document


def _id(source: str, key: str) -> str:
    return f"{source} {key}"


async def add(database: Database, letter: Letter) -> None:
    """Adds a letter, or one more attempt to the letter of the same source and key."""
    if letter.payload and len(letter.payload) > _LARGEST:
        letter = replace(
            letter, payload=None, detail=f"{letter.detail} (payload of {len(letter.payload)} bytes left out)"
        )
    now = datetime.now(UTC)
    fields = {name: getattr(letter, name) for name in ("source", "key", "reason", "detail", "payload")}
    update: dict[str, Any] = {"$set": {**fields, "last": now}, "$setOnInsert": {"first": now}, "$inc": {"attempts": 1}}
    await database[LETTERS].update_one({"_id": _id(letter.source, letter.key)}, update, upsert=True)


async def listed(database: Database, source: str | None, limit: int) -> list[Letter]:
    """Newest first."""
    found = database[LETTERS].find({"source": source} if source else {}, {"_id": 0}).sort("last", -1).limit(limit)
    return [Letter(**one) for one in await charged.all_of(found)]


async def listed_with_sizes(database: Database, source: str | None, limit: int) -> list[tuple[Letter, int]]:
    """Return letters, newest first, each with the size of its payload instead of the payload, which may be 15 MB."""
    size = {"$binarySize": {"$ifNull": ["$payload", ""]}}
    pipeline: list[dict[str, Any]] = [
        {"$match": {"source": source} if source else {}},
        {"$sort": {"last": -1}},
        {"$limit": limit},
        {"$set": {"size": size, "payload": None}},
        {"$unset": "_id"},
    ]
    rows = await charged.all_of(await database[LETTERS].aggregate(pipeline))
    return [(Letter(**row), size) for row in rows for size in [row.pop("size")]]


async def count(database: Database, source: str | None) -> int:
    return int(await database[LETTERS].count_documents({"source": source} if source else {}))


async def remove(database: Database, source: str, key: str) -> bool:
    """False if there was no such letter."""
    return (await database[LETTERS].delete_one({"_id": _id(source, key)})).deleted_count == 1


async def remove_many(database: Database, source: str, keys: Iterable[str]) -> None:
    await database[LETTERS].delete_many({"_id": {"$in": [_id(source, key) for key in keys]}})
