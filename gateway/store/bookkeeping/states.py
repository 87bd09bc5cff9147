"""Keep small keyed values that outlive the process: cursors at partners, reasons why something was not scored.

Records that must be stored together with resources go through `Store.commit(..., state=...)`.
"""

from typing import Any

from gateway.store.layout.refusal import raises_busy
from gateway.store.layout.schema import STATE, Database
from gateway.store.read import charged

_LAST_CHARACTER = "\U0010ffff"


class States:
    """The stored values, by key."""

    def __init__(self, database: Database) -> None:
        self._collection = database[STATE]

    @raises_busy
    async def get(self, key: str) -> Any:
        """Return the value of `key`, None if there is none."""
        state = await charged.first_of(self._collection.find({"_id": key}))
        return state["value"] if state else None

    @raises_busy
    async def put(self, key: str, value: Any) -> None:
        """Store `value`, which BSON must be able to hold, in place of what `key` had before."""
        await self._collection.replace_one({"_id": key}, {"_id": key, "value": value}, upsert=True)

    @raises_busy
    async def remove(self, key: str) -> None:
        """Remove the value of `key`, if it has one."""
        await self._collection.delete_one({"_id": key})

    @raises_busy
    async def starting_with(self, prefix: str, limit: int = 1000) -> dict[str, Any]:
        """Return at most `limit` values whose key begins with `prefix`, by key, in the order of the keys."""
        within = {"$gte": prefix, "$lt": prefix + _LAST_CHARACTER}
        states = await charged.all_of(self._collection.find({"_id": within}).sort("_id", 1).limit(limit))
        return {state["_id"]: state["value"] for state in states}
