"""Reading by id. Reads that are asked for while the event loop takes one turn share one `$in`."""

from collections.abc import Iterable, Sequence

from gateway.store.layout.fields import DELETED, TYPE
from gateway.store.layout.records import Key, Stored
from gateway.store.layout.schema import RESOURCES, VERSION_FIELDS, VERSIONS, Database, Document
from gateway.store.layout.stored import stored
from gateway.store.read import charged
from gateway.store.read.charged import charge_stored
from gateway.store.read.shared import Shared

_BATCH = 500


class Reads:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._current = Shared[str, Stored](lambda keys: by_key(database, keys))

    async def one(self, type_: str, id_: str) -> Stored | None:
        """The current version, also if it is a deletion; None if there never was one."""
        found = await self._current.ask(f"{type_}/{id_}")
        if found is not None:
            charge_stored(found)
        return found

    async def many(self, keys: Iterable[Key]) -> dict[Key, Stored]:
        """The current versions of those (type, id) that exist, deletions included."""
        wanted = [f"{type_}/{id_}" for type_, id_ in dict.fromkeys(keys)]
        return {(one.type, one.id): one for one in (await by_key(self._database, wanted)).values()}

    async def version(self, type_: str, id_: str, version: int) -> Stored | None:
        current = await self.one(type_, id_)
        if current is None or version >= current.version:
            return current if current and version == current.version else None
        found = await charged.first_of(
            self._database[VERSIONS].find({"_id": f"{type_}/{id_}/{version}"}, VERSION_FIELDS)
        )
        return stored(found) if found else None


async def by_key(database: Database, keys: Sequence[str]) -> dict[str, Stored]:
    """Current versions by "Type/id"."""
    found: dict[str, Stored] = {}
    for start in range(0, len(keys), _BATCH):
        part = list(keys[start : start + _BATCH])
        cursor = database[RESOURCES].find({"_id": {"$in": part}}, VERSION_FIELDS, batch_size=len(part) + 1)
        found.update({one["_id"]: stored(one) for one in await charged.all_of(cursor)})
    return found


async def counts(database: Database) -> dict[str, int]:
    """How many live resources there are of each type."""
    groups: list[Document] = [
        {"$match": {DELETED: False}},
        {"$group": {"_id": f"${TYPE}", "count": {"$sum": 1}}},
        {"$sort": {"_id": 1}},
    ]
    return {one["_id"]: one["count"] async for one in await database[RESOURCES].aggregate(groups)}
