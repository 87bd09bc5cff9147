"""Documents of the same thing: said on the later one, in the transaction that writes it.

Every document may have a `fingerprint`: `exact` is equal for what was sent twice, `near` for what two systems tell each
in its own way. What is the same is only said, never left out: whether it is one measurement is for people to judge.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from datetime import datetime
from itertools import takewhile
from typing import Any

from pymongo.asynchronous.client_session import AsyncClientSession

from gateway.store.layout.schema import Database, Document

_FIELDS = {"fingerprint": 1, "fhir.updated": 1, "quality.rule": 1, "quality.before": 1}
_RULE = "duplicate."


def has_fingerprint(document: Document) -> bool:
    found = document.get("fingerprint")
    return isinstance(found, dict) and "exact" in found


async def tell(
    database: Database,
    collection: str,
    documents: Sequence[Document],
    replaced: Mapping[str, Document | None],
    session: AsyncClientSession,
) -> None:
    """Mark `documents`, and mark again the stored ones that name a document whose fingerprint changes or goes.

    `replaced`: the documents that are about to take the place of stored ones, by id; None for one that is removed. Who
    leaves out duplicates would lose a result that was sent again after its first copy was retracted or corrected.
    """
    changed = await _changed(database, collection, replaced, session)
    freed = await _freed(database, collection, changed, {one["_id"] for one in documents} | {*replaced}, session)
    if documents or freed:
        await mark(database, collection, [*documents, *freed], session, {*changed})
    for one in freed:
        change = {"$set": {"quality": one["quality"]}} if one["quality"] else {"$unset": {"quality": 1}}
        await database[collection].update_one({"_id": one["_id"]}, change, session=session)


async def _changed(
    database: Database, collection: str, replaced: Mapping[str, Document | None], session: AsyncClientSession
) -> dict[str, Document]:
    """Return the stored documents whose fingerprint is another one in what replaces them, by id."""
    if not replaced:
        return {}
    by_id = {"_id": {"$in": [*replaced]}, "fingerprint.exact": {"$exists": True}}
    stored = [one async for one in database[collection].find(by_id, {"fingerprint": 1}, session=session)]
    new = {one["_id"]: (replaced[one["_id"]] or {}).get("fingerprint") for one in stored}
    return {one["_id"]: one for one in stored if one["fingerprint"] != new[one["_id"]]}


async def _freed(
    database: Database, collection: str, changed: Mapping[str, Document], but: Set[str], session: AsyncClientSession
) -> list[Document]:
    """Return the stored documents that are told to be duplicates of `changed` ones, without that finding."""
    if not changed:
        return []
    finding = {"$elemMatch": {"rule": {"$regex": f"^{_RULE}"}, "before": {"$in": [*changed]}}}
    wanted = {"$and": [_wanted([*changed.values()]), {"quality": finding}]}
    fields = {"fingerprint": 1, "fhir.updated": 1, "fhir.type": 1, "quality": 1}
    freed = [one async for one in database[collection].find(wanted, fields, session=session) if one["_id"] not in but]
    for one in freed:
        one["quality"] = [finding for finding in one["quality"] if not finding["rule"].startswith(_RULE)]
    return freed


async def mark(
    database: Database,
    collection: str,
    documents: Sequence[Document],
    session: AsyncClientSession,
    but: Set[str] = frozenset(),
) -> None:
    """Adds to `quality` of those `documents` (about to be written, each with a fingerprint) that tell what an earlier
    one tells: one stored, or one among themselves. Those without the nearer key are looked up by the other.

    Stored documents with the ids `but` are left out. An update makes a document later than its own duplicates. It is
    none of theirs: whoever leaves out what is a duplicate must be left with one.
    """
    new = {document["_id"] for document in documents}
    alike = list(documents)
    told: dict[str, str] = {}
    async for stored in database[collection].find(_wanted(documents), _FIELDS, session=session):
        if stored["_id"] not in new and stored["_id"] not in but:
            alike.append(stored)
            told |= {id_: one["before"] for id_, one in _findings(stored)}
    known = _in_order(alike)
    for document in sorted(documents, key=_place):
        exact, near = (_first(known[key], document, told) for key in (_both(document), _key(document)))
        if first := exact or near:
            told[document["_id"]] = first["_id"]
            _tell(document, first, exact is not None)


def _in_order(documents: Sequence[Document]) -> Mapping[str | tuple[str, str], Sequence[Document]]:
    """Those of one key, and those that are exactly the same, the earliest first."""
    known: dict[str | tuple[str, str], list[Document]] = defaultdict(list)
    for document in sorted(documents, key=_place):
        known[_key(document)].append(document)
        known[_both(document)].append(document)
    return known


def _first(alike: Sequence[Document], document: Document, told: Mapping[str, str]) -> Document | None:
    """The earliest that is before `document` and none of its own duplicates.

    Looked for from the front, where it nearly always is: of thousands alike each costs no more than of two.
    """
    earlier = takewhile(lambda one: _place(one) < _place(document), alike)
    return next((one for one in earlier if not _leads(one["_id"], document["_id"], told)), None)


def _findings(document: Document) -> Iterator[tuple[str, Document]]:
    return ((document["_id"], one) for one in document.get("quality", ()) if one["rule"].startswith(_RULE))


def _leads(id_: str, to: str, told: Mapping[str, str]) -> bool:
    """Whether the first is a duplicate of the second, or of a duplicate of it…"""
    passed = set()
    while id_ in told and id_ not in passed:
        passed.add(id_)
        id_ = told[id_]
    return id_ == to or to in passed


def _key(document: Document) -> str:
    found = document["fingerprint"]
    return str(found.get("near", found["exact"]))


def _both(document: Document) -> tuple[str, str]:
    return _key(document), document["fingerprint"]["exact"]


def _wanted(documents: Sequence[Document]) -> Document:
    """In words that the index (gateway.mapping.indexes.FINGERPRINT) answers."""
    found = [document["fingerprint"] for document in documents]
    near = list({one["near"]: 0 for one in found if "near" in one})
    exact = list({one["exact"]: 0 for one in found if "near" not in one})
    by_near: Document = {"fingerprint.near": {"$in": near}, "fingerprint.exact": {"$exists": True}}
    by_exact: Document = {"fingerprint.near": None, "fingerprint.exact": {"$in": exact}}
    if near and exact:
        return {"$or": [by_near, by_exact]}
    return by_near if near else by_exact


def _place(document: Document) -> tuple[datetime, str]:
    return document["fhir"]["updated"], document["_id"]


def _tell(document: Document, first: Document, exact: bool) -> None:
    finding: dict[str, Any] = {
        "rule": _RULE + ("exact" if exact else "near"),
        "path": document["fhir"]["type"],
        "before": first["_id"],
    }
    document["quality"] = [*document.get("quality", ()), finding]
