"""What `_include` and `_revinclude` add to a page: https://hl7.org/fhir/R4/search.html#include"""

import re
from collections.abc import Iterable, Sequence

from gateway.errors import BadRequest
from gateway.search.controls import Include
from gateway.search.query import Query
from gateway.store.collections import VERSION_FIELDS, Document
from gateway.store.snapshot import Snapshot

_MOST = 5_000
_ROUNDS = 5
_RELATIVE = re.compile(r"([A-Z][A-Za-z]+)/[A-Za-z0-9\-.]{1,64}")
FIELDS = {**VERSION_FIELDS, "k": 1}


async def included(snapshot: Snapshot, query: Query, matched: Sequence[Document]) -> list[Document]:
    """The documents to add, each once, none of them matched itself. Raises BadRequest if they are too many."""
    seen = {document["_id"] for document in matched}
    found: list[Document] = []
    forward, backward, latest = query.includes, query.revincludes, list(matched)
    for _ in range(_ROUNDS):
        latest = await _one_round(snapshot, forward, backward, latest, seen)
        found += latest
        forward = tuple(one for one in forward if one.iterate)
        backward = tuple(one for one in backward if one.iterate)
        if not latest or not (forward or backward):
            break
    return found


async def _one_round(
    snapshot: Snapshot,
    forward: Iterable[Include],
    backward: Iterable[Include],
    documents: list[Document],
    seen: set[str],
) -> list[Document]:
    """What `documents` lead to and was not `seen`; marks it as seen."""
    conditions: list[Document] = []
    targets = {key for one in forward for document in documents for key in _targets(one, document)} - seen
    if targets:
        conditions.append({"_id": {"$in": sorted(targets)}})
    conditions += [filter_ for one in backward if (filter_ := _pointing(one, documents))]
    added: list[Document] = []
    for condition in conditions:
        room = _MOST - len(seen)
        pipeline: list[Document] = [
            {"$match": {**condition, "x": False}},
            {"$limit": max(room, 0) + 1},
            {"$project": FIELDS},
        ]
        new = [document for document in await snapshot.read(pipeline, _MOST) if document["_id"] not in seen]
        if len(new) > room:
            raise BadRequest(f"A page and what it includes hold more than {_MOST} resources: ask for a smaller _count")
        added += new
        seen.update(document["_id"] for document in new)
    return added


def _targets(include: Include, document: Document) -> Iterable[str]:
    """The keys of the resources that a document refers to."""
    if document["t"] != include.source:
        return
    prefixes = tuple(f"{name}|" for name in include.names)
    for token in document.get("k", ()):
        if token.startswith(prefixes):
            found = _RELATIVE.fullmatch(token.partition("|")[2])
            if found and include.target in (None, found[1]):
                yield found[0]


def _pointing(include: Include, documents: Iterable[Document]) -> Document | None:
    """The filter for resources that refer to one of `documents`."""
    keys = [document["_id"] for document in documents if include.target in (None, document["t"])]
    tokens = [f"{name}|{key}" for name in include.names for key in keys]
    return {"t": include.source, "k": {"$in": tokens}} if tokens else None
