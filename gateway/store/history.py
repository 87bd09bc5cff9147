"""The history interactions, read from the feed. https://hl7.org/fhir/R4/http.html#history"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from gateway.store import read
from gateway.store.collections import FEED, VERSION_FIELDS, VERSIONS, Database, Document
from gateway.store.decide import stored
from gateway.store.records import HistoryEntry, HistoryPage, Stored


async def history(
    database: Database,
    type_: str | None,
    id_: str | None,
    *,
    since: datetime | None = None,
    at: tuple[datetime, datetime] | None = None,
    count: int = 50,
    before: int | None = None,
) -> HistoryPage:
    """Changes of one resource, one type or everything, newest first.

    since: versions made at or after it. at: versions that were current at some moment of [start, end).
    before: the `next` of the page before. The feed only grows at its other end, so pages never shift.
    """
    wanted = _filter(type_, id_, since)
    if at:
        wanted = {"$and": [wanted, await _current_during(database, wanted, *at)]}
    total = await database[FEED].count_documents(wanted)
    page = {"$and": [wanted, {"_id": {"$lt": before}}]} if before is not None else wanted
    entries = await database[FEED].find(page).sort("_id", -1).limit(count + 1).to_list()
    found, shown = await _versions(database, entries[:count]), entries[:count]
    listed = [HistoryEntry(e["_id"], e["a"], found[_version_key(e)]) for e in shown]
    return HistoryPage(listed, total, shown[-1]["_id"] if len(entries) > count and shown else None)


def _filter(type_: str | None, id_: str | None, since: datetime | None) -> Document:
    wanted: Document = {}
    if type_:
        wanted["t"] = type_
    if id_:
        wanted["i"] = id_
    if since:
        wanted["u"] = {"$gte": since}
    return wanted


async def _current_during(database: Database, wanted: Document, start: datetime, end: datetime) -> Document:
    """What began within the period, and of each resource what was current when the period began."""
    standing: list[dict[str, Any]] = [
        {"$match": {"$and": [wanted, {"u": {"$lte": start}}]}},
        {"$group": {"_id": {"t": "$t", "i": "$i"}, "seq": {"$max": "$_id"}}},
    ]
    cursor = await database[FEED].aggregate(standing, allowDiskUse=True)
    return {"$or": [{"u": {"$gte": start, "$lt": end}}, {"_id": {"$in": [one["seq"] async for one in cursor]}}]}


async def _versions(database: Database, entries: Sequence[Document]) -> dict[str, Stored]:
    """By "Type/id/version". The current ones are read first: what is superseded meanwhile is then among the others."""
    current = await read.by_key(database, list({f"{e['t']}/{e['i']}" for e in entries}))
    found = {f"{key}/{one.version}": one for key, one in current.items()}
    missing = [key for key in map(_version_key, entries) if key not in found]
    cursor = database[VERSIONS].find({"_id": {"$in": missing}}, VERSION_FIELDS)
    return {**found, **{one["_id"]: stored(one) async for one in cursor}}


def _version_key(entry: Document) -> str:
    return f"{entry['t']}/{entry['i']}/{entry['v']}"
