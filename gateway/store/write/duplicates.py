"""Find internal documents of the same thing, and note it on the later one, in the transaction that writes it.

A document may have a `fingerprint`. Its `exact` key is equal for what was sent twice; its `near` key is equal for what
two systems report, each in its own way. Duplicates are only noted, as findings of the rules `duplicate.exact` and
`duplicate.near`, and never left out: whether two documents are one measurement is for people to judge.
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

Alike = Mapping[str | tuple[str, str], Sequence[Document]]
"""Documents with the same key, and those with the same pair of keys, earliest first."""


def has_fingerprint(document: Document) -> bool:
    """Return whether `document` can be compared with others."""
    fingerprint = document.get("fingerprint")
    return isinstance(fingerprint, dict) and "exact" in fingerprint


async def find_duplicates(
    database: Database,
    collection: str,
    documents: Sequence[Document],
    replaced: Mapping[str, Document | None],
    session: AsyncClientSession,
) -> None:
    """Mark duplicates among `documents`, and update the marks of stored documents that a replacement makes untrue.

    documents: about to be written, each with a fingerprint.
    replaced: by id, the documents that are about to replace stored ones; None for one that is removed. Stored
        duplicates of a replaced document are compared anew. Otherwise, a result that was sent again after its first
        copy was retracted or corrected would be lost to all who leave out duplicates.
    """
    changed = await _changed(database, collection, replaced, session)
    written = {document["_id"] for document in documents} | {*replaced}
    freed = await _freed(database, collection, changed, written, session)
    if documents or freed:
        await mark(database, collection, [*documents, *freed], session, {*changed})
    for document in freed:
        quality = document["quality"]
        change = {"$set": {"quality": quality}} if quality else {"$unset": {"quality": 1}}
        await database[collection].update_one({"_id": document["_id"]}, change, session=session)


async def _changed(
    database: Database, collection: str, replaced: Mapping[str, Document | None], session: AsyncClientSession
) -> dict[str, Document]:
    """Return, by id, the stored documents whose replacement has another fingerprint."""
    if not replaced:
        return {}
    by_id = {"_id": {"$in": [*replaced]}, "fingerprint.exact": {"$exists": True}}
    stored = [document async for document in database[collection].find(by_id, {"fingerprint": 1}, session=session)]
    new = {id_: (replacement or {}).get("fingerprint") for id_, replacement in replaced.items()}
    return {document["_id"]: document for document in stored if document["fingerprint"] != new[document["_id"]]}


async def _freed(
    database: Database,
    collection: str,
    changed: Mapping[str, Document],
    except_ids: Set[str],
    session: AsyncClientSession,
) -> list[Document]:
    """Return the stored documents that are marked as duplicates of `changed` ones, without that mark."""
    if not changed:
        return []
    finding = {"$elemMatch": {"rule": {"$regex": f"^{_RULE}"}, "before": {"$in": [*changed]}}}
    marked = {"$and": [_alike_filter([*changed.values()]), {"quality": finding}]}
    fields = {"fingerprint": 1, "fhir.updated": 1, "fhir.type": 1, "quality": 1}
    stored = [document async for document in database[collection].find(marked, fields, session=session)]
    freed = [document for document in stored if document["_id"] not in except_ids]
    for document in freed:
        document["quality"] = [finding for finding in document["quality"] if not finding["rule"].startswith(_RULE)]
    return freed


async def mark(
    database: Database,
    collection: str,
    documents: Sequence[Document],
    session: AsyncClientSession,
    except_ids: Set[str] = frozenset(),
) -> None:
    """Add a finding to those of `documents` that repeat an earlier document: a stored one, or another of `documents`.

    documents: about to be written, each with a fingerprint. Documents without a `near` key are compared by `exact`.
    except_ids: stored documents that do not count.

    After an update a document may be later than its own duplicates. It is then not marked as a duplicate of them,
    because those who leave out duplicates must be left with one of the documents.
    """
    new = {document["_id"] for document in documents}
    alike = list(documents)
    originals: dict[str, str] = {}
    async for stored in database[collection].find(_alike_filter(documents), _FIELDS, session=session):
        if stored["_id"] not in new and stored["_id"] not in except_ids:
            alike.append(stored)
            for finding in _duplicate_findings(stored):
                originals[stored["_id"]] = finding["before"]
    by_key = _by_key(alike)
    for document in sorted(documents, key=_time):
        exact, near = (_first(by_key[key], document, originals) for key in (_both_keys(document), _key(document)))
        if first := exact or near:
            originals[document["_id"]] = first["_id"]
            _add_finding(document, first, "exact" if exact else "near")


def _by_key(documents: Sequence[Document]) -> Alike:
    by_key: dict[str | tuple[str, str], list[Document]] = defaultdict(list)
    for document in sorted(documents, key=_time):
        by_key[_key(document)].append(document)
        by_key[_both_keys(document)].append(document)
    return by_key


def _first(alike: Sequence[Document], document: Document, originals: Mapping[str, str]) -> Document | None:
    """Return the earliest document that is before `document` and not a duplicate of it; None if there is none.

    The search begins at the front, where the result nearly always is, so that each of thousands costs as little as one
    of two.
    """
    earlier = takewhile(lambda other: _time(other) < _time(document), alike)
    return next((other for other in earlier if not _leads_to(other["_id"], document["_id"], originals)), None)


def _duplicate_findings(document: Document) -> Iterator[Document]:
    return (finding for finding in document.get("quality", ()) if finding["rule"].startswith(_RULE))


def _leads_to(id_: str, original: str, originals: Mapping[str, str]) -> bool:
    """Return whether `id_` is a duplicate of `original`, directly or through other duplicates."""
    passed = set()
    while id_ in originals and id_ not in passed:
        passed.add(id_)
        id_ = originals[id_]
    return id_ == original or original in passed


def _key(document: Document) -> str:
    fingerprint = document["fingerprint"]
    return str(fingerprint.get("near", fingerprint["exact"]))


def _both_keys(document: Document) -> tuple[str, str]:
    return _key(document), document["fingerprint"]["exact"]


def _alike_filter(documents: Sequence[Document]) -> Document:
    """Return the filter of all documents with the key of one of `documents`.

    It is phrased so that the index gateway.mapping.indexes.FINGERPRINT, which is partial, answers it: hence the
    `$exists`, and the null for a missing `near`.
    """
    fingerprints = [document["fingerprint"] for document in documents]
    near = list(dict.fromkeys(fingerprint["near"] for fingerprint in fingerprints if "near" in fingerprint))
    exact = list(dict.fromkeys(fingerprint["exact"] for fingerprint in fingerprints if "near" not in fingerprint))
    by_near: Document = {"fingerprint.near": {"$in": near}, "fingerprint.exact": {"$exists": True}}
    by_exact: Document = {"fingerprint.near": None, "fingerprint.exact": {"$in": exact}}
    if near and exact:
        return {"$or": [by_near, by_exact]}
    return by_near if near else by_exact


def _time(document: Document) -> tuple[datetime, str]:
    """Return the sort key from earliest to latest; documents of one time are in the order of their ids."""
    return document["fhir"]["updated"], document["_id"]


def _add_finding(document: Document, first: Document, kind: str) -> None:
    finding: dict[str, Any] = {"rule": _RULE + kind, "path": document["fhir"]["type"], "before": first["_id"]}
    document["quality"] = [*document.get("quality", ()), finding]
