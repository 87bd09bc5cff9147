"""Read resources by id. Reads of current versions that start in one iteration of the event loop share one `$in`."""

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
    """Reads by id from one database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._shared = Shared[str, Stored](lambda keys: by_key(database, keys))

    async def current(self, type_: str, id_: str) -> Stored | None:
        """Return the current version, which may be a deletion; None if the resource never existed."""
        current = await self._shared.ask(f"{type_}/{id_}")
        if current is not None:
            charge_stored(current)
        return current

    async def many(self, keys: Iterable[Key]) -> dict[Key, Stored]:
        """Return the current versions, deletions included, of those `keys` that ever existed."""
        ids = [f"{type_}/{id_}" for type_, id_ in dict.fromkeys(keys)]
        versions = await by_key(self._database, ids)
        return {(version.type, version.id): version for version in versions.values()}

    async def version(self, type_: str, id_: str, version: int) -> Stored | None:
        """Return one version, which may be a deletion; None if it does not exist."""
        current = await self.current(type_, id_)
        if current is None or version >= current.version:
            return current if current and version == current.version else None
        superseded = await charged.first_of(
            self._database[VERSIONS].find({"_id": f"{type_}/{id_}/{version}"}, VERSION_FIELDS)
        )
        return stored(superseded) if superseded else None


async def by_key(database: Database, keys: Sequence[str]) -> dict[str, Stored]:
    """Return the current versions of `keys` ("Type/id"), by these keys."""
    versions: dict[str, Stored] = {}
    for start in range(0, len(keys), _BATCH):
        batch = list(keys[start : start + _BATCH])
        # One more than there can be, so that MongoDB answers with one batch and closes the cursor itself.
        cursor = database[RESOURCES].find({"_id": {"$in": batch}}, VERSION_FIELDS, batch_size=len(batch) + 1)
        versions.update({document["_id"]: stored(document) for document in await charged.all_of(cursor)})
    return versions


async def counts(database: Database) -> dict[str, int]:
    """Return the number of live resources by type, in the order of the types."""
    groups: list[Document] = [
        {"$match": {DELETED: False}},
        {"$group": {"_id": f"${TYPE}", "count": {"$sum": 1}}},
        {"$sort": {"_id": 1}},
    ]
    return {row["_id"]: row["count"] async for row in await database[RESOURCES].aggregate(groups)}
