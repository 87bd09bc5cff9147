"""Remember which stored resource is which resource of an import's source, and its version that was stored last.

A claim is written before the resource, and the first claim of an id stays: two imports at the same time cannot both
take an id. The rows have the fields of `Imported`; `source_id` is stored as `name`.
"""

from collections.abc import Iterable, Mapping, Sequence

from pymongo import UpdateOne

from gateway.store.layout.fields import ID, TYPE
from gateway.store.layout.records import Imported, Key, Version
from gateway.store.layout.refusal import raises_busy
from gateway.store.layout.schema import IMPORTS, Database, Document


class Imports:
    """The stored claims of sources on our resources."""

    def __init__(self, database: Database) -> None:
        self._collection = database[IMPORTS]

    @raises_busy
    async def find(self, keys: Iterable[Key]) -> dict[Key, Imported]:
        """Return the claims on our resources (type, id), by these keys."""
        ids = [_id(key) for key in keys]
        if not ids:
            return {}
        return {(row[TYPE], row[ID]): _imported(row) async for row in self._collection.find({"_id": {"$in": ids}})}

    @raises_busy
    async def find_by_source_id(self, type_: str, source_id: str) -> list[Imported]:
        """Return the resources that any source calls `type_/source_id`, ordered by the name of the source."""
        rows = self._collection.find({TYPE: type_, "name": source_id}).sort([("source", 1), ("_id", 1)])
        return [_imported(row) async for row in rows]

    @raises_busy
    async def claim(self, claims: Iterable[Imported]) -> None:
        """Claim resources for a source. An existing claim stays as it is, whatever source it is for."""
        await self._write(
            [UpdateOne({"_id": _id(claim.key)}, {"$setOnInsert": _claim(claim)}, upsert=True) for claim in claims]
        )

    @raises_busy
    async def define(self, definitions: Iterable[Imported]) -> None:
        """Store `file`, `digest`, `marks` and `contested` of existing claims."""
        await self._write(
            [UpdateOne({"_id": _id(imported.key)}, {"$set": _definition(imported)}) for imported in definitions]
        )

    @raises_busy
    async def record(self, versions: Mapping[Key, tuple[Version, str]]) -> None:
        """Store, for each claimed resource, the version that was stored last and its place in a file."""
        await self._write([UpdateOne({"_id": _id(key)}, {"$set": _last(*stored)}) for key, stored in versions.items()])

    async def _write(self, operations: Sequence[UpdateOne]) -> None:
        if operations:  # MongoDB refuses an empty bulk write
            await self._collection.bulk_write(operations, ordered=False)


def _id(key: Key) -> str:
    return f"{key[0]}/{key[1]}"


def _claim(claim: Imported) -> Document:
    row = {TYPE: claim.type, ID: claim.id, "source": claim.source, "name": claim.source_id}
    return row | ({"by_request": True} if claim.by_request else {})


def _definition(imported: Imported) -> Document:
    return {
        "file": imported.file,
        "digest": imported.digest,
        "marks": list(imported.marks),
        "contested": imported.contested,
    }


def _last(version: Version, place: str) -> Document:
    row = {
        "updated": version.updated,
        "number": version.number,
        "digest": version.digest,
        "deleted": version.deleted,
    }
    return {"stored": row, "place": place, f"seen.{place}": version.digest}


def _imported(row: Document) -> Imported:
    return Imported(
        row[TYPE],
        row[ID],
        row["source"],
        row["name"],
        file=row.get("file", ""),
        digest=row.get("digest", ""),
        marks=tuple(row.get("marks", ())),
        contested=row.get("contested", False),
        stored=Version(**row["stored"]) if "stored" in row else None,
        place=row.get("place", ""),
        seen=row.get("seen", {}),
        by_request=row.get("by_request", False),
    )
