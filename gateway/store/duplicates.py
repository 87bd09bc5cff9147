"""Documents of the same thing: said on the later one, in the transaction that writes it.

Every document may have a `fingerprint`: `exact` is equal for what was sent twice, `near` for what two systems tell each
in its own way. What is the same is only said, never left out: whether it is one measurement is for people to judge.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import takewhile
from typing import Any

from pymongo.asynchronous.client_session import AsyncClientSession

from gateway.store.collections import Database, Document

_FIELDS = {"fingerprint": 1, "fhir.updated": 1, "quality.rule": 1, "quality.before": 1}
_RULE = "duplicate."


def has_fingerprint(document: Document) -> bool:
    found = document.get("fingerprint")
    return isinstance(found, dict) and "exact" in found


async def mark(database: Database, collection: str, documents: Sequence[Document], session: AsyncClientSession) -> None:
    """Adds to `quality` of those `documents` (about to be written, each with a fingerprint) that tell what an earlier
    one tells: one stored, or one among themselves. Those without the nearer key are looked up by the other.

    An update makes a document later than its own duplicates. It is none of theirs: whoever leaves out what is a
    duplicate must be left with one.
    """
    new = {document["_id"] for document in documents}
    alike = list(documents)
    told: dict[str, str] = {}
    async for stored in database[collection].find(_wanted(documents), _FIELDS, session=session):
        if stored["_id"] not in new:
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
