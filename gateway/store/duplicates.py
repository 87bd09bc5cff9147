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

KEYS = ("near", "exact")
_FIELDS = {"fingerprint": 1, "fhir.updated": 1}


def has_fingerprint(document: Document) -> bool:
    found = document.get("fingerprint")
    return isinstance(found, dict) and any(key in found for key in KEYS)


async def mark(database: Database, collection: str, documents: Sequence[Document], session: AsyncClientSession) -> None:
    """Adds to `quality` of those `documents` (about to be written, each with a fingerprint) that tell what an earlier
    one tells: one stored, or one among themselves. One lookup by the nearer key; those without it have but the other.
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
    return str(found.get("near") or found.get("exact"))


def _wanted(documents: Sequence[Document]) -> Document:
    values: dict[str, list[str]] = defaultdict(list)
    for document in documents:
        name = next(key for key in KEYS if key in document["fingerprint"])
        values[f"fingerprint.{name}"].append(document["fingerprint"][name])
    wanted: list[Document] = [{name: {"$in": each}} for name, each in values.items()]
    return wanted[0] if len(wanted) == 1 else {"$or": wanted}


def _place(document: Document) -> tuple[datetime, str]:
    return document["fhir"]["updated"], document["_id"]


def _tell(document: Document, same: Sequence[Document]) -> None:
    """Of the first that is exactly the same, else of the first that is nearly so."""
    exact = [one for one in same if one["fingerprint"].get("exact") == document["fingerprint"].get("exact")]
    first = min(exact or same, key=_place)
    finding: dict[str, Any] = {
        "rule": "duplicate.exact" if exact else "duplicate.near",
        "path": document["fhir"]["type"],
        "before": first["_id"],
    }
    document["quality"] = [*document.get("quality", ()), finding]
