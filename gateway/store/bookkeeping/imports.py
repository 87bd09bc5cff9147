"""Remember which stored resource is which resource of an import's source, and its version that was stored last.

    {_id: "Patient/p1", t, i, source, name, file, digest, marks, contested, stored: {…}, place, seen: {…}, by_request}

`name` is the id that the source uses. A claim is written before the resource, and the first claim of an id stays: two
imports at the same time cannot both take an id.
"""

from collections.abc import Iterable, Mapping

from pymongo import UpdateOne

from gateway.store.layout.records import Imported, Key, Version
from gateway.store.layout.schema import IMPORTS, Database, Document


async def find(database: Database, keys: Iterable[Key]) -> dict[Key, Imported]:
    """Return the claims on resources by our keys."""
    wanted = [_id(key) for key in keys]
    if not wanted:
        return {}
    return {(row["t"], row["i"]): _imported(row) async for row in database[IMPORTS].find({"_id": {"$in": wanted}})}


async def of_source(database: Database, type_: str, source_id: str) -> list[Imported]:
    """Return the resources that sources call `type_/source_id`, ordered by the name of the source."""
    rows = database[IMPORTS].find({"t": type_, "name": source_id}).sort([("source", 1), ("_id", 1)])
    return [_imported(row) async for row in rows]


async def claim(database: Database, claims: Iterable[Imported]) -> None:
    """Claim resources for a source. An existing claim stays as it is, whatever source it is for."""
    await _write(
        database,
        [
            UpdateOne(
                {"_id": _id(one.key)},
                {"$setOnInsert": _claim(one)},
                upsert=True,
            )
            for one in claims
        ],
    )


async def define(database: Database, definitions: Iterable[Imported]) -> None:
    """Store file, digest, marks and contested of existing claims."""
    await _write(
        database,
        [
            UpdateOne(
                {"_id": _id(one.key)},
                {
                    "$set": {
                        "file": one.file,
                        "digest": one.digest,
                        "marks": list(one.marks),
                        "contested": one.contested,
                    }
                },
            )
            for one in definitions
        ],
    )


async def record(database: Database, versions: Mapping[Key, tuple[Version, str]]) -> None:
    """Store, for each claimed resource, the version that was stored last and its place in a file."""
    await _write(
        database,
        [
            UpdateOne(
                {"_id": _id(key)},
                {"$set": {"stored": _row(version), "place": place, f"seen.{place}": version.digest}},
            )
            for key, (version, place) in versions.items()
        ],
    )


async def _write(database: Database, operations: list[UpdateOne]) -> None:
    if operations:
        await database[IMPORTS].bulk_write(operations, ordered=False)


def _claim(one: Imported) -> Document:
    row = {"t": one.type, "i": one.id, "source": one.source, "name": one.source_id}
    return row | ({"by_request": True} if one.by_request else {})


def _id(key: Key) -> str:
    return f"{key[0]}/{key[1]}"


def _row(version: Version) -> Document:
    return {
        "updated": version.updated,
        "number": version.number,
        "digest": version.digest,
        "deleted": version.deleted,
    }


def _imported(row: Document) -> Imported:
    return Imported(
        row["t"],
        row["i"],
        row["source"],
        row["name"],
        row.get("file", ""),
        row.get("digest", ""),
        tuple(row.get("marks", ())),
        row.get("contested", False),
        Version(**row["stored"]) if "stored" in row else None,
        row.get("place", ""),
        row.get("seen", {}),
        row.get("by_request", False),
    )
