"""The history interactions, read from the feed. https://hl7.org/fhir/R4/http.html#history"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any

from gateway.errors import TooCostly
from gateway.store.layout.fields import ACTION, BY_PUT, ID, TYPE, UPDATED, VERSION
from gateway.store.layout.records import HistoryEntry, HistoryPage, Key, Stored
from gateway.store.layout.schema import FEED, VERSION_FIELDS, VERSIONS, Database, Document
from gateway.store.layout.stored import stored
from gateway.store.read import charged, read

EARLIEST = datetime.min.replace(tzinfo=UTC)
Span = tuple[datetime, datetime]
"""From the first moment up to, but without, the second."""

PAGE_BYTES, _FIRST = 32 * 1024 * 1024, 6
"""Bytes of versions after which a page ends, and the number of versions that are read first."""

MOST_STANDING = 100_000
"""How many versions that were current when a span began one history may tell of."""


async def history(
    database: Database,
    type_: str | None,
    id_: str | None,
    *,
    since: datetime | None = None,
    at: Sequence[Span] = (),
    keys: Collection[Key] | None = None,
    count: int = 50,
    before: int | None = None,
    total: int | None = None,
) -> HistoryPage:
    """Changes of one resource, one type or everything, newest first.

    since: versions made at or after it. at: versions that were current at some moment of one of the spans.
    keys: only of these resources. before, total: the `next` and the `total` of the page before. The feed only grows at
    its other end, so pages never shift. Raises TooCostly when `at` asks for too much.
    """
    wanted = _filter(type_, id_, since, keys)
    if at:
        wanted = {"$and": [wanted, {"$or": [await _current_during(database, wanted, *span) for span in at]}]}
    if total is None:
        total = await database[FEED].count_documents(wanted)
    page = {"$and": [wanted, {"_id": {"$lt": before}}]} if before is not None else wanted
    entries = await charged.all_of(database[FEED].find(page).sort("_id", -1).limit(count + 1))
    shown, found = await _shown(database, entries[:count])
    listed = [HistoryEntry(e["_id"], e[ACTION], found[_version_key(e)], e.get(BY_PUT, False)) for e in shown]
    return HistoryPage(listed, total, shown[-1]["_id"] if len(entries) > len(shown) > 0 else None)


async def _shown(database: Database, entries: Sequence[Document]) -> tuple[list[Document], dict[str, Stored]]:
    """Return the entries that a page has room for, and their versions. Few are read at first: each may have 16 MB."""
    shown: list[Document] = []
    found: dict[str, Stored] = {}
    portion, size = _FIRST, 0
    while len(shown) < len(entries) and size < PAGE_BYTES:
        new = entries[len(shown) : len(shown) + portion]
        versions = await _versions(database, new)
        shown, found, portion = [*shown, *new], found | versions, portion * 8
        size += sum(len(version.body) for version in versions.values())
    return shown, found


def _filter(type_: str | None, id_: str | None, since: datetime | None, keys: Collection[Key] | None) -> Document:
    wanted: Document = {}
    if type_:
        wanted[TYPE] = type_
    if id_:
        wanted[ID] = id_
    if since:
        wanted[UPDATED] = {"$gte": since}
    if keys is not None:
        ids: dict[str, list[str]] = defaultdict(list)
        for type_of, id_of in keys:
            ids[type_of].append(id_of)
        wanted["$or"] = [{TYPE: of, ID: {"$in": those}} for of, those in ids.items()] or [{"_id": {"$in": []}}]
    return wanted


async def _current_during(database: Database, wanted: Document, start: datetime, end: datetime) -> Document:
    """What began within the span, and of each resource what was current when it began: a deletion was not."""
    began: Document = {UPDATED: {"$gte": start, "$lt": end}}
    if start <= EARLIEST:
        return began
    standing: list[dict[str, Any]] = [
        {"$match": {"$and": [wanted, {UPDATED: {"$lte": start}}]}},
        {"$group": {"_id": {TYPE: f"${TYPE}", ID: f"${ID}"}, "seq": {"$max": "$_id"}}},
        {"$limit": MOST_STANDING + 1},
    ]
    cursor = await database[FEED].aggregate(standing, allowDiskUse=True)
    seqs = [one["seq"] for one in await charged.all_of(cursor)]
    if len(seqs) > MOST_STANDING:
        raise TooCostly(
            f"_at: more than {MOST_STANDING} resources were there; ask for the history of one type or resource"
        )
    return {"$or": [began, {"_id": {"$in": seqs}, ACTION: {"$ne": "delete"}}]}


async def _versions(database: Database, entries: Sequence[Document]) -> dict[str, Stored]:
    """By "Type/id/version". The current ones are read first: what is superseded meanwhile is then among the others."""
    current = await read.by_key(database, list({f"{e[TYPE]}/{e[ID]}" for e in entries}))
    found = {f"{key}/{one.version}": one for key, one in current.items()}
    missing = [key for key in map(_version_key, entries) if key not in found]
    cursor = database[VERSIONS].find({"_id": {"$in": missing}}, VERSION_FIELDS)
    return {**found, **{one["_id"]: stored(one) for one in await charged.all_of(cursor)}}


def _version_key(entry: Document) -> str:
    return f"{entry[TYPE]}/{entry[ID]}/{entry[VERSION]}"
