"""Keep dead letters: work that failed for good, with its reason, until somebody replays or removes it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from gateway.store.layout.records import Letter
from gateway.store.layout.refusal import raises_busy
from gateway.store.layout.schema import LETTERS, Database, Document
from gateway.store.read import charged

_LARGEST_PAYLOAD = 15 * 1024 * 1024
"""Bytes. MongoDB stores at most 16 MiB in one document."""


class DeadLetters:
    """The stored dead letters."""

    def __init__(self, database: Database) -> None:
        self._collection = database[LETTERS]

    @raises_busy
    async def add(self, letter: Letter) -> None:
        """Store a letter, or count one more attempt if there is a letter of the same source and key."""
        if letter.payload and len(letter.payload) > _LARGEST_PAYLOAD:
            detail = f"{letter.detail} (payload of {len(letter.payload)} bytes left out)"
            letter = replace(letter, payload=None, detail=detail)
        now = datetime.now(UTC)
        fields = {name: getattr(letter, name) for name in ("source", "key", "reason", "detail", "payload")}
        update = {"$set": {**fields, "last": now}, "$setOnInsert": {"first": now}, "$inc": {"attempts": 1}}
        await self._collection.update_one({"_id": _id(letter.source, letter.key)}, update, upsert=True)

    @raises_busy
    async def newest(self, source: str | None = None, limit: int = 100) -> list[Letter]:
        """Return letters of `source`, or of all sources, newest first."""
        rows = self._collection.find(_of(source), {"_id": 0}).sort("last", -1).limit(limit)
        return [Letter(**row) for row in await charged.all_of(rows)]

    @raises_busy
    async def newest_with_sizes(self, source: str | None = None, limit: int = 100) -> list[tuple[Letter, int]]:
        """Return letters, newest first, each with the size of its payload instead of its payload of up to 15 MB."""
        size = {"$binarySize": {"$ifNull": ["$payload", ""]}}
        pipeline: list[dict[str, Any]] = [
            {"$match": _of(source)},
            {"$sort": {"last": -1}},
            {"$limit": limit},
            {"$set": {"size": size, "payload": None}},
            {"$unset": "_id"},
        ]
        rows = await charged.all_of(await self._collection.aggregate(pipeline))
        return [(Letter(**row), size) for row in rows for size in [row.pop("size")]]

    @raises_busy
    async def count(self, source: str | None = None) -> int:
        """Count the letters of `source`, or of all sources."""
        return int(await self._collection.count_documents(_of(source)))

    @raises_busy
    async def remove(self, source: str, key: str) -> bool:
        """Remove one letter. Return False if there is no such letter."""
        return (await self._collection.delete_one({"_id": _id(source, key)})).deleted_count == 1

    @raises_busy
    async def remove_many(self, source: str, keys: Iterable[str]) -> None:
        """Remove the letters of `source` with these keys, as far as they exist."""
        await self._collection.delete_many({"_id": {"$in": [_id(source, key) for key in keys]}})


def _of(source: str | None) -> Document:
    return {"source": source} if source else {}


def _id(source: str, key: str) -> str:
    return f"{source} {key}"
