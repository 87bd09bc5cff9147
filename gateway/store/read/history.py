"""Read histories from the change feed. https://hl7.org/fhir/R4/http.html#history"""

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
"""A span of time: from the first moment up to the second, which is not part of it."""

PAGE_BYTES = 32 * 1024 * 1024
"""A page ends when its versions have more bytes than this."""
_FIRST_PORTION = 6
"""The number of versions that are read first: each may have 16 MB."""

MOST_CURRENT = 100_000
"""The most versions in one history that were current at the begin of a span."""


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
    """Return a page of changes, newest first: of one resource, of one type (id_ None), or of all resources (both None).

    since: only versions that were written at or after this time.
    at: only versions that were current at some moment of one of these spans.
    keys: only versions of these resources.
    count: the most entries of the page.
    before, total: `next` and `total` of the page before. Pages never shift, because the feed grows at the other end.
    Raises TooCostly if more than MOST_CURRENT versions were current at the begin of a span.
    """
    filter_ = _filter(type_, id_, since, keys)
    if at:
        filter_ = {"$and": [filter_, {"$or": [await _current_during(database, filter_, *span) for span in at]}]}
    if total is None:
        total = await database[FEED].count_documents(filter_)
    page = {"$and": [filter_, {"_id": {"$lt": before}}]} if before is not None else filter_
    entries = await charged.all_of(database[FEED].find(page).sort("_id", -1).limit(count + 1))
    shown, versions = await _read_portion(database, entries[:count])
    history_entries = [
        HistoryEntry(entry["_id"], entry[ACTION], versions[_version_key(entry)], entry.get(BY_PUT, False))
        for entry in shown
    ]
    return HistoryPage(history_entries, total, shown[-1]["_id"] if len(entries) > len(shown) > 0 else None)


async def _read_portion(database: Database, entries: Sequence[Document]) -> tuple[list[Document], dict[str, Stored]]:
    """Return those of the first `entries` that a page has room for, and their versions by "Type/id/version"."""
    shown: list[Document] = []
    versions: dict[str, Stored] = {}
    portion, size = _FIRST_PORTION, 0
    while len(shown) < len(entries) and size < PAGE_BYTES:
        new = entries[len(shown) : len(shown) + portion]
        versions_of_new = await _versions(database, new)
        shown, versions, portion = [*shown, *new], versions | versions_of_new, portion * 8
        size += sum(len(version.body) for version in versions_of_new.values())
    return shown, versions


def _filter(type_: str | None, id_: str | None, since: datetime | None, keys: Collection[Key] | None) -> Document:
    filter_: Document = {}
    if type_:
        filter_[TYPE] = type_
    if id_:
        filter_[ID] = id_
    if since:
        filter_[UPDATED] = {"$gte": since}
    if keys is not None:
        ids: dict[str, list[str]] = defaultdict(list)
        for type_of_key, id_of_key in keys:
            ids[type_of_key].append(id_of_key)
        branches: list[Document] = [{TYPE: type_of_key, ID: {"$in": ids_}} for type_of_key, ids_ in ids.items()]
        filter_["$or"] = branches or [{"_id": {"$in": []}}]  # MongoDB refuses an empty $or
    return filter_


async def _current_during(database: Database, filter_: Document, start: datetime, end: datetime) -> Document:
    """Return the filter of versions that were current during a span.

    These are the versions written within the span, and of each resource the version that was current when it began,
    unless that was a deletion.
    """
    began: Document = {UPDATED: {"$gte": start, "$lt": end}}
    if start <= EARLIEST:
        return began
    latest_before: list[dict[str, Any]] = [
        {"$match": {"$and": [filter_, {UPDATED: {"$lte": start}}]}},
        {"$group": {"_id": {TYPE: f"${TYPE}", ID: f"${ID}"}, "seq": {"$max": "$_id"}}},
        {"$limit": MOST_CURRENT + 1},
    ]
    cursor = await database[FEED].aggregate(latest_before, allowDiskUse=True)
    seqs = [row["seq"] for row in await charged.all_of(cursor)]
    if len(seqs) > MOST_CURRENT:
        raise TooCostly(
            f"_at: more than {MOST_CURRENT} resources were there; ask for the history of one type or resource"
        )
    return {"$or": [began, {"_id": {"$in": seqs}, ACTION: {"$ne": "delete"}}]}


async def _versions(database: Database, entries: Sequence[Document]) -> dict[str, Stored]:
    """Return the versions of feed entries, by "Type/id/version".

    The current versions are read first: a version that is superseded meanwhile is then found among the others.
    """
    current = await read.by_key(database, list({f"{entry[TYPE]}/{entry[ID]}" for entry in entries}))
    versions = {f"{key}/{version.version}": version for key, version in current.items()}
    missing = [key for key in map(_version_key, entries) if key not in versions]
    cursor = database[VERSIONS].find({"_id": {"$in": missing}}, VERSION_FIELDS)
    return versions | {document["_id"]: stored(document) for document in await charged.all_of(cursor)}


def _version_key(entry: Document) -> str:
    return f"{entry[TYPE]}/{entry[ID]}/{entry[VERSION]}"
