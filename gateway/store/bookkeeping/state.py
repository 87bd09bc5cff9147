"""Small keyed records that outlive the process: cursors at partners, reasons why something was not scored."""

from typing import Any

from gateway.store.layout.schema import STATE, Database
from gateway.store.read import charged


async def get(database: Database, key: str) -> Any:
    """The value under `key`, None if there is none."""
    found = await charged.first_of(database[STATE].find({"_id": key}))
    return found["value"] if found else None


async def put(database: Database, key: str, value: Any) -> None:
    await database[STATE].replace_one({"_id": key}, {"_id": key, "value": value}, upsert=True)


async def remove(database: Database, key: str) -> None:
    await database[STATE].delete_one({"_id": key})


async def starting_with(database: Database, prefix: str, limit: int) -> dict[str, Any]:
    """The records whose key begins with `prefix`, by key."""
    found = database[STATE].find({"_id": {"$gte": prefix, "$lt": prefix + "\U0010ffff"}}).sort("_id", 1).limit(limit)
    return {one["_id"]: one["value"] for one in await charged.all_of(found)}
