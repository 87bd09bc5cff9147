"""Documents of the same thing: said on the later one, in the transaction that writes it.

Every document may have a `fingerprint`: `exact` is equal for what was sent twice, `near` for what two systems tell each
in its own way. What is the same is only said, never left out: whether it is one measurement is for people to judge.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pymongo.asynchronous.client_session import AsyncClientSession

from gateway.store.collections import Database, Document

_FIELDS = {"fingerprint": 1, "fhir.updated": 1}


def has_fingerprint(document: Document) -> bool:
    found = document.get("fingerprint")
    return isinstance(found, dict) and "exact" in found


async def mark(database: Database, collection: str, documents: Sequence[Document], session: AsyncClientSession) -> None:
    """Adds to `quality` of those `documents` (about to be written, each with a fingerprint) that tell what an earlier
    one tells: one stored, or one among themselves. Those without the nearer key are looked up by the other.
    """
    known: dict[str, list[Document]] = defaultdict(list)
    for document in documents:
        known[_key(document)].append(document)
    new = {document["_id"] for document in documents}
    async for stored in database[collection].find(_wanted(documents), _FIELDS, session=session):
        if stored["_id"] not in new:
            known[_key(stored)].append(stored)
    for document in documents:
        same = [one for one in known[_key(document)] if _place(one) < _place(document)]
        if same:
            _tell(document, same)


def _key(document: Document) -> str:
    found = document["fingerprint"]
    return str(found.get("near", found["exact"]))


def _wanted(documents: Sequence[Document]) -> Document:
    """In words that the index (gateway.mapping.indexes.FINGERPRINT) answers."""
    found = [document["fingerprint"] for document in documents]
    near = [one["near"] for one in found if "near" in one]
    exact = [one["exact"] for one in found if "near" not in one]
    by_near: Document = {"fingerprint.near": {"$in": near}, "fingerprint.exact": {"$exists": True}}
    by_exact: Document = {"fingerprint.near": None, "fingerprint.exact": {"$in": exact}}
    if near and exact:
        return {"$or": [by_near, by_exact]}
    return by_near if near else by_exact


def _place(document: Document) -> tuple[datetime, str]:
    return document["fhir"]["updated"], document["_id"]


def _tell(document: Document, same: Sequence[Document]) -> None:
    """Of the first that is exactly the same, else of the first that is nearly so."""
    exact = [one for one in same if one["fingerprint"]["exact"] == document["fingerprint"]["exact"]]
    first = min(exact or same, key=_place)
    finding: dict[str, Any] = {
        "rule": "duplicate.exact" if exact else "duplicate.near",
        "path": document["fhir"]["type"],
        "before": first["_id"],
    }
    document["quality"] = [*document.get("quality", ()), finding]
